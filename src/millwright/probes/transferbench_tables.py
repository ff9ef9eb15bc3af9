"""TransferBench's tables of pairs: p2p one way and both, a2a with or without drawn borders.

A heading names the columns; a row counts only with a value, or N/A, for every one of them. A device
with itself copies in its own memory, and is another test than a link: one way it has a value, in
the other tables it has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement
from millwright.probes.metrics import TRANSFERBENCH_BANDWIDTH
from millwright.probes.reading import number

_DEVICE = r"(?:CPU|GPU) \d{1,3}"
_HEADING = re.compile(
    rf"SRC(?P<executor>\+EXE)?\\{{1,2}}DST +(?P<columns>{_DEVICE}(?: +{_DEVICE})*)"
    r"(?P<sums> +STotal +Actual)?"
)
_ROW = re.compile(rf"(?P<source>{_DEVICE}) *(?P<way><->|->|<-)? +(?P<cells>\S.*)")
_TOTAL = re.compile(r"RTotal\b[\d. ]*")
_KIND = re.compile(r"(?:Unidirectional|Bidirectional) copy peak bandwidth GB/s .*")
_BYTES = re.compile(r"Bytes Per Direction:? *(?P<bytes>\d{1,15})")
_WORDS = re.compile(
    r"(?:CPU|GPU)->(?:CPU|GPU)(?: +(?:CPU|GPU)->(?:CPU|GPU))+|Summary:|CPU Timed: +[\d.]+|"
    r"GPU-(?:GFX|DMA) All-To-All benchmark:|\[\d+ bytes per Transfer\].*|\[WARN\].*|"
    r"- Copying .*"
)
_AVERAGE = re.compile(
    r"(?P<what>Average|Aggregate) +bandwidth \((?P<clock>[CG]PU) Timed\): +(?P<value>\d+\.\d+) GB/s"
)
_MEANS = re.compile(r"Averages \(During +(?P<way>UniDir|BiDir)\): +(?P<values>[\d./NA ]+)")
_PAIRS = ("CPU->CPU", "CPU->GPU", "GPU->CPU", "GPU->GPU")
_BARS = re.compile(r"[|\u2502]")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one device reached towards another. `way` is `->`, `<-`, or `<->` for both together."""

    preset: str
    source: str
    target: str
    way: str
    gbytes_per_s: float


@dataclass(slots=True)
class Tables:
    """Tables of pairs while lines go by."""

    cells: list[Cell] = field(default_factory=list)
    averages: list[tuple[str, float]] = field(default_factory=list)
    _columns: tuple[str, ...] = ()
    _preset: str = ""
    _sums: int = 0
    _bytes: int = 0
    _seen: set[str] = field(default_factory=set)
    _torn: list[str] = field(default_factory=list)

    def take(self, line: str) -> bool:
        """Take a line where it belongs to a table of pairs, or to what stands around one."""
        words = " ".join(_BARS.sub(" ", line).split(" ")).strip()
        if heading := _HEADING.fullmatch(words):
            self._open(heading)
        elif _KIND.fullmatch(words):
            self._close()
        elif size := _BYTES.fullmatch(words):
            self._bytes = int(size["bytes"])
        elif average := _AVERAGE.fullmatch(words):
            self.averages.append(
                (f"{average['what']} ({average['clock']})".lower(), float(average["value"]))
            )
        elif means := _MEANS.fullmatch(words):
            self._means(means)
        elif self._columns and (row := _ROW.fullmatch(words)):
            return self._row(row)
        else:
            return bool(_WORDS.fullmatch(words) or _TOTAL.fullmatch(words))
        return True

    def torn(self) -> Iterator[str]:
        """Yield what tables lack: rows of devices that a heading names."""
        self._close()
        yield from self._torn
        if not self._bytes and any(cell.preset != "a2a" for cell in self.cells):
            yield "it does not say how many bytes went each way"

    def measurements(self) -> Iterator[Measurement]:
        """Yield a value a pair, and what is said of the whole."""
        for cell in self.cells:
            if cell.gbytes_per_s > 0 and (self._bytes or cell.preset == "a2a"):
                yield _measured(cell, self._bytes)
        for what, value in self.averages:
            if "(gpu)" in what:
                yield TRANSFERBENCH_BANDWIDTH.named(f"a2a_{what.split()[0]}").of(value)

    def _open(self, heading: re.Match[str]) -> None:
        self._close()
        self._columns = tuple(re.findall(_DEVICE, heading["columns"]))
        self._sums = 2 if heading["sums"] else 0
        self._preset = "p2p" if heading["executor"] else ("a2a" if heading["sums"] else "p2p_both")
        self._seen = set()

    def _close(self) -> None:
        lacks = [name for name in self._columns if name not in self._seen]
        if self._columns and lacks:
            self._torn.append(f"{self._preset} has no row of {', '.join(lacks[:3])}")
        self._columns = ()

    def _row(self, row: re.Match[str]) -> bool:
        """Take a row that has a value for every column."""
        told = row["cells"].split()
        if len(told) != len(self._columns) + self._sums:
            return False
        values = [None if cell == "N/A" else number(cell) for cell in told]
        if any(v is None and cell != "N/A" for v, cell in zip(values, told, strict=True)):
            return False
        way = row["way"] or "->"
        own = dict(zip(self._columns, values, strict=False)).get(row["source"])
        if (own is not None) != (self._preset == "p2p"):
            return False
        self._seen.add(row["source"])
        for target, value in zip(self._columns, values, strict=False):
            if value is not None:
                self.cells.append(Cell(self._preset, row["source"], target, way, value))
        return True

    def _means(self, means: re.Match[str]) -> None:
        way = "both ways" if means["way"] == "BiDir" else "one way"
        for pair, cell in zip(_PAIRS, means["values"].split(), strict=False):
            value = number(cell)
            if value is not None:
                self.averages.append((f"{pair} {way}", value))


def _measured(cell: Cell, size: int) -> Measurement:
    source, target = _named(cell.source), _named(cell.target)
    own, other = source[:3], "own" if source == target else target[:3]
    metric = TRANSFERBENCH_BANDWIDTH.named(f"{cell.preset}_{own}_{other}")
    if size and cell.preset != "a2a":
        return metric.of(cell.gbytes_per_s, source, target, bytes=size, way=cell.way)
    return metric.of(cell.gbytes_per_s, source, target, way=cell.way)


def _named(device: str) -> str:
    kind, _, index = device.partition(" ")
    return f"{kind.lower()}{int(index)}"
