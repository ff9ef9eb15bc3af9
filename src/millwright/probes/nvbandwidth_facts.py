"""What nvbandwidth says, whether in JSON or in text; and what was measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics

_ENDS = re.compile(r"\b(CPU|GPU)\((row|column)\)")


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU by the number that the tool gives it."""

    index: int
    name: str
    bus_id: str


@dataclass(frozen=True, slots=True)
class Testcase:
    """One test: `Passed`, or why not. A cell of a matrix is None where nothing is copied.

    Values are in the unit of `description`. A test whose name the output leaves out has none.
    """

    name: str
    status: str | None
    description: str | None = None
    matrix: tuple[tuple[float | None, ...], ...] = ()
    sum: float | None = None
    average: float | None = None
    least: float | None = None
    most: float | None = None
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the test came to its end."""
        return self.status == "Passed"


@dataclass(frozen=True, slots=True)
class Bandwidths:
    """All tests of a run, in its order."""

    version: str | None = None
    cuda_runtime: str | None = None
    driver: str | None = None
    devices: tuple[Device, ...] = ()
    testcases: tuple[Testcase, ...] = ()


def measurements_of(case: Testcase) -> list[Measurement]:
    """Return each cell and the sum; nothing of a test that did not pass or names no unit."""
    metric = _metric(case)
    if metric is None or not case.passed:
        return []
    found = [
        metric.of(value, *_pair(case.description or "", row, column), row=row, column=column)
        for row, cells in enumerate(case.matrix)
        for column, value in enumerate(cells)
        if value is not None
    ]
    if case.sum is not None and metric.unit == metrics.NVBANDWIDTH_SUM.unit:
        found.append(metrics.NVBANDWIDTH_SUM.named(case.name).of(case.sum))
    return found


def add_up(matrix: Sequence[Sequence[float | None]], total: float | None, slack: float) -> bool:
    """Return whether the cells make the sum, but for what their printed digits leave out."""
    cells = [cell for row in matrix for cell in row if cell is not None]
    return total is not None and bool(cells) and abs(sum(cells) - total) <= slack


def _metric(case: Testcase) -> metrics.Metric | None:
    words = case.description or ""
    if "(GB/s)" in words:
        return metrics.NVBANDWIDTH.named(case.name)
    return metrics.NVBANDWIDTH_LATENCY.named(case.name) if "(ns)" in words else None


def _pair(description: str, row: int, column: int) -> tuple[str, str]:
    """Return device and peer of a cell: the GPU first, and of two GPUs that of the row."""
    told = {place: kind.lower() for kind, place in _ENDS.findall(description)}
    ends = {
        place: f"{told[place]}{at}"
        for place, at in (("row", row), ("column", column))
        if place in told
    }
    if len(ends) == 2 and told["row"] == "gpu":
        return ends["row"], ends["column"]
    return ends.get("column", ends.get("row", "")), ends["row"] if len(ends) == 2 else ""
