"""`nvidia-smi --query-gpu=... --format=csv`: whatever columns were asked for, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import not_understood, output
from millwright.probes.metrics import Metric
from millwright.probes.nvidia_smi_reasons import of_mask
from millwright.probes.quantity import counter, quantity, words
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "nvidia-smi-csv"
_COLUMN = re.compile(r"(?P<name>[a-z][a-z0-9_.]*)(?: \[(?P<unit>[^\]]+)\])?")
_METRICS: tuple[tuple[str, Metric, str], ...] = (
    ("temperature.gpu", metrics.GPU_TEMPERATURE, "C"),
    ("temperature.memory", metrics.GPU_MEMORY_TEMPERATURE, "C"),
    ("temperature.gpu.tlimit", metrics.GPU_THERMAL_MARGIN, "C"),
    ("power.draw.instant", metrics.GPU_POWER_DRAW, "W"),
    ("power.draw", metrics.GPU_POWER_DRAW, "W"),
    ("power.draw.average", metrics.GPU_POWER_DRAW, "W"),
    ("enforced.power.limit", metrics.GPU_POWER_LIMIT, "W"),
    ("power.limit", metrics.GPU_POWER_LIMIT, "W"),
    ("clocks.current.sm", metrics.GPU_SM_CLOCK, "MHz"),
    ("clocks.sm", metrics.GPU_SM_CLOCK, "MHz"),
    ("clocks.current.memory", metrics.GPU_MEMORY_CLOCK, "MHz"),
    ("clocks.mem", metrics.GPU_MEMORY_CLOCK, "MHz"),
    ("utilization.gpu", metrics.GPU_UTILIZATION, "%"),
    ("utilization.memory", metrics.GPU_MEMORY_UTILIZATION, "%"),
    ("memory.total", metrics.GPU_MEMORY_TOTAL, "MiB"),
    ("memory.used", metrics.GPU_MEMORY_USED, "MiB"),
    ("memory.free", metrics.GPU_MEMORY_FREE, "MiB"),
    ("pcie.link.gen.current", metrics.GPU_PCIE_GENERATION, ""),
    ("pcie.link.width.current", metrics.GPU_PCIE_WIDTH, ""),
    ("ecc.errors.corrected.volatile.total", metrics.GPU_ECC_CORRECTED, ""),
    ("ecc.errors.uncorrected.volatile.total", metrics.GPU_ECC_UNCORRECTED, ""),
)
"""Columns that measure; of several for a metric the first that was asked for is taken."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it was asked for; the unit is what the header promises, empty for none."""

    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class GpuTable:
    """Rows of cells in the order of the columns; a cell that says nothing is None."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]

    def cells(self, name: str) -> tuple[str | None, ...]:
        """Return one column's cells; none where it was not asked for."""
        at = next((at for at, column in enumerate(self.columns) if column.name == name), None)
        return () if at is None else tuple(row[at] for row in self.rows)

    @property
    def reasons(self) -> tuple[tuple[str, ...] | None, ...]:
        """Why each GPU's clock is what it is, where the mask of active reasons was asked for."""
        masks = (self.cells(f"clocks_{word}_reasons.active") for word in ("event", "throttle"))
        return tuple(of_mask(mask) for mask in next((cells for cells in masks if cells), ()))


def command(fields: Sequence[str]) -> list[str]:
    """Return what to ask a node, with header and units so that the answer explains itself."""
    return ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv"]


def read(text: str, fields: Sequence[str] = ()) -> Reading[GpuTable]:
    """Return the rows; `fields` are the columns of an answer that was asked for without header."""
    lines = output(text)
    problems: list[Problem] = []
    columns = tuple(Column(name) for name in fields)
    rows: list[tuple[str | None, ...]] = []
    for at, line in [*lines.whole, *([lines.cut] if lines.cut else [])]:
        cells = [cell.strip() for cell in line.split(",")]
        found = () if (at, line) == lines.cut else _header(cells)
        if found and not rows:
            columns = found
        elif columns and len(cells) == len(columns) and found != columns:
            rows.append(tuple(words(cell) for cell in cells))
        elif line.strip() and not (found and found == columns):
            problems.append(not_understood((at, line)))
    if lines.cut and rows and _is_last(lines.cut[1], rows[-1]):
        rows[-1] = (*rows[-1][:-1], None)
        problems += lines.problems
    problems += [] if columns else [Problem("no header: the columns have no names")]
    problems += [] if rows else [Problem("no GPU is listed")]
    table = GpuTable(columns, tuple(rows))
    return Reading(TOOL, table, tuple(_measured(table)), tuple(problems), is_simulated(text))


def _header(cells: Sequence[str]) -> tuple[Column, ...]:
    found = [named for cell in cells if (named := _COLUMN.fullmatch(cell))]
    if len(found) != len(cells):
        return ()
    return tuple(Column(named["name"], named["unit"] or "") for named in found)


def _is_last(line: str, row: Sequence[str | None]) -> bool:
    return tuple(words(cell) for cell in line.split(",")) == tuple(row)


def _measured(table: GpuTable) -> Iterator[Measurement]:
    places = {column.name: at for at, column in enumerate(table.columns)}
    best: dict[Metric, tuple[int, str]] = {}
    for name, metric, unit in _METRICS:
        if name in places:
            best.setdefault(metric, (places[name], unit))
    for number, row in enumerate(table.rows):
        device = _device(table, number)
        for metric, (at, unit) in best.items():
            value = _value(table.columns[at], row[at], unit)
            if value is not None:
                yield metric.of(value, device)


def _value(column: Column, cell: str | None, unit: str) -> float | None:
    if column.unit and column.unit.lower() != unit.lower():
        return None
    return quantity(cell, unit) if unit else counter(cell)


def _device(table: GpuTable, number: int) -> str:
    """Return what to call a row's GPU: without its index, what else identifies it, or the row."""
    index = table.cells("index")
    if index and counter(index[number]) is not None:
        return f"gpu{index[number]}"
    names = (table.cells(name) for name in ("uuid", "gpu_uuid", "pci.bus_id", "gpu_bus_id"))
    told = (cells[number] for cells in names if cells)
    return next((name for name in told if name), f"row{number}")
