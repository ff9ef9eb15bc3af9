"""`manage update`: drivers and packages to another version, wave by wave, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.model.update import UpdateOrder

app = typer.Typer(help="Update nodes in waves.", no_args_is_help=True, rich_markup_mode=None)

Order = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="An update.yaml.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PART=VERSION", help="driver, dcgm, package:NAME and so on."),
]
Nodes = Annotated[str | None, typer.Option(help="A node set; all that compute if not said.")]
Cuda = Annotated[str | None, typer.Option(help="The newest CUDA that workloads are built for.")]
Canary = Annotated[int | None, typer.Option(help="How many nodes go first; 1 if not said.")]
Bake = Annotated[
    float | None, typer.Option(metavar="MINUTES", help="How long a wave serves before the next.")
]
NoWayBack = Annotated[
    bool, typer.Option("--no-way-back", help="Also where the old version is offered no more.")
]


@app.callback()
def _update() -> None:
    """Update nodes in waves, within the limits of the site."""


def _ordered(
    file: Path | None, said: list[str] | None, more: Mapping[str, object]
) -> UpdateOrder | None:
    """Return the order of a file or of options; None where nothing was ordered."""
    from millwright.adapters.updatefile import read_update, said_order

    given = {key: value for key, value in more.items() if value is not None and value is not False}
    if file is not None:
        if said or given:
            raise MillwrightError("an order is a file or options, not both")
        return read_update(file)
    if not said:
        if given:
            raise MillwrightError("nothing is ordered", hint="such as --set driver=580.105.08")
        return None
    pairs = [word.partition("=") for word in said]
    if wrong := [part + mark + version for part, mark, version in pairs if not version]:
        raise MillwrightError(f"--set {wrong[0]} names no version", hint="say PART=VERSION")
    return said_order({"set": {part: version for part, _, version in pairs}, **given})


@app.command(
    "plan",
    short_help="Show waves, versions and the way back.",
    epilog="Example: millwright -C site manage update plan --set driver=580.105.08",
)
@guarded
def plan(
    context: typer.Context,
    file: Order = None,
    said: Set = None,
    nodes: Nodes = None,
    cuda: Cuda = None,
    canary: Canary = None,
    bake: Bake = None,
    no_way_back: NoWayBack = False,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Have nodes read package sources anew if it is missing."),
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where something is to be done.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what would be updated, in which waves, what starts again, and the way back.

    Ends with 2 where versions do not go together, with what would be right. Installs nothing.
    """
    from millwright.cli.updaterun import plan_of, show

    door = door_of(context, json=json)
    pace = {"canary": canary, "bake_minutes": bake}
    more = {"nodes": nodes, "cuda": cuda, "no_way_back": no_way_back, **pace}
    order = _ordered(file, said, more)
    if order is None:
        raise MillwrightError("nothing is ordered", hint="such as --set driver=580.105.08")
    made = plan_of(door, order, refresh=refresh)
    show(door, made)
    if exit_code and any(each.fate == "update" for each in made.nodes):
        raise typer.Exit(int(Exit.NO))


@app.command(
    "apply",
    short_help="Update in waves, or go on with it.",
    epilog="Example: millwright -C site manage update apply --set driver=580.105.08 --yes",
)
@guarded
def apply(
    context: typer.Context,
    file: Order = None,
    said: Set = None,
    nodes: Nodes = None,
    cuda: Cuda = None,
    canary: Canary = None,
    bake: Bake = None,
    no_way_back: NoWayBack = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Update nodes: a canary, then waves: drain, wait for jobs, install, boot, prove, give back.

    Without an order it goes on with the run that is open, whatever was killed. A node that does not
    pass gets its old versions back, or stays out for a person. Ends with 1 where the run was halted
    or left nodes alone, with 3 where something is waited for.
    """
    from millwright.cli.updaterun import Said, carried_out

    door = door_of(context, json=json)
    pace = {"canary": canary, "bake_minutes": bake}
    more = {"nodes": nodes, "cuda": cuda, "no_way_back": no_way_back, **pace}
    raise typer.Exit(int(carried_out(door, Said(_ordered(file, said, more), yes))))


@app.command("status", short_help="Show how the last update stands.")
@guarded
def status(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(help="A run; the last if not said.")] = None,
    json: Json = False,
) -> None:
    """Show how a rolling update stands, node by node. No node is asked.

    Example: millwright -C site manage update status
    """
    from millwright.cli.remedying import desk_of
    from millwright.cli.updaterun import status_of, tell
    from millwright.cli.updating import run_named

    door = door_of(context, json=json)
    with desk_of(door) as desk:
        found = run_named(desk, run)
        tell(door, desk, found)
        raise typer.Exit(int(status_of(desk, found)))


@app.command("rollback", short_help="Take an update back, in waves.")
@guarded
def rollback(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(help="A run; the last if not said.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Bring the nodes that a run updated back to their old versions, in waves and proven as before.

    Example: millwright -C site manage update rollback --yes
    """
    from millwright.cli.updaterun import taken_back

    door = door_of(context, json=json)
    raise typer.Exit(int(taken_back(door, run, yes)))
