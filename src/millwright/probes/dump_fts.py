"""`dump_fts` and `ibroute`: the forwarding tables of InfiniBand switches, by destination.

A table says by which port a switch sends on what is for a LID; port 0 is the switch itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dump_fts"
_HEAD = re.compile(
    r"(?P<kind>Unicast|Multicast) m?lids \[[^\]]*\] of switch .*?\bguid 0x(?P<guid>[0-9a-f]{1,16})"
    r"(?: \((?P<words>.*)\))?:?$"
)
_ROW = re.compile(
    r"0x(?P<lid>[0-9a-fA-F]{1,4})\s+(?P<port>[0-9]{1,3})\s+:\s+\((?P<kind>.+?) portguid "
    r"0x(?P<guid>[0-9a-f]{1,16}): '(?P<words>.*)'\)$"
)
_BARE = re.compile(r"0x(?P<lid>[0-9a-fA-F]{1,4})\s+(?P<port>[0-9]{1,3})(?:\s+:.*)?$")
_COLUMNS = re.compile(r"(?:Lid\s+Out\s+Destination|Port\s+Info)\b")
_COUNT = re.compile(r"(?P<count>[0-9]+) (?:valid )?m?lids dumped")
_FAILURE = re.compile(r"(?:dump_fts|ibroute)\b|ib(?:panic|warn|error)\b|\S+\.c:[0-9]+;")


@dataclass(frozen=True, slots=True)
class Table:
    """What one switch does: the port for each LID. `guid` has 16 digits, as ibnetdiscover has."""

    guid: str
    description: str
    ports: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Tables:
    """All switches of an output, and what they call each LID where they say so."""

    switches: tuple[Table, ...]
    names: Mapping[int, str]


@dataclass(slots=True)
class _Draft:
    guid: str
    description: str
    ports: dict[int, int] = field(default_factory=dict)


def command() -> list[str]:
    """Return what to ask a node of the fabric; it takes minutes in a large one."""
    return ["dump_fts"]


def read(text: str) -> Reading[Tables]:
    """Return tables; a LID that a table names twice with two ports is a problem and left out."""
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    lines.end()
    problems = lines.problems + told.problems
    if not lines.drafts:
        problems.append(Problem("no forwarding table is told"))
    tables = tuple(Table(each.guid, each.description, each.ports) for each in lines.drafts)
    return Reading(TOOL, Tables(tables, lines.names), (), tuple(problems), is_simulated(text))


class _Lines:
    """Sorts rows under the switch that they follow; rows of multicast tables are passed over."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.names: dict[int, str] = {}
        self.problems: list[Problem] = []
        self._switch: _Draft | None = None
        self._skipping = False
        self._refused: set[int] = set()

    def take(self, line: Line) -> None:
        """Read one line."""
        at, text = line[0], line[1].strip()
        if not text or _COLUMNS.match(text):
            return
        if found := _HEAD.match(text):
            self._open(found)
        elif found := _ROW.match(text) or _BARE.match(text):
            self._row(found, line)
        elif found := _COUNT.match(text):
            self._close(int(found["count"]), at)
        elif _FAILURE.match(text):
            self.problems.append(Problem(shown(text), at))
            self._switch = None
        elif not self._skipping:
            self.problems.append(not_understood(line))

    def end(self) -> None:
        """Say of a table that is not closed by its count that rows of it may be lost."""
        if self._switch is not None:
            self.problems.append(Problem(f"{self._switch.description}: its table has no end"))

    def _open(self, found: re.Match[str]) -> None:
        self.end()
        self._skipping = found["kind"] == "Multicast"
        self._switch, self._refused = None, set()
        if not self._skipping:
            self._switch = _Draft(found["guid"].zfill(16), found["words"] or "")
            self.drafts.append(self._switch)

    def _row(self, found: re.Match[str], line: Line) -> None:
        if self._skipping:
            return
        if self._switch is None:
            self.problems.append(not_understood(line))
            return
        lid, port = int(found["lid"], 16), int(found["port"])
        if lid in self._refused:
            return
        if self._switch.ports.setdefault(lid, port) != port:
            self._refused.add(lid)
            del self._switch.ports[lid]
            where = self._switch.description or self._switch.guid
            self.problems.append(Problem(f"{where} sends LID {lid:#06x} by two ports", line[0]))
            return
        if words := found.groupdict().get("words"):
            self.names.setdefault(lid, words)

    def _close(self, count: int, at: int) -> None:
        """Hold a table against its own count: fewer rows than it says were lost on the way."""
        table, self._switch = self._switch, None
        if table is not None and len(table.ports) + len(self._refused) < count:
            lost = count - len(table.ports) - len(self._refused)
            self.problems.append(Problem(f"{table.description}: {lost} rows are missing", at))
