"""`ipmitool sel list` or `sel elist`, and FreeIPMI's `ipmi-sel`: what a controller wrote down.

Every entry is one line of columns; which columns there are tells the two programs apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.probes.endings import not_understood, output, shown
from millwright.probes.quantity import words
from millwright.probes.reading import Problem, Reading, count, is_simulated

TOOL = "ipmi-sel"
_ID = re.compile(r"[0-9a-f]{1,4}$", re.IGNORECASE)
_DATE = re.compile(r"(?:\d{1,2}/\d{1,2}/\d{2,4}|[A-Z][a-z]{2}-\d{1,2}-\d{4}|\d{4}-\d\d-\d\d)$")
_TIME = re.compile(r"\d{1,2}:\d\d:\d\d(?: [A-Za-z0-9+:-]{1,8})?$")
_UNDATED = re.compile(r"Pre-Init(?: Time-stamp)?$|S/W generated|PostInit")
_ASSERTED = {"Asserted": True, "Deasserted": False, "Assertion Event": True}
_ASSERTED["Deassertion Event"] = False
_EMPTY = re.compile(r"SEL has no entries|.*No SEL Records", re.IGNORECASE)
_FAILURE = re.compile(
    r"(?:Unable|Could not|Error|Invalid|Get SEL|ipmi-sel|ipmi_\w+)\b|.*command not found"
)
_HEADING = ("id", "date")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `at` is the controller's own clock, and None before that was set.

    `asserted` is false where the trouble went away again.
    """

    number: int
    at: str | None
    sensor: str | None
    kind: str | None
    event: str
    asserted: bool | None


@dataclass(frozen=True, slots=True)
class EventLog:
    """All entries in their order; `empty` where the controller says that it holds none."""

    events: tuple[Event, ...]
    empty: bool


def command() -> list[str]:
    """Return what to ask a node about its own controller, as root."""
    return ["ipmitool", "sel", "elist"]


def read(text: str) -> Reading[EventLog]:
    """Return every entry; a line that is none is a problem."""
    told = output(text)
    events: dict[Event, None] = {}
    problems = told.problems
    empty = False
    for line in told.whole:
        cells = cells_of(line[1])
        if not line[1].strip() or tuple(cell.lower() for cell in cells[:2]) == _HEADING:
            continue
        if _EMPTY.match(line[1].strip()):
            empty = True
        elif _FAILURE.match(line[1].strip()):
            problems.append(Problem(shown(line[1]), line[0]))
        elif found := event_of(cells):
            events[found] = None
        else:
            problems.append(not_understood(line))
    if not events and not empty and not problems:
        problems.append(Problem("no entry is told, and not that there is none"))
    facts = EventLog(tuple(events), empty and not events)
    return Reading(TOOL, facts, (), tuple(problems), is_simulated(text))


def cells_of(line: str) -> list[str]:
    """Return the columns of a line."""
    return [cell.strip() for cell in line.split("|")]


def event_of(cells: Sequence[str]) -> Event | None:
    """Return the entry of a line's columns; None where they are none."""
    if len(cells) < 4 or not _ID.match(cells[0]):
        return None
    if _DATE.match(cells[1]) and _TIME.match(cells[2]):
        return _event(cells[0], f"{cells[1]} {cells[2]}", cells[3:])
    if _UNDATED.match(cells[1]):
        # ipmitool puts the seconds since the start there, older versions nothing.
        return _event(cells[0], None, cells[3:] if cells[2].isdigit() else cells[2:])
    return None


def _event(number: str, at: str | None, rest: Sequence[str]) -> Event | None:
    """Return an entry: sensor, event and direction, or FreeIPMI's name, type and event."""
    direction = next((_ASSERTED[cell] for cell in rest if cell in _ASSERTED), None)
    told = [cell for cell in rest if cell not in _ASSERTED]
    if not told or not any(told):
        return None
    freeipmi = at is not None and "-" in at.split(" ")[0]
    value = count(number) if freeipmi else int(number, 16)
    if value is None:
        return None
    if freeipmi and len(told) >= 3:
        states = ("Nominal", "Warning", "Critical", "N/A")
        rest_ = [cell for cell in told[2:] if cell not in states]
        return Event(value, at, words(told[0]), words(told[1]), "; ".join(rest_), direction)
    sensor, event = told[0], " | ".join(told[1:]) if len(told) > 1 else told[0]
    return Event(value, at, words(sensor), _kind(sensor), event, direction)


def _kind(sensor: str) -> str | None:
    """Return what kind of sensor a name begins with (`Memory #0x02`), as ipmitool writes it."""
    return words(re.sub(r" #0x[0-9a-fA-F]{1,4}$", "", sensor).partition(" ")[0])
