"""`manage incident`: what happened to nodes, whom it hurt, and the case for whoever looks at it."""

from __future__ import annotations

from typing import Annotated

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json

app = typer.Typer(help="Incidents of nodes.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="The incident, by its id.")]


@app.callback()
def _incident() -> None:
    """Read incidents of nodes."""


@app.command("list", short_help="List incidents.")
@guarded
def list_(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Also those that are closed.")] = False,
    json: Json = False,
) -> None:
    """List incidents, the oldest first.

    Example: millwright -C site manage incident list --all
    """
    from millwright.cli.remedying import book_of
    from millwright.model.incident import CLOSED
    from millwright.reports.remedy import incidents_table

    door = door_of(context, json=json)
    with book_of(door) as book:
        found = [i for i in book.incidents().values() if all_ or i.stands not in CLOSED]
    if door.json:
        listed = [each.model_dump(mode="json", by_alias=True) for each in found]
        door.ui.json({"schema": "millwright.incidents/1", "incidents": listed})
    elif found:
        door.ui.table(incidents_table(found))
    else:
        door.ui.say("no incident is open" if not all_ else "there was no incident")


@app.command("show", short_help="Show one: timeline, impact, evidence.")
@guarded
def show(context: typer.Context, incident: Name, json: Json = False) -> None:
    """Show an incident: what was found, whom it hurts, what was done when, and where to read.

    Example: millwright -C site manage incident show inc-20260105-100000-gpu017
    """
    from millwright.cli.remedycase import case_lines, incident_document, whole
    from millwright.cli.remedying import desk_of, incident_of

    door = door_of(context, json=json)
    with desk_of(door) as desk:
        found = incident_of(desk, incident)
        if door.json:
            door.ui.json(incident_document(desk, found))
        else:
            door.ui.raw(case_lines(whole(desk, found)))


@app.command("bundle", short_help="Write one as an archive, secrets taken out.")
@guarded
def bundle(context: typer.Context, incident: Name, json: Json = False) -> None:
    """Write an incident with its evidence and the case against the part into one archive.

    It lies below rma/, for its owner alone to read; secrets are taken out as they are of evidence.

    Example: millwright -C site manage incident bundle inc-20260105-100000-gpu017
    """
    from millwright.cli.remedycase import write_case
    from millwright.cli.remedying import desk_of, incident_of

    door = door_of(context, json=json)
    with desk_of(door) as desk:
        target = write_case(desk, incident_of(desk, incident))
    if door.json:
        door.ui.json({"schema": "millwright.incident-bundle/1", "archive": target})
    else:
        door.ui.data(target)


@app.command("judge", short_help="Say whether a complaint was right.")
@guarded
def judge(
    context: typer.Context,
    incident: Name,
    right: Annotated[bool, typer.Option("--right/--wrong", help="Whether it was so.")] = True,
    json: Json = False,
) -> None:
    """Say whether what was complained of was so: classes rise to auto by that alone.

    Example: millwright -C site manage incident judge inc-20260105-100000-gpu017 --wrong
    """
    from millwright.cli.remedying import desk_of, write_line

    door = door_of(context, json=json)
    with desk_of(door) as desk:
        write_line(desk, incident, "judge", "right" if right else "wrong")
    door.ui.say(f"{incident} counts as {'right' if right else 'wrong'}")
