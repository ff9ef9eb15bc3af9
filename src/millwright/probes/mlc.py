"""Intel Memory Latency Checker: matrices between NUMA nodes, bandwidth by mix, loaded latency."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.reading import Problem, Reading, is_simulated
from millwright.probes.told_once import Once

TOOL = "mlc"
Kind = Literal["bandwidth", "latency"]
_VERSION = re.compile(r"Intel\(R\) Memory Latency Checker - v(?P<version>\S+)$")
_BEGIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Measuring idle latencies"), "latency"),
    (re.compile(r"Measuring Memory Bandwidths between nodes"), "bandwidth"),
    (re.compile(r"Measuring (?:Peak Injection|Maximum) Memory Bandwidths"), "mix"),
    (re.compile(r"Measuring Loaded Latencies"), "loaded"),
    (re.compile(r"Measuring cache-to-cache"), "cache"),
)
_COLUMNS = re.compile(r"Numa node\s+(?P<nodes>\d{1,4}(?:\s+\d{1,4})*)$")
_ROW = re.compile(r"(?P<node>\d{1,4})\s+(?P<cells>(?:(?:\d{1,9}\.\d|-)\s*)+)$")
_MIX = re.compile(
    r"(?P<mix>ALL Reads|\d:\d Reads-Writes|Stream-triad like|All NT writes|[\w:+ .-]{3,40}?)\s*:"
    r"\s*(?P<rate>\d{1,9}\.\d\d?)$"
)
_LOADED = re.compile(
    r"(?P<delay>\d{5})\s+(?P<latency>\d{1,7}\.\d{1,3})\s+(?P<rate>\d{1,9}\.\d{1,3})$"
)
_IDLE = re.compile(
    r"Each iteration took \d+(?:\.\d+)? (?:base frequency|core) clocks \(\s*(\d+\.\d+)\s*ns\)"
)
_LAST = re.compile(r"\d{1,4}(?:\s+\d{1,9}\.\d)+|[A-Za-z0-9: -]{3,40}:\s*\d{1,9}\.\d\d")
"""A row that is whole without its newline: all decimals are there."""
_FAILURE = re.compile(r".*(?:Segmentation fault|command not found|Exiting|[Ee]rror)")
_MIXES = {"ALL Reads": "all_reads", "Stream-triad like": "stream_triad_like"}


@dataclass(frozen=True, slots=True)
class Matrix:
    """Values between NUMA nodes: MB/s (of a million bytes) or ns; a row is where the CPU is."""

    kind: Kind
    nodes: tuple[int, ...]
    rows: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Mix:
    """The best bandwidth of one mix of reads and writes."""

    mix: str
    mbytes_per_s: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """Latency while the memory is busy: the longer the delay, the less busy."""

    delay: int
    latency_ns: float
    mbytes_per_s: float


@dataclass(frozen=True, slots=True)
class MemoryChecks:
    """All that a run measured."""

    version: str | None
    matrices: tuple[Matrix, ...]
    mixes: tuple[Mix, ...]
    loaded: tuple[Loaded, ...]
    idle_ns: float | None


@dataclass(slots=True)
class _Draft:
    """A matrix while its rows go by."""

    kind: Kind
    line: int
    nodes: tuple[int, ...]
    rows: list[tuple[float | None, ...]] = field(default_factory=list)


def command(check: str = "--bandwidth_matrix") -> list[str]:
    """Return what to run on a node: one check, or all without a flag."""
    return ["mlc", check]


def read(text: str) -> Reading[MemoryChecks]:
    """Return matrices with all their rows; one that lacks a row or a cell is a problem."""
    lines = _Lines()
    for line in output(text).lines(_LAST):
        lines.take(line, line[1].strip())
    facts = MemoryChecks(
        lines.version, lines.matrices(), lines.mixes.values, tuple(lines.loaded), lines.idle_ns
    )
    if not (facts.matrices or facts.mixes or facts.loaded or facts.idle_ns):
        lines.problems.append(Problem("nothing is measured"))
    measurements = tuple(_measured(facts))
    return Reading(TOOL, facts, measurements, tuple(lines.problems), is_simulated(text))


class _Lines:
    """Sorts lines under the check that they follow."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.section = ""
        self.drafts: list[_Draft] = []
        self.mixes: Once[Mix] = Once()
        self.loaded: list[Loaded] = []
        self.idle_ns: float | None = None
        self.problems: list[Problem] = []

    def take(self, line: Line, words: str) -> None:
        """Read one line; talk is passed over, a row that fits nothing is a problem."""
        begun = next((name for pattern, name in _BEGIN if pattern.match(words)), None)
        if begun is not None:
            self.section = begun
        elif found := _VERSION.match(words):
            self.version = found["version"]
        elif found := _IDLE.match(words):
            self.idle_ns = float(found[1])
        elif _FAILURE.match(words):
            self.problems.append(Problem(shown(words), line[0]))
        else:
            self._row(line, words)

    def _row(self, line: Line, words: str) -> None:
        if found := _COLUMNS.match(words):
            self._columns(line, found)
        elif self.section.endswith(" rows") and (found := _ROW.match(words)):
            self._cells(line, found)
        elif self.section == "mix" and (found := _MIX.match(words)):
            self._mix(line, Mix(found["mix"], float(found["rate"])))
        elif self.section == "loaded" and (found := _LOADED.match(words)):
            self.loaded.append(
                Loaded(int(found["delay"]), float(found["latency"]), float(found["rate"]))
            )
        elif words[:1].isdigit() and self.section != "cache":
            self.problems.append(not_understood(line))

    def _columns(self, line: Line, found: re.Match[str]) -> None:
        if self.section == "latency" or self.section == "bandwidth":
            kind: Kind = "latency" if self.section == "latency" else "bandwidth"
            # A heading speaks for one matrix: the next one's may be lost.
            self.section += " rows"
            nodes = tuple(int(node) for node in found["nodes"].split())
            self.drafts.append(_Draft(kind, line[0], nodes))
        elif self.section != "cache":
            self.problems.append(Problem("a matrix of nobody knows what", line[0]))

    def _cells(self, line: Line, found: re.Match[str]) -> None:
        draft = self.drafts[-1] if self.drafts else None
        cells = [None if cell == "-" else float(cell) for cell in found["cells"].split()]
        expected = (
            draft.nodes[len(draft.rows)] if draft and len(draft.rows) < len(draft.nodes) else None
        )
        if draft is None or expected != int(found["node"]) or len(cells) != len(draft.nodes):
            self.problems.append(not_understood(line))
        else:
            draft.rows.append(tuple(cells))

    def _mix(self, line: Line, mix: Mix) -> None:
        if not self.mixes.take(mix.mix, mix):
            self.problems.append(Problem(f"{mix.mix} is told twice, and differs", line[0]))

    def matrices(self) -> tuple[Matrix, ...]:
        """Return those that have a row a node; of another one no value is sure of its place."""
        whole = []
        for draft in self.drafts:
            if len(draft.rows) == len(draft.nodes):
                whole.append(Matrix(draft.kind, draft.nodes, tuple(draft.rows)))
            else:
                self.problems.append(Problem("a matrix lacks rows", draft.line))
        return tuple(whole)


def _measured(facts: MemoryChecks) -> list[Measurement]:
    found: list[Measurement] = []
    for matrix in facts.matrices:
        metric = metrics.MLC_LATENCY if matrix.kind == "latency" else metrics.MLC_BANDWIDTH
        found += [
            metric.named("numa").of(
                value, f"numa{matrix.nodes[row]}", f"numa{matrix.nodes[column]}"
            )
            for row, cells in enumerate(matrix.rows)
            for column, value in enumerate(cells)
            if value is not None
        ]
    found += [
        metrics.MLC_BANDWIDTH.named(_slug(each.mix)).of(each.mbytes_per_s) for each in facts.mixes
    ]
    found += [
        metrics.MLC_LATENCY.named("loaded").of(each.latency_ns, delay=each.delay)
        for each in facts.loaded
    ]
    if facts.idle_ns is not None:
        found.append(metrics.MLC_LATENCY.named("idle").of(facts.idle_ns))
    return found


def _slug(mix: str) -> str:
    return _MIXES.get(mix) or re.sub(r"[^a-z0-9]+", "_", mix.lower()).strip("_")
