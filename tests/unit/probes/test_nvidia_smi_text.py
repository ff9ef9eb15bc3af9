"""nvidia-smi -q as text: the same facts as the XML has, section by section, and its cuts."""

from __future__ import annotations

from collections.abc import Callable

from millwright.probes import nvidia_smi_text, nvidia_smi_xml
from millwright.probes.nvidia_smi_text import read
from tests.unit.lab.node import LabNode
from tests.unit.probes.conftest import Printed

RETIRED = """
==============NVSMI LOG==============

Driver Version                            : 470.1
Attached GPUs                             : 2
GPU 00000001:00:00.0
    Retired Pages
        Single Bit ECC                    : 60
        Double Bit ECC                    : 5
        Pending Page Blacklist            : No

GPU 00000002:00:00.0
    Retired Pages
        Single Bit ECC                    : 0
        Double Bit ECC                    : N/A
        Pending Page Blacklist            : Yes
"""


def test_a_section_of_two_gpus_is_read() -> None:
    found = read(RETIRED)
    first, second = (gpu.repair for gpu in found.facts.gpus)
    assert (found.problems, found.facts.driver, found.facts.cuda) == ((), "470.1", None)
    assert (first.retired_single_bit, first.retired_double_bit) == (60, 5)
    assert (second.retired_double_bit, second.retirement_pending) == (None, True)


def test_a_last_line_that_may_be_cut_is_not_believed() -> None:
    found = read(RETIRED[: RETIRED.index("60") + 1])
    assert found.facts.gpus[0].repair.retired_single_bit is None
    assert "may be cut" in found.problems[0].message


def test_the_last_gpu_says_less_than_the_one_before_where_the_output_was_cut() -> None:
    whole = RETIRED[: RETIRED.rindex("    Retired Pages")]
    assert "GPU 00000002:00:00.0 does not tell retired_pages" in [
        problem.message for problem in read(whole).problems
    ]


def test_a_warning_between_the_lines_is_a_problem_and_changes_no_fact() -> None:
    warning = "WARNING: infoROM is corrupted at gpu 0000:01:00.0\n"
    found = read(RETIRED.replace("    Retired", f"{warning}    Retired", 1))
    assert found.facts == read(RETIRED).facts
    assert "infoROM" in found.problems[0].message


def test_text_and_xml_of_one_node_give_the_same_facts(printed: Printed) -> None:
    text = nvidia_smi_text.read(printed("h100", "nvidia-smi", "-q"))
    xml = nvidia_smi_xml.read(printed("h100", "nvidia-smi", "-q", "-x"))
    assert text.facts == xml.facts
    assert text.measurements == xml.measurements


def test_faults_show_in_their_section(node: Callable[[str], LabNode]) -> None:
    h100 = node("h100")
    h100.fault({"id": "x", "kind": "xid", "device": 5, "value": "64"})
    found = read(h100.answer("nvidia-smi", "-q", "-d", "ROW_REMAPPER"))
    assert [gpu.repair.remap_failed for gpu in found.facts.gpus].index(True) == 5
