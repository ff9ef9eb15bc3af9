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
    from millwright.cli.remedyrun import bench_of

    door = door_of(context, json=json)
    told = complaints_of(door, tuple(findings or ()))
    with desk_of(door) as desk:
        if offline:
            made = planned(desk, told, desk.fleet(silent="it was not asked"), confirm)
        else:
            with bench_of(desk, ("millwright", "manage", "remedy", "plan")) as bench:
                made = planned(desk, told, bench.fleet(), confirm)
    _tell(door, made)
    if exit_code and made.items:
        raise typer.Exit(int(Exit.NO))


def _tell(door: Door, made: RemedyPlan) -> None:
    from millwright.reports.remedy import plan_lines

    if door.json:
        door.ui.json(made.model_dump(mode="json", by_alias=True))
        return
    door.ui.raw(plan_lines(made))


@app.command(
    "apply",
    short_help="Repair, or go on with it.",
    epilog="Example: millwright -C site manage remedy apply --findings health.json --yes",
)
@guarded
def apply(
    context: typer.Context,
    findings: Findings = None,
    confirm: Confirm = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    auto: Annotated[
        bool, typer.Option("--auto", help="Only what may be done by itself, or was approved.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what is open; take up nothing new.")
    ] = False,
    json: Json = False,
) -> None:
    """Repair nodes: drain, wait for jobs, repair, prove, give back; or hand over to a person.

    Open incidents go on where they stand, whatever was killed: nothing that acts on power is done
    twice for one try. A node serves again only after it passed the failed check and its acceptance
    tests. Ends with 1 where a node went to a person or a guard rail holds one back, with 3 where
    one waits.
    """
    from millwright.cli.remedyorders import Orders, carried_out

    door = door_of(context, json=json)
    orders = Orders(tuple(findings or ()), confirm, yes=yes, auto=auto, resume=resume)
    raise typer.Exit(int(carried_out(door, orders)))


@app.command("status", short_help="Show the life of nodes, and what is open.")
@guarded
def status(context: typer.Context, json: Json = False) -> None:
    """Show in which state nodes are, which incidents are open, and what was right until now.

    No node is asked.

    Example: millwright -C site manage remedy status
    """
    from millwright.cli.remedystanding import standing_of
    from millwright.reports.remedy import incidents_table, precision_lines, states_table

    door = door_of(context, json=json)
    found = standing_of(door)
    left = [
        each for each in found.journal.incidents.values() if each.stands in ("open", "work-queue")
    ]
    seen = {name: (each.right, each.wrong, each.lower) for name, each in found.precision.items()}
    if door.json:
        door.ui.json(
            {
                "schema": "millwright.remedy-status/1",
                "simulated": found.simulated,
                "states": dict(found.states),
                "incidents": [each.model_dump(mode="json", by_alias=True) for each in left],
                "precision": {
                    name: {"right": right, "wrong": wrong, "lower": lower}
                    for name, (right, wrong, lower) in seen.items()
                },
            }
        )
        return
    door.ui.table(states_table(found.states, found.simulated))
    if left:
        door.ui.table(incidents_table(left))
    door.ui.raw(precision_lines(seen))


@app.command("approve", short_help="Approve an incident for --auto.")
@guarded
def approve(
    context: typer.Context,
    incident: Annotated[str, typer.Argument(help="The incident, by its id.")],
    json: Json = False,
) -> None:
    """Approve the repair of an incident whose class does not act by itself.

    Example: millwright -C site manage remedy approve inc-20260105-100000-gpu017
    """
    from millwright.cli.remedying import desk_of, write_line

    door = door_of(context, json=json)
    with desk_of(door) as desk:
        write_line(desk, incident, "approve", "approved")
    door.ui.say(f"{incident} is approved: `manage remedy apply --auto` carries it out")


@app.command("repaired", short_help="A person has repaired a node: prove it.")
@guarded
def repaired(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="The node, out of the work queue.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Have a node that a person has repaired pass the failed check and its acceptance, and serve.

    Example: millwright -C site manage remedy repaired gpu017 --yes
    """
    from millwright.cli.remedyorders import proven

    door = door_of(context, json=json)
    raise typer.Exit(int(proven(door, node, yes)))
