"""`dcgmi modules -l`: the parts of the host engine and which are loaded."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.probes.box_table import box_table
from millwright.probes.quantity import counter
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi-modules"


@dataclass(frozen=True, slots=True)
class Module:
    """One part; `state` is the tool's word (`Loaded`, `Not loaded`, `Denylisted`, ...)."""

    index: int
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Modules:
    """All parts; `status` is what the tool says of its own question."""

    status: str | None
    modules: tuple[Module, ...]


def command() -> list[str]:
    """Return what to ask a node."""
    return ["dcgmi", "modules", "-l"]


def read(text: str) -> Reading[Modules]:
    """Return the list; a status other than Success is a problem."""
    table = box_table(text)
    problems = [*table.problems]
    problems += [Problem(f"not understood: {line[:120]}", at) for at, line in table.others]
    told = [row.only.partition("Status:")[2].strip() for row in table.rows if "Status:" in row.only]
    modules = tuple(
        Module(index, row.cells[1], row.cells[2])
        for row in table.rows
        if len(row.cells) == 3 and (index := counter(row.cells[0])) is not None
    )
    if told[:1] != ["Success"]:
        problems.append(Problem(f"the status is {told[0] if told else 'not told'}"))
    problems += [] if modules else [Problem("no module is listed")]
    facts = Modules(told[0] if told else None, modules)
    return Reading(TOOL, facts, (), tuple(problems), is_simulated(text))
