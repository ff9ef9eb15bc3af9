"""`build compare`: what became of parts between the factory and the site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError
from millwright.model.verdict import Verdict

if TYPE_CHECKING:
    from millwright.model.buildplan import Stage
    from millwright.model.comparison import Comparison

_File = Annotated[Path | None, typer.Option(metavar="FILE", help="Measurements, JSON lines.")]
_Output = Annotated[
    Path | None,
    typer.Option("-o", "--out", "--output", help="A folder for the page, HTML and PDF."),
]


@guarded
def compare(
    context: typer.Context,
    run_a: Annotated[str | None, typer.Argument(help="A run of the factory.")] = None,
    run_b: Annotated[str | None, typer.Argument(help="A run of the site.")] = None,
    fat: _File = None,
    sat: _File = None,
    output: _Output = None,
    json: Json = False,
) -> None:
    """Compare two runs by serial number: what travelled badly, was swapped, is missing or new.

    Without names the last runs of `build run --stage fat` and of `--stage sat` are compared. What
    all parts did in common is told once. A value without a serial number is compared with none.
    Ends with 1 where something is worse, missing or cannot be told. No node is asked.

    Example: millwright build compare --fat factory.jsonl --sat site.jsonl
    """
    from millwright.adapters.measurementfile import read_measurements
    from millwright.build.judge.comparing import compare as compared
    from millwright.reports.comparison import comparison_lines, headline

    door = door_of(context, json=json)
    if run_b and sat or run_a and fat:
        raise MillwrightError("a run and a file are both said for one side", hint="say one")
    first, name = _side(door, (run_a, fat, "fat"))
    second, other = _side(door, (run_b, sat, "sat"))
    found = compared(read_measurements((first,)), read_measurements((second,)), (name, other))
    if output is not None:
        _write(output, found, door)
    if door.json:
        door.ui.json(found.model_dump(mode="json", by_alias=True))
    else:
        door.ui.data(headline(found))
        door.ui.raw(comparison_lines(found))
        for note in found.notes:
            door.ui.say(note)
    if found.verdict >= Verdict.UNKNOWN:
        raise typer.Exit(int(Exit.NO))


def _write(folder: Path, found: Comparison, door: Door) -> None:
    """Write the page of a comparison into a folder."""
    from millwright import __version__
    from millwright.adapters.papers import papers
    from millwright.adapters.workspace import Workspace
    from millwright.reports.comparedpage import comparison_page

    page = comparison_page(found, by=f"millwright {__version__}")
    writers = papers(folder / "comparison", page)
    Workspace(folder).replace_files(writers)
    for path in writers:
        door.ui.say(f"written: {path}")


def _side(door: Door, said: tuple[str | None, Path | None, Stage]) -> tuple[Path, str]:
    """Return the measurements of one side, and what it is called."""
    from millwright.adapters.buildruns import MEASUREMENTS, run_named, run_of_stage

    run, file, stage = said
    if file is not None:
        return file, str(file)
    workspace = workspace_of(door)
    folder = run_named(workspace, run) if run else run_of_stage(workspace, stage)
    return folder / MEASUREMENTS, folder.name
