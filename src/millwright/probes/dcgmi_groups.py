"""`dcgmi group -l`: which entities are watched together."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from millwright.probes.box_table import box_table
from millwright.probes.quantity import counter
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi-group"
_COUNT = re.compile(r"(\d{1,6}) groups? found\.")


@dataclass(frozen=True, slots=True)
class Group:
    """One group; its entities as the tool writes them (`GPU 0`), none for `None`."""

    index: int | None
    name: str | None = None
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups of the host engine."""

    groups: tuple[Group, ...]


def command() -> list[str]:
    """Return what to ask a node."""
    return ["dcgmi", "group", "-l"]


def read(text: str) -> Reading[Groups]:
    """Return the groups; fewer than the tool counts is a problem."""
    table = box_table(text)
    problems = [*table.problems]
    counts = [found for row in table.rows if (found := _COUNT.fullmatch(row.only))]
    problems += [
        Problem(f"not understood: {line[:120]}", at)
        for at, line in table.others
        if not _COUNT.fullmatch(line)
    ]
    groups: list[Group] = []
    continued = False
    for row in table.rows:
        if len(row.cells) == 2:
            continued = _take(groups, *row.cells, continued)
    if not counts or int(counts[0][1]) != len(groups):
        problems.append(Problem(f"{counts[0][0] if counts else 'no count'}, {len(groups)} listed"))
    return Reading(TOOL, Groups(tuple(groups)), (), tuple(problems), is_simulated(text))


def _take(groups: list[Group], name: str, value: str, continued: bool) -> bool:
    """Take one row and return whether the entities may go on in the next."""
    label = name.removeprefix("->").strip()
    if label == "Group ID":
        groups.append(Group(counter(value)))
    elif groups and label == "Group Name":
        groups[-1] = replace(groups[-1], name=value or None)
    elif groups and (label == "Entities" or (continued and not label)):
        told = tuple(part.strip() for part in value.split(",") if part.strip(" ,"))
        entities = (*groups[-1].entities, *(part for part in told if part != "None"))
        groups[-1] = replace(groups[-1], entities=entities)
        return True
    return False
