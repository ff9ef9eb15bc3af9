"""`manage remedy`: from a complaint about a node to its measured return, or to a person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit

if TYPE_CHECKING:
    from millwright.model.remedyplan import RemedyPlan

app = typer.Typer(help="Repair nodes.", no_args_is_help=True, rich_markup_mode=None)

Findings = Annotated[
    list[Path] | None,
    typer.Option("--findings", metavar="FILE", help="A sweep or findings; the last if not said."),
]
Confirm = Annotated[
    str | None, typer.Option(help="The factory's name: power may be taken away from nodes.")
]


@app.callback()
def _remedy() -> None:
    """Repair nodes, within the limits of the site."""


@app.command(
    "plan",
    short_help="Show what would be done.",
    epilog="Example: millwright -C site manage remedy plan --findings health.json",
)
@guarded
def plan(
    context: typer.Context,
    findings: Findings = None,
    confirm: Confirm = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where something is to be done.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask the scheduler who is out already.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what would be done about complaints and why, with every guard rail. Changes nothing."""
    from millwright.cli.remedying import complaints_of, desk_of, planned

    door = door_of(context, json=json)
    told = complaints_of(door, tuple(findings or ()))
    with desk_of(door) as desk:
        fleet = desk.fleet(silent="it was not asked" if offline else "")
        made = planned(desk, told, fleet, confirm)
    _tell(door, made)
    if exit_code and made.items:
        raise typer.Exit(int(Exit.NO))


def _tell(door: Door, made: RemedyPlan) -> None:
    from millwright.reports.remedy import plan_lines

    if door.json:
        door.ui.json(made.model_dump(mode="json", by_alias=True))
        return
    door.ui.raw(plan_lines(made))
