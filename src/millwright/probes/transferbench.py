"""TransferBench: rows of executors, transfers and the whole, for each test of a configuration.

Read by the rows between bars, which older and newer makes draw differently; beside them the tables
of pairs that its presets p2p and a2a print. Other presets are not read, and said to be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from millwright.model.measurement import Measurement
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.metrics import TRANSFERBENCH_BANDWIDTH
from millwright.probes.reading import Problem, Reading, is_simulated, number
from millwright.probes.transferbench_tables import Cell, Tables

TOOL = "transferbench"
_TEST = re.compile(r"Test (?P<number>\d{1,6})\s*:")
_VERSION = re.compile(r"TransferBench v?(?P<version>\d[\w.]{0,20})")
_KIND = re.compile(
    r"(?:Executor: *(?P<kind>[A-Z]{2,5}) +(?P<index>\d{1,4})|Transfer +(?P<transfer>\d{1,6})|"
    r"(?P<whole>Aggregate) \([^)]{1,20}\))\s*$"
)
_WAY = re.compile(r"[A-Z]\d\S*(?: \S+)* *-> *\S.*")
_SETTING = re.compile(r"[A-Z][A-Z0-9_]{2,40} *= *\S.*:.*")
_RULE = re.compile(r"\[[A-Za-z ]{1,40}\]$|[-=+|\s\u2500-\u257f]*$")
_BARS = re.compile(r"[|\u2502]")


@dataclass(frozen=True, slots=True)
class Row:
    """What one executor, one transfer or the whole of a test reached.

    `who` is `GPU 0`, `transfer 0` or `all`; `way` is source, executor and target of a transfer.
    """

    test: int | None
    who: str
    gbytes_per_s: float
    ms: float
    bytes: int
    way: str | None = None


@dataclass(frozen=True, slots=True)
class Transfers:
    """All rows, and the cells of tables of pairs, in the order in which they stand.

    `averages` are what it says of a whole table, by its words, in GB/s.
    """

    version: str | None
    rows: tuple[Row, ...]
    cells: tuple[Cell, ...] = ()
    averages: tuple[tuple[str, float], ...] = ()


def command(config: str) -> list[str]:
    """Return what to run on a node: the tests of a file."""
    return ["TransferBench", config]


def read(text: str) -> Reading[Transfers]:
    """Return every row; a line that is neither one nor a setting is a problem."""
    told = output(text)
    version: str | None = None
    test: int | None = None
    rows: list[Row] = []
    tables, problems = Tables(), told.problems
    for line in told.whole:
        words = line[1].strip()
        if found := _TEST.match(words):
            test = int(found["number"])
        elif row := _row(words):
            rows.append(replace(row, test=test))
        elif named := _VERSION.match(words):
            version = named["version"]
        elif not tables.take(words):
            problems += _unread(line, words)
    if not rows and not tables.cells:
        problems.append(Problem("no transfer is told"))
    problems += [Problem(f"a table of pairs is not whole: {why}") for why in tables.torn()]
    measured = (*(_measured(row) for row in rows if row.gbytes_per_s > 0), *tables.measurements())
    facts = Transfers(version, tuple(rows), tuple(tables.cells), tuple(tables.averages))
    return Reading(TOOL, facts, measured, tuple(problems), is_simulated(text))


def _unread(line: Line, words: str) -> list[Problem]:
    """Return what is to be said of a line that tells no value: nothing of settings and rules."""
    if re.match(r"\[?ERROR", words):
        return [Problem(f"TransferBench says: {shown(words)}", line[0])]
    return [] if _RULE.match(words) or _SETTING.match(words) else [not_understood(line)]


def _row(words: str) -> Row | None:
    """Return a row; None where a cell is missing or no number."""
    cells = [cell.strip() for cell in _BARS.split(words)]
    found = _KIND.match(cells[0])
    if found is None or len(cells) < 4:
        return None
    units = ("GB/s", "ms", "bytes")
    speed, spent, size = (_of(cell, unit) for cell, unit in zip(cells[1:4], units, strict=True))
    if speed is None or spent is None or size is None or size != int(size):
        return None
    rest = cells[4] if len(cells) > 4 else ""
    if found["transfer"] is not None and not _WAY.match(rest):
        return None
    way = " ".join(rest.split()) if found["transfer"] is not None else None
    return Row(None, _who(found), speed, spent, int(size), way)


def _of(cell: str, unit: str) -> float | None:
    value = number(cell.removesuffix(unit).strip()) if cell.endswith(unit) else None
    return value if value is not None and 0 <= value < 1e15 else None


def _who(found: re.Match[str]) -> str:
    if found["kind"]:
        return f"{found['kind']} {int(found['index'])}"
    return "all" if found["whole"] else f"transfer {int(found['transfer'])}"


def _measured(row: Row) -> Measurement:
    """Return a speed; a GPU's own is said of it, as its vendor counts them."""
    kind, _, index = row.who.partition(" ")
    device = f"gpu{index}" if kind in ("GPU", "DMA") else ""
    metric = TRANSFERBENCH_BANDWIDTH.named(kind.lower())
    if row.way is None:
        return metric.of(row.gbytes_per_s, device, bytes=row.bytes)
    return metric.of(row.gbytes_per_s, device, bytes=row.bytes, way=row.way)
