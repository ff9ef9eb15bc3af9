"""nvidia-smi --query-gpu: any columns by their names, units in the header or in the cells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from millwright.probes.nvidia_smi_csv import Column, command, read
from tests.unit.lab.node import LabNode

TABLE = """index, temperature.gpu, power.draw [W], memory.used [MiB]
0, 29, 71.50 W, 0 MiB
1, [N/A], [Unknown Error], 12 MiB
"""


def test_units_may_stand_in_the_header_or_in_the_cells() -> None:
    for text in (TABLE, TABLE.replace(" W,", ",").replace(" MiB\n", "\n")):
        found = read(text)
        assert found.problems == ()
        assert found.facts.columns[2] == Column("power.draw", "W")
        assert [(m.metric, m.device, m.value) for m in found.measurements] == [
            ("gpu_temperature", "gpu0", 29.0),
            ("gpu_power_draw", "gpu0", 71.5),
            ("gpu_memory_used", "gpu0", 0.0),
            ("gpu_memory_used", "gpu1", 12.0),
        ]


@pytest.mark.parametrize(
    "row", ["0, 29, 71.50 kW, 0 MiB", "0, 29 F, x, 1 GiB", "0, 0x1D, nan, 1e999"]
)
def test_another_unit_or_no_number_measures_nothing(row: str) -> None:
    found = read(f"{TABLE.splitlines()[0]}\n{row}\n")
    assert {m.metric for m in found.measurements} <= {"gpu_temperature", "gpu_memory_used"}
    assert all(m.value in (29.0, 0.0) for m in found.measurements)


def test_without_a_header_the_columns_are_those_that_were_asked_for() -> None:
    row = "3, 40\n"
    assert read(row).problems[-1].message == "no GPU is listed"
    found = read(row, ("index", "temperature.gpu"))
    assert [(m.device, m.value) for m in found.measurements] == [("gpu3", 40.0)]


def test_a_row_with_a_cell_too_few_or_too_many_is_left_out() -> None:
    found = read(TABLE + "2, 30, 70 W\n3, 30, 70 W, 1 MiB, 5\n")
    assert len(found.facts.rows) == 2
    assert [problem.line for problem in found.problems] == [4, 5]


def test_the_last_cell_of_a_line_without_an_end_is_not_believed() -> None:
    found = read(TABLE.rstrip("\n").removesuffix(" MiB"))
    assert found.facts.rows[-1] == ("1", None, None, None)
    assert "may be cut" in found.problems[0].message


def test_a_gpu_without_its_index_goes_by_its_bus_or_by_its_row() -> None:
    by_bus = read("pci.bus_id, temperature.gpu\n00000000:0A:00.0, 30\n")
    by_row = read("temperature.gpu\n30\n")
    assert [m.device for m in by_bus.measurements] == ["00000000:0A:00.0"]
    assert [m.device for m in by_row.measurements] == ["row0"]


def test_a_missing_gpu_is_a_row_less(node: Callable[[str], LabNode]) -> None:
    h200 = node("h200")
    h200.fault({"id": "m", "kind": "missing-gpu", "device": 0})
    fields = ("index", "pci.bus_id", "temperature.gpu")
    found = read(h200.answer(*command(fields)))
    assert (len(found.facts.cells("index")), found.problems) == (7, ())
    assert found.facts.cells("colour") == ()


def test_reasons_of_a_mask_have_the_names_that_the_xml_has() -> None:
    for word in ("event", "throttle"):
        text = f"index, clocks_{word}_reasons.active\n0, 0x0000000000000048\n1, [N/A]\n2, 0x1001\n"
        assert read(text).facts.reasons == (
            ("hw_slowdown", "hw_thermal_slowdown"),
            None,
            ("gpu_idle", "unknown_0x1000"),
        )
    assert read("index\n0\n").facts.reasons == ()
