"""nvidia-smi -q -x: names of elements over the years, lost GPUs, hostile and broken XML."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from millwright.probes.nvidia_smi_xml import read
from tests.unit.lab.node import LabNode

HEAD = '<?xml version="1.0" ?>\n<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">\n'


def log(inside: str, attached: int = 1) -> str:
    """Return a log of one GPU with the given elements."""
    return (
        f"{HEAD}<nvidia_smi_log>\n<driver_version>550.1</driver_version>\n"
        f"<attached_gpus>{attached}</attached_gpus>\n"
        f'<gpu id="00000000:01:00.0">\n{inside}\n</gpu>\n</nvidia_smi_log>\n'
    )


@pytest.mark.parametrize(
    ("volatile", "expected"),
    [
        (
            "<single_bit><total>2</total></single_bit><double_bit><total>3</total></double_bit>",
            (2, 3),
        ),
        (
            "<sram_correctable>1</sram_correctable><sram_uncorrectable>0</sram_uncorrectable>"
            "<dram_correctable>4</dram_correctable><dram_uncorrectable>5</dram_uncorrectable>",
            (5, 5),
        ),
        (
            "<sram_correctable>N/A</sram_correctable>"
            "<sram_uncorrectable_parity>1</sram_uncorrectable_parity>"
            "<sram_uncorrectable_secded>2</sram_uncorrectable_secded>"
            "<dram_correctable>7</dram_correctable><dram_uncorrectable>4</dram_uncorrectable>",
            (7, 7),
        ),
        (
            "<sram_correctable>0</sram_correctable><sram_uncorrectable>0</sram_uncorrectable>"
            "<dram_correctable>GPU is lost</dram_correctable>"
            "<dram_uncorrectable>Unknown Error</dram_uncorrectable>",
            (None, None),
        ),
        ("<dram_uncorrectable>5</dram_uncorrectable>", (None, None)),
        ("<single_bit><total>N/A</total></single_bit>", (None, None)),
    ],
)
def test_memory_errors_are_counted_whatever_the_driver_calls_them(
    volatile: str, expected: tuple[int | None, int | None]
) -> None:
    found = read(log(f"<ecc_errors><volatile>{volatile}</volatile></ecc_errors>"))
    counts = found.facts.gpus[0].volatile
    assert (counts.corrected, counts.uncorrected) == expected


@pytest.mark.parametrize("word", ["throttle", "event"])
def test_reasons_have_one_name_whatever_the_driver_calls_them(word: str) -> None:
    prefix = f"clocks_{word}_reason"
    found = read(
        log(
            f"<{prefix}s><{prefix}_sw_power_cap>Active</{prefix}_sw_power_cap>"
            f"<{prefix}_gpu_idle>Not Active</{prefix}_gpu_idle>"
            f"<{prefix}_hw_thermal_slowdown>Active</{prefix}_hw_thermal_slowdown></{prefix}s>"
        )
    )
    assert found.facts.gpus[0].clocks.reasons == ("sw_power_cap", "hw_thermal_slowdown")


@pytest.mark.parametrize(
    ("told", "expected"),
    [("29 C", 29.0), ("29", None), ("29 F", None), ("N/A", None), ("[Not Supported]", None)]
    + [("GPU is lost", None), ("Unknown Error", None), ("", None), ("29 C 30 C", None)],
)
def test_a_temperature_is_a_number_of_degrees_or_nothing(told: str, expected: float | None) -> None:
    found = read(log(f"<temperature><gpu_temp>{told}</gpu_temp></temperature>"))
    assert found.facts.gpus[0].heat.gpu_c == expected
    assert [m.value for m in found.measurements] == ([] if expected is None else [expected])


def test_the_average_draw_stands_in_only_where_the_instant_one_is_told_to_be_absent() -> None:
    average = "<average_power_draw>70.00 W</average_power_draw>"
    instant = "<instant_power_draw>{}</instant_power_draw>"
    for told, expected in (("71.50 W", 71.5), ("N/A", 70.0)):
        block = f"<gpu_power_readings>{average}{instant.format(told)}</gpu_power_readings>"
        assert read(log(block)).facts.gpus[0].power.draw_w == expected
    alone = read(log(f"<gpu_power_readings>{average}</gpu_power_readings>"))
    assert alone.facts.gpus[0].power.draw_w is None


def test_a_lost_gpu_keeps_its_place_and_is_no_problem_of_reading() -> None:
    found = read(log("<product_name>H100</product_name><serial>GPU is lost</serial>"))
    gpu = found.facts.gpus[0]
    assert (gpu.lost, gpu.name, gpu.serial, found.problems) == (True, "H100", None, ())


def test_an_element_said_twice_with_two_values_is_not_believed() -> None:
    found = read(log("<serial>1</serial><serial>2</serial><uuid>GPU-1</uuid><uuid>GPU-1</uuid>"))
    assert (found.facts.gpus[0].serial, found.facts.gpus[0].uuid) == (None, "GPU-1")


def test_a_gpu_that_is_attached_and_not_listed_is_a_problem() -> None:
    (problem,) = read(log("", attached=8)).problems
    assert problem.message == "8 GPUs are attached, 1 are listed"


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace(">\n", ' [<!ENTITY a "b">]>\n') + log("<serial>&a;</serial>"),
        log("<serial>&undefined;</serial>"),
        log("<serial>1</serial>")[:-20],
        log("</gpu>"),
        log("<a>" * 100 + "</a>" * 100),
        "Unable to determine the device handle for GPU 0000:3B:00.0: GPU is lost.\n",
    ],
    ids=["entity", "undefined", "cut", "closed-twice", "deep", "no-xml"],
)
def test_hostile_and_broken_xml_gives_a_problem_and_no_gpu(text: str) -> None:
    found = read(text)
    assert found.problems
    assert found.facts.gpus == ()


def test_text_around_and_between_is_told_and_the_gpus_are_read() -> None:
    warning = "WARNING: infoROM is corrupted at gpu 0000:01:00.0"
    for text in (
        f"{warning}\n{log('<serial>1</serial>')}",
        f"{log('<serial>1</serial>')}{warning}\n",
        log(f"<serial>1</serial>\n{warning}\n<uuid>GPU-1</uuid>"),
    ):
        found = read(text)
        assert warning in found.problems[0].message
        assert found.facts.gpus[0].serial == "1"


def test_faults_of_a_simulated_node_are_facts(node: Callable[[str], LabNode]) -> None:
    h100 = node("h100")
    h100.fault(
        {"id": "a", "kind": "ecc", "device": 1, "value": "3"},
        {"id": "b", "kind": "pcie-width", "device": 2, "value": "8"},
        {"id": "c", "kind": "throttle", "device": 3},
        {"id": "d", "kind": "missing-gpu", "device": 7},
    )
    found = read(h100.answer("nvidia-smi", "-q", "-x"))
    gpus = found.facts.gpus
    assert (found.problems, len(gpus), found.facts.attached) == ((), 7, 7)
    assert [gpu.volatile.uncorrected for gpu in gpus] == [0, 3, 0, 0, 0, 0, 0]
    assert gpus[1].repair.remap_pending is True
    assert [gpu.pcie.width for gpu in gpus[1:4]] == [16, 8, 16]
    assert "hw_thermal_slowdown" in gpus[3].clocks.reasons
    assert gpus[3].clocks.held_back[3].reason == "hw_thermal_slowdown"


def test_a_gpu_off_the_bus_is_counted_and_not_listed(node: Callable[[str], LabNode]) -> None:
    h100 = node("h100")
    h100.fault({"id": "x", "kind": "xid", "device": 2, "value": "79"})
    found = read(h100.run("nvidia-smi", "-q", "-x").stdout)
    assert [problem.message for problem in found.problems] == ["8 GPUs are attached, 7 are listed"]
