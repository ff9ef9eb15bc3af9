"""`read`: what a tool's output says, from a file that anybody recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.probes.reading import Reading

MOST_PROBLEMS = 20
"""So many problems are told to a person; JSON tells all."""
MOST_GUESSED = 1 << 17
"""The longest text that other readers are tried on."""


@guarded
def read(
    context: typer.Context,
    tool: Annotated[str | None, typer.Argument(help="Whose output it is.")] = None,
    file: Annotated[Path | None, typer.Argument(help="The output; - is standard input.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the tools.")] = False,
    json: Json = False,
) -> None:
    """Read one tool's output: facts, measurements with units, and problems.

    What it does not say is null and never zero. Ends with 1 where a part could not be read.

    Example: millwright read nvidia-smi-xml node17.xml --json
    """
    from millwright.adapters.toolfile import read_output
    from millwright.probes.reading import with_doubts
    from millwright.probes.registry import TOOLS, named
    from millwright.reports.readings import reading_document

    door = door_of(context, json=json)
    if listed:
        _list(door)
        return
    if tool is None or file is None:
        raise MillwrightError("say a tool and a file", hint="`millwright read --list` shows tools")
    kind = named(tool)
    if kind is None:
        from millwright.adapters.explain import similar

        names = [name for each in TOOLS for name in (each.name, *each.aliases)]
        hint = similar(tool, names) or "`millwright read --list` shows those that are known"
        raise MillwrightError(f"no tool {tool!r} is known", hint=hint)
    text = read_output(file)
    reading = with_doubts(kind.read(text), text)
    if door.json:
        door.ui.json(reading_document(reading))
    else:
        _show(door, reading)
    if reading.problems:
        _suggest(door, text, reading)
        raise typer.Exit(int(Exit.NO))


def _list(door: Door) -> None:
    from millwright.probes.registry import TOOLS
    from millwright.reports.readings import tools_document, tools_table

    if door.json:
        door.ui.json(tools_document(TOOLS))
    else:
        door.ui.table(tools_table(TOOLS))


def _show(door: Door, reading: Reading[Any]) -> None:
    from millwright.reports.readings import fact_lines, measurement_table

    door.ui.heading(f"{reading.tool}{'  SIMULATED' if reading.simulated else ''}")
    door.ui.raw(fact_lines(reading.facts, 1))
    if reading.measurements:
        door.ui.table(measurement_table(reading.measurements))
    for problem in reading.problems[:MOST_PROBLEMS]:
        place = f"line {problem.line}: " if problem.line else ""
        door.ui.complain(f"problem: {place}{problem.message}")
    if (more := len(reading.problems) - MOST_PROBLEMS) > 0:
        door.ui.complain(f"and {more} more problems: `--json` tells all")


def _suggest(door: Door, text: str, reading: Reading[Any]) -> None:
    """Say whose output it rather is, where nothing was measured and few other readers know it."""
    from millwright.probes.registry import knowing

    if reading.measurements or len(text) > MOST_GUESSED:
        return
    known = knowing(text)
    if 0 < len(known) <= 3:
        door.ui.complain(f"read without a problem by: {', '.join(known)}")
