"""`dcgmi fieldgroup -l`: which fields are watched together."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from millwright.probes.box_table import Row, box_table
from millwright.probes.quantity import counter
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi-fieldgroup"
_COUNT = re.compile(r"(\d{1,6}) field groups? found\.")


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """One group of fields by DCGM's numbers, in the tool's order, repetitions and all."""

    index: int | None
    name: str | None = None
    fields: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldGroups:
    """All groups of fields of the host engine."""

    groups: tuple[FieldGroup, ...]


def command() -> list[str]:
    """Return what to ask a node."""
    return ["dcgmi", "fieldgroup", "-l"]


def read(text: str) -> Reading[FieldGroups]:
    """Return the groups; fewer than the tool counts, or a field that is no number, is a problem."""
    table = box_table(text)
    problems = [*table.problems]
    counts = [found for _, line in table.others if (found := _COUNT.fullmatch(line))]
    problems += [
        Problem(f"not understood: {line[:120]}", at)
        for at, line in table.others
        if not _COUNT.fullmatch(line)
    ]
    groups: list[FieldGroup] = []
    for row in table.rows:
        if len(row.cells) == 2 and not _take(groups, row):
            problems.append(Problem(f"not understood: {' | '.join(row.cells)[:120]}", row.line))
    if not counts or int(counts[0][1]) != len(groups):
        problems.append(Problem(f"{counts[0][0] if counts else 'no count'}, {len(groups)} listed"))
    return Reading(TOOL, FieldGroups(tuple(groups)), (), tuple(problems), is_simulated(text))


def _take(groups: list[FieldGroup], row: Row) -> bool:
    label, value = row.cells
    if label == "ID":
        groups.append(FieldGroup(counter(value)))
    elif groups and label == "Name":
        groups[-1] = replace(groups[-1], name=value or None)
    elif groups and label in ("Field IDs", ""):
        told = [counter(part) for part in value.split(",") if part.strip()]
        known = [field for field in told if field is not None]
        groups[-1] = replace(groups[-1], fields=(*groups[-1].fields, *known))
        return len(known) == len(told)
    else:
        return False
    return True
