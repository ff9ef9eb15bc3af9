"""`dmidecode`, whole or by type, with or without -q: what the firmware says a machine is made of.

Read are BIOS (0), system (1), boards (2), chassis (3), processors (4), memory arrays (16), memory
devices (17) and power supplies (39) of the SMBIOS standard; other records are counted only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement
from millwright.probes.dmidecode_facts import Machine, machine_of
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.metrics import MEMORY_INSTALLED, MEMORY_MODULES, MEMORY_SPEED
from millwright.probes.pairs import Pairs, pair_of
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dmidecode"
_HANDLE = re.compile(
    r"Handle (?P<handle>0x[0-9A-Fa-f]{1,8}), DMI type (?P<type>\d{1,3})(?:, \d{1,5} bytes)?$"
)
_SMBIOS = re.compile(r"SMBIOS (?P<version>\d[\d.]{0,10}) present")
_KNOWN = re.compile(r"#|Getting SMBIOS|Scanning /dev/mem|Table at |\d+ structures occupying")
_FAILURE = re.compile(
    r".*(?:Permission denied|No SMBIOS nor DMI|DMI table is broken|Wrong DMI|Invalid entry length"
    r"|command not found|: Can't |Operation not permitted|unreachable)"
)
_TITLES = {
    "BIOS Information": 0,
    "System Information": 1,
    "Base Board Information": 2,
    "Chassis Information": 3,
    "Processor Information": 4,
    "Physical Memory Array": 16,
    "Memory Device": 17,
    "System Power Supply": 39,
}
READ_TYPES = frozenset(_TITLES.values())


@dataclass(slots=True)
class Draft:
    """A record while its lines go by."""

    handle: str | None
    type: int | None
    line: int
    title: str | None = None
    indent: int | None = None
    pairs: Pairs = field(default_factory=Pairs)


def command() -> list[str]:
    """Return what to ask a node, as root."""
    return ["dmidecode"]


def read(text: str) -> Reading[Machine]:
    """Return what is built in; a record whose heading is lost is a problem and no part."""
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    lines.end()
    problems = lines.problems + told.problems
    if not lines.drafts:
        problems.append(Problem("no record is told"))
    known = [draft for draft in lines.drafts if draft.type in READ_TYPES]
    problems += [found for draft in known for found in draft.pairs.problems]
    machine = machine_of(
        lines.version,
        [(draft.handle, draft.type, draft.title) for draft in lines.drafts],
        [(draft.type, draft.pairs) for draft in known],
        problems,
    )
    return Reading(TOOL, machine, tuple(_measured(machine)), tuple(problems), is_simulated(text))


class _Lines:
    """Sorts fields under the record that they follow; an empty line ends a record."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.problems: list[Problem] = []
        self.version: str | None = None
        self._draft: Draft | None = None
        self._handles: set[str] = set()
        self._lost = False

    def take(self, line: Line) -> None:
        """Read one whole line."""
        at, text = line
        if not text.strip():
            self.end()
        elif text[0] in " \t":
            self._field(line)
        elif found := _HANDLE.match(text):
            self.end()
            if found["handle"] in self._handles:
                self.problems.append(Problem(f"{found['handle']} is listed twice", at))
            self._handles.add(found["handle"])
            self._draft = Draft(found["handle"], int(found["type"]), at)
        elif found := _SMBIOS.match(text):
            self.version = found["version"]
        elif _FAILURE.match(text):
            self.problems.append(Problem(shown(text), at))
        elif not _KNOWN.match(text):
            self._title(line)

    def end(self) -> None:
        """Close the record that is open, and keep it where its heading is whole."""
        draft, self._draft, self._lost = self._draft, None, False
        if draft is None:
            return
        if draft.title is None:
            self.problems.append(Problem(f"record {draft.handle} has no title", draft.line))
        elif _TITLES.get(draft.title, draft.type) != draft.type:
            self.problems.append(Problem(f"{draft.title} is no type {draft.type}", draft.line))
        else:
            self.drafts.append(draft)

    def _title(self, line: Line) -> None:
        at, text = line
        if self._draft is not None and self._draft.title is None:
            self._draft.title = text
        elif text in _TITLES and not self._handles:
            self.end()
            self._draft = Draft(None, _TITLES[text], at, text)
        elif self._draft is None or self._draft.type in READ_TYPES:
            # Records of other types may have several titles, one for each device in them.
            self.problems.append(not_understood(line))
            self.end()

    def _field(self, line: Line) -> None:
        draft = self._draft
        if draft is None or draft.title is None:
            if not self._lost:
                self.problems.append(Problem("fields without their record", line[0]))
            self._lost = True
            return
        pair = pair_of(line)
        indent = len(line[1]) - len(line[1].lstrip())
        draft.indent = indent if draft.indent is None else draft.indent
        # Deeper lines are entries of a list; what is said twice belongs to a record that is lost.
        fits = pair is None or indent > draft.indent or draft.pairs.put(pair)
        if not fits and draft.type in READ_TYPES:
            self.end()
            self._lost = True


def _measured(machine: Machine) -> Iterator[Measurement]:
    for device in machine.memory:
        if device.configured_mt_s is not None and device.locator is not None:
            bank = {"bank": device.bank} if device.bank else {}
            yield MEMORY_SPEED.of(device.configured_mt_s, device.locator, **bank)
    if machine.memory_is_whole:
        yield MEMORY_INSTALLED.of(float(machine.memory_bytes >> 20))
        yield MEMORY_MODULES.of(float(sum(bool(device.size_bytes) for device in machine.memory)))
