"""GPCNeT: what a network does alone, and while other nodes congest it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement, Param
from millwright.probes import metrics
from millwright.probes.endings import Line, not_understood, output, shown, untagged
from millwright.probes.reading import Problem, Reading, count, is_simulated

TOOL = "gpcnet"
_HEAD = re.compile(
    r"(?P<program>NetworkLoad|Network) Tests? v(?P<version>[\d.]+)$|(?:.*?)\bv(?P<v>\d[\d.]*)$"
)
_RANKS = re.compile(r"Test with (?P<ranks>\d{1,9}) MPI ranks \((?P<nodes>\d{1,9}) nodes\)$")
_RULE = re.compile(r"\+[-+]+\+$")
_NAME = re.compile(r"(?P<test>.+?)(?: \((?P<bytes>\d{1,12}) B\))?$")
_NUMBER = re.compile(r"\d{1,15}\.\d{1,3}(?P<times>X?)$")
_DURING = re.compile(
    r"Network Tests running with Congestion Tests \(\s*(?P<test>.+?) Network Test\)$"
)
_UNITS = {"usec": "us", "MiB/s/rank": "MiB/s/rank"}
_COLUMNS = {
    "Min": "least",
    "Max": "most",
    "Avg": "mean",
    "Avg(Worst)": "mean_of_worst",
    "99%": "p99",
    "99.9%": "p999",
}
_KEY = "Network Tests running with Congestion Tests - Key Results"


@dataclass(frozen=True, slots=True)
class Test:
    """One row; values in `unit`, None where this program does not tell them.

    `phase` is `isolated`, `congestors` for those alone, or the network test that ran with them.
    """

    phase: str
    test: str
    bytes: int | None
    unit: str
    mean: float
    p99: float | None
    p999: float | None = None
    least: float | None = None
    most: float | None = None
    mean_of_worst: float | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """By what factor congestion slows a test, in the mean and for the worst of a hundred."""

    test: str
    bytes: int | None
    mean: float
    p99: float


@dataclass(frozen=True, slots=True)
class Congestion:
    """A run of network_test or of network_load_test."""

    version: str | None
    ranks: int | None
    nodes: int | None
    tests: tuple[Test, ...]
    impacts: tuple[Impact, ...]


@dataclass(slots=True)
class _Table:
    """A table while its rows go by: a title, then the columns, then rows."""

    title: str
    line: int
    columns: list[str] = field(default_factory=list)
    rows: int = 0


def command() -> list[str]:
    """Return what to run, by MPI over all nodes."""
    return ["network_load_test"]


def read(text: str) -> Reading[Congestion]:
    """Return every row; one that lacks a cell, or a table without rows, is a problem."""
    lines = _Lines()
    for line in output(text).lines(_RULE):
        lines.take(line, untagged(line[1]))
    lines.close()
    if not lines.tests:
        lines.problems.append(Problem("no test is told"))
    facts = Congestion(
        lines.version, lines.ranks, lines.nodes, tuple(lines.tests), tuple(lines.impacts)
    )
    measurements = tuple(_measured(facts))
    return Reading(TOOL, facts, measurements, tuple(lines.problems), is_simulated(text))


class _Lines:
    """Sorts rows under the title above them; a rule after a row says that it is whole."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.ranks: int | None = None
        self.nodes: int | None = None
        self.table: _Table | None = None
        self.tests: list[Test] = []
        self.impacts: list[Impact] = []
        self.problems: list[Problem] = []

    def take(self, line: Line, words: str) -> None:
        """Read one line."""
        if words.startswith("|"):
            self._cells(line, words)
        elif not words:
            self.close()
        elif found := _RANKS.match(words):
            self.ranks, self.nodes = int(found["ranks"]), int(found["nodes"])
        elif found := _HEAD.match(words):
            self.version = self.version or found["version"] or found["v"]
        elif re.match(r".*(?:mpirun|MPI_ABORT|ERROR|error:)", words):
            self.problems.append(Problem(shown(words), line[0]))

    def close(self) -> None:
        """End a table: one without rows was lost."""
        if self.table and not self.table.rows:
            self.problems.append(Problem(f"no row of {self.table.title}", self.table.line))
        self.table = None

    def _cells(self, line: Line, words: str) -> None:
        if not words.endswith("|") or len(words) < 3:
            self.problems.append(not_understood(line))
            return
        cells = [cell.strip() for cell in words[1:-1].split("|")]
        if len(cells) == 1:
            self.close()
            self.table = _Table(cells[0], line[0])
        elif self.table is None:
            self.problems.append(Problem(f"a row without its table: {shown(words)}", line[0]))
        elif cells[0] == "Name" or not cells[0]:
            self.table.columns = cells[1:]
        elif not self._row(self.table, cells):
            self.problems.append(not_understood(line))

    def _row(self, table: _Table, cells: list[str]) -> bool:
        name = _NAME.match(cells[0])
        if name is None or len(cells) != len(table.columns) + 1:
            return False
        told = dict(zip(table.columns, cells[1:], strict=True))
        test, size = name["test"].strip(), count(name["bytes"])
        if table.title == _KEY:
            mean, worst = _value(told.get("Avg"), "X"), _value(told.get("99%"), "X")
            if mean is None or worst is None:
                return False
            self.impacts.append(Impact(test, size, mean, worst))
        else:
            unit, phase = _UNITS.get(told.pop("Units", "")), _phase(table.title)
            values = {_COLUMNS[key]: _value(cell) for key, cell in told.items() if key in _COLUMNS}
            mean = values.pop("mean", None)
            if unit is None or phase is None or mean is None or None in values.values():
                return False
            self.tests.append(
                Test(phase, test, size, unit, mean, values.pop("p99", None), **values)
            )
        table.rows += 1
        return True


def _value(cell: str | None, suffix: str = "") -> float | None:
    found = _NUMBER.match(cell or "")
    return float((cell or "").rstrip("X")) if found and found["times"] == suffix else None


def _phase(title: str) -> str | None:
    if title in ("Isolated Network Tests", "Isolated Congestion Tests"):
        return "isolated" if "Network" in title else "congestors"
    found = _DURING.match(title)
    return found["test"] if found else None


def _measured(facts: Congestion) -> list[Measurement]:
    found: list[Measurement] = []
    for test in facts.tests:
        params = _params(test.bytes)
        params["phase"] = _slug(test.phase)
        slug = re.sub(r"_(?:lat|bw)$", "", _slug(test.test))
        if test.unit == "us":
            found.append(metrics.GPCNET_LATENCY.named(slug).of(test.mean, **params))
            if test.p99 is not None:
                found.append(metrics.GPCNET_LATENCY_P99.named(slug).of(test.p99, **params))
        else:
            found.append(metrics.GPCNET_BANDWIDTH.named(slug).of(test.mean, **params))
    for impact in facts.impacts:
        slug = _slug(impact.test)
        found.append(metrics.GPCNET_IMPACT.named(slug).of(impact.mean, **_params(impact.bytes)))
    return found


def _params(size: int | None) -> dict[str, Param]:
    return {} if size is None else {"bytes": size}


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
