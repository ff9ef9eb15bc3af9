"""nvidia-smi topo, nvlink and c2c."""

from __future__ import annotations

import pytest

from millwright.probes import nvidia_smi_c2c, nvidia_smi_nvlink, nvidia_smi_topo
from millwright.probes.nvidia_smi_topo import Adapter, Place
from tests.unit.probes.conftest import Printed

MATRIX = (
    "\t\x1b[4mGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\x1b[0m\n"
    "GPU0\t X \tNV18\tPIX\t0-55,112-167\t0\t\tN/A\n"
    "GPU1\tNV18\t X \tSYS\t\t1\t\tN/A\n"
    "NIC0\tPIX\tSYS\t X \t\t\t\t\n\n"
    "Legend:\n\n  X    = Self\n  NV#  = Connection traversing a bonded set of # NVLinks\n\n"
    "NIC Legend:\n\n  NIC0: mlx5_0\n"
)
UUID = "GPU-5269b708-678a-b1a8-60f0-c90406537486"


def test_a_matrix_says_what_lies_between_and_where_a_gpu_sits() -> None:
    found = nvidia_smi_topo.read(MATRIX)
    facts = found.facts
    assert found.problems == ()
    assert (facts.between("GPU0", "GPU1"), facts.between("NIC0", "GPU1")) == ("NV18", "SYS")
    assert facts.places == (
        Place("GPU0", "0-55,112-167", "0", None),
        Place("GPU1", None, "1", None),
    )
    assert facts.adapters == (Adapter("NIC0", "mlx5_0"),)


def test_blanks_do_instead_of_tabs_and_adapters_may_have_their_own_names() -> None:
    found = nvidia_smi_topo.read(
        "        GPU0   mlx5_0  CPU Affinity   NUMA Affinity\n"
        "GPU0     X     NODE    0-31           0\n"
        "mlx5_0  NODE    X\n"
    )
    assert found.problems == ()
    assert found.facts.places == (Place("GPU0", "0-31", "0", None),)


@pytest.mark.parametrize(
    "broken",
    ["GPU1\tNV18\t X \n", "GPU1\tNV1", "GPU1\tNV18\tNV18\tSYS\n", "GPU1\tNV18\t X \tfoo\n"],
)
def test_a_row_that_is_not_whole_is_left_out(broken: str) -> None:
    head, gpu0, _, *rest = MATRIX.splitlines(keepends=True)
    found = nvidia_smi_topo.read(head + gpu0 + broken)
    assert found.facts.between("GPU1", "GPU0") is None
    assert "no row of GPU1" in [problem.message for problem in found.problems]


def test_links_have_speeds_or_say_that_they_are_inactive() -> None:
    text = f"GPU 0: NVIDIA A100 (UUID: {UUID})\n\t Link 0: 25 GB/s\n\t Link 1: <inactive>\n"
    found = nvidia_smi_nvlink.read(text)
    links = found.facts.gpus[0].links
    assert [(link.speed_gbytes_per_s, link.state) for link in links] == [
        (25.0, None),
        (None, "inactive"),
    ]
    assert [(m.metric, m.value, m.params) for m in found.measurements] == [
        ("nvlink_speed", 25.0, (("link", 0),))
    ]


def test_a_gpu_without_links_and_the_drivers_own_words_are_problems() -> None:
    said = "NVML: Unable to retrieve NVLink information as all links are inActive\n"
    found = nvidia_smi_nvlink.read(f"GPU 0: NVIDIA A100 (UUID: {UUID})\n{said}")
    assert [problem.message for problem in found.problems] == [
        f"not understood: {said.strip()}",
        "no link of GPU 0 is shown",
    ]


def test_error_counters_are_gathered_by_link(printed: Printed) -> None:
    found = nvidia_smi_nvlink.read(printed("h100", "nvidia-smi", "nvlink", "-e"))
    assert [len(gpu.links) for gpu in found.facts.gpus] == [18] * 8
    assert {error.count for error in found.facts.gpus[7].links[17].errors} == {0}


def test_c2c_links_are_read_to_a_last_line_without_an_end() -> None:
    text = f"GPU 0: GH200 (UUID: {UUID})\n\t C2C Link 0: 44.712 GB/s\n\t C2C Link 1: 44.713 GB/s"
    found = nvidia_smi_c2c.read(text)
    assert (found.problems, [m.value for m in found.measurements]) == ((), [44.712, 44.713])
    cut = nvidia_smi_c2c.read(text[:-6])
    assert [m.value for m in cut.measurements] == [44.712]
    assert cut.problems


def test_adapters_of_other_makers_are_columns_too() -> None:
    found = nvidia_smi_topo.read("\tGPU0\trdmap16s27\nGPU0\t X \tPIX\nrdmap16s27\tPIX\t X \n")
    assert (found.problems, found.facts.between("GPU0", "rdmap16s27")) == ((), "PIX")
    assert nvidia_smi_topo.read("GPU0\t X \tPIX\n").problems


def test_a_rate_of_errors_is_no_counter_and_no_problem() -> None:
    said = "\t Link 0: Malformed packet Errors: 2\n\t Link 0: Effective BER: 15e-255\n"
    found = nvidia_smi_nvlink.read(f"GPU 0: NVIDIA B200 (UUID: {UUID})\n{said}")
    assert found.problems == ()
    assert [error.count for error in found.facts.gpus[0].links[0].errors] == [2]
