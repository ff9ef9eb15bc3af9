"""`manage window`: who works at which nodes; what that explains calls nobody meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of

app = typer.Typer(
    help="Say that somebody works at nodes.", no_args_is_help=True, rich_markup_mode=None
)


@app.command(epilog="Example: millwright manage window add 'gpu[1-4]' --for 2h --why 'new fans'")
@guarded
def add(
    context: typer.Context,
    nodes: Annotated[str, typer.Argument(help="A node set, such as gpu[001-127].")],
    span: Annotated[str, typer.Option("--for", help="How long: 30m, 2h or 1d.")],
    why: Annotated[str, typer.Option(help="What is done there.")],
    json: Json = False,
) -> None:
    """Open a window from now on."""
    from millwright.adapters.windowbook import add_window, span_of
    from millwright.model.nodeset import chosen, folded

    door = door_of(context, json=json)
    long = span_of(span)
    names = chosen(nodes, _known(door))
    window = add_window(workspace_of(door), folded(names), long, why)
    if door.json:
        door.ui.json(window.model_dump(mode="json", by_alias=True))
    else:
        door.ui.data(f"{window.id}  {window.nodes} ({len(names)})  until {window.end}")


def _known(door: Door) -> list[str]:
    """Return every node that can be meant: those of the design and of reach.yaml."""
    from millwright.adapters.routes import known_nodes

    return list(known_nodes(workspace_of(door)).routes)


@app.command("list", epilog="Example: millwright manage window list")
@guarded
def list_(context: typer.Context, json: Json = False) -> None:
    """List windows, those that are open first."""
    from millwright.adapters.windowbook import moment, read_maintenance

    door = door_of(context, json=json)
    there = read_maintenance(workspace_of(door))
    if door.json:
        door.ui.json(there.model_dump(mode="json", by_alias=True))
        return
    now = moment(datetime.now(UTC))
    for window in sorted(there.windows, key=lambda each: (each.end <= now, each.end)):
        word = "open" if window.end > now else "over"
        door.ui.data(
            f"{window.id:5} {word}  {window.nodes}  {window.begin} to {window.end}"
            f"  {window.reason} ({window.by})"
        )
    if not there.windows:
        door.ui.say("nobody works at any node")


@app.command(epilog="Example: millwright manage window end w1")
@guarded
def end(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `list` names it: w1.")],
    json: Json = False,
) -> None:
    """End a window now."""
    from millwright.adapters.windowbook import end_window

    door = door_of(context, json=json)
    window = end_window(workspace_of(door), id_)
    if door.json:
        door.ui.json(window.model_dump(mode="json", by_alias=True))
    else:
        door.ui.data(f"{window.id}  {window.nodes}  ended at {window.end}")
