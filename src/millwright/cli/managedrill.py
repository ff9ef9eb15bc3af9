"""`manage drill`: what is taken away on purpose, timed against what the factory promises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.drilling import Wish

app = typer.Typer(
    help="Drills: take something away, and time its return.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Kind = Annotated[str, typer.Argument(help="node-loss, head-restore or wan-loss.")]
Nodes = Annotated[
    str | None, typer.Option(help="A node, or a node set; the first that may be, if not said.")
]
User = Annotated[
    str, typer.Option("--as", metavar="USER", help="Whose the drill's own jobs are; root's if not.")
]
Minutes = Annotated[
    float | None, typer.Option(min=0.1, max=50, help="How long it may take; each has its own.")
]
WithJobs = Annotated[
    bool, typer.Option("--with-jobs", help="Also a named node on which people's jobs run.")
]
Inside = Annotated[
    list[str] | None,
    typer.Option("--inside", metavar="CIDR", help="wan-loss: this is of the site as well."),
]
Confirm = Annotated[
    str | None, typer.Option(help="The factory's name: something may be taken away.")
]


@app.callback()
def _drill() -> None:
    """Drills: what is taken away, timed against what the factory promises."""


def _wish(
    kind: str, nodes: str | None, user: str, minutes: float | None, inside: list[str] | None
) -> Wish:
    """Return what was said. Raises MillwrightError where it is no drill, or no user."""
    import re
    from difflib import get_close_matches

    from millwright.cli.drilling import Wish
    from millwright.model.drill import KINDS

    if kind not in KINDS:
        close = get_close_matches(kind, KINDS, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(KINDS)}"
        raise MillwrightError(f"{kind!r} is no drill", hint=hint)
    if user and not re.fullmatch(r"[a-z_][a-z0-9_.-]{0,31}", user):
        raise MillwrightError(f"--as names {user!r}, which is no user")
    default = 1.0 if kind == "wan-loss" else 15.0
    more = {"more-inside": ",".join(_networks(inside))} if inside else {}
    return Wish(kind, nodes, user=user, minutes=minutes or default, more=more)


def _networks(inside: list[str]) -> list[str]:
    from ipaddress import ip_network

    try:
        return [str(ip_network(each, strict=False)) for each in inside]
    except ValueError as error:
        raise MillwrightError(
            f"--inside: {error}", hint="write a network, such as 10.20.0.0/16"
        ) from None


@app.command("list", short_help="Show the drills, their objectives, and the last verdicts.")
@guarded
def list_(context: typer.Context, json: Json = False) -> None:
    """Show which drills there are, what the spec promises for each, and how the last came out.

    No node is asked. What the spec does not promise is told so.

    Example: millwright -C site manage drill list
    """
    from millwright.cli.drillshown import show_kinds
    from millwright.cli.remedying import desk_of

    door = door_of(context, json=json)
    with desk_of(door) as desk:
        show_kinds(desk)


@app.command(
    "plan",
    short_help="Show what a drill would take away.",
    epilog="Example: millwright -C site manage drill plan node-loss --nodes gpu3",
)
@guarded
def plan(
    context: typer.Context,
    kind: Kind,
    nodes: Nodes = None,
    user: User = "",
    minutes: Minutes = None,
    with_jobs: WithJobs = False,
    inside: Inside = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where a guard rail holds it back.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what a drill touches, whom it hurts, its guard rails and objectives. Changes nothing."""
    from dataclasses import replace

    from millwright.cli.drillrun import planned
    from millwright.reports.drill import plan_lines

    door = door_of(context, json=json)
    made = planned(door, replace(_wish(kind, nodes, user, minutes, inside), with_jobs=with_jobs))
    if door.json:
        door.ui.json(made.model_dump(mode="json", by_alias=True))
    else:
        door.ui.raw(plan_lines(made))
    if exit_code and made.held:
        raise typer.Exit(int(Exit.NO))


@app.command(
    "run",
    short_help="Run a drill, timed.",
    epilog="Example: millwright -C site manage drill run node-loss --confirm=site",
)
@guarded
def run(
    context: typer.Context,
    kind: Kind,
    nodes: Nodes = None,
    user: User = "",
    minutes: Minutes = None,
    with_jobs: WithJobs = False,
    inside: Inside = None,
    confirm: Confirm = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask, where no name is wanted.")
    ] = False,
    json: Json = False,
) -> None:
    """Take something away, time what follows, give it back, and judge it by its objectives.

    Ends with 0 where every objective was kept, with 1 where one was not, where none is set, or
    where a guard rail holds it back; with 3 where something did not answer, so that nobody knows,
    or has to be gone on with: `resume`.
    """
    from dataclasses import replace

    from millwright.cli.drillrun import carried_out

    door = door_of(context, json=json)
    wish = _wish(kind, nodes, user, minutes, inside)
    wish = replace(wish, with_jobs=with_jobs, confirm=confirm, yes=yes)
    raise typer.Exit(int(carried_out(door, wish)))


@app.command("resume", short_help="Go on with a drill that was interrupted.")
@guarded
def resume(context: typer.Context, json: Json = False) -> None:
    """Give back what an interrupted drill took away, prove it, and close the drill.

    Example: millwright -C site manage drill resume
    """
    from millwright.cli.drillrun import gone_on

    raise typer.Exit(int(gone_on(door_of(context, json=json))))


@app.command("stop", short_help="End a drill, and give back what it took away.")
@guarded
def stop(
    context: typer.Context,
    why: Annotated[str, typer.Option(help="A word for the drill's journal.")] = "",
    json: Json = False,
) -> None:
    """End the drill that is under way, here or in another terminal: nothing more is taken away or
    watched, what was taken away is given back, and a node is proven before it serves again.

    Ends with 0 where all is given back, with 1 where a person has to look at a node, with 3 where
    something is still away: `resume` goes on.

    Example: millwright -C site manage drill stop --why "a case in the emergency room"
    """
    from millwright.cli.drillstop import stopped

    raise typer.Exit(int(stopped(door_of(context, json=json), why)))


@app.command("status", short_help="Show a drill, step by step.")
@guarded
def status(
    context: typer.Context,
    drill: Annotated[str | None, typer.Argument(help="A drill; the last if not said.")] = None,
    json: Json = False,
) -> None:
    """Show how a drill stands or came out. No node is asked.

    Example: millwright -C site manage drill status
    """
    from millwright.cli.drillrun import status_of, tell
    from millwright.cli.drillshown import drill_named
    from millwright.cli.remedying import desk_of

    door = door_of(context, json=json)
    with desk_of(door) as desk:
        found = drill_named(desk, drill)
        tell(desk, found)
    raise typer.Exit(int(status_of(found)))


@app.command("report", short_help="Show every drill; with --out as files.")
@guarded
def report(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="Also HTML, PDF and JSON.")
    ] = None,
    json: Json = False,
) -> None:
    """Show every drill with its date, objectives, what was measured, and its verdict.

    Example: millwright -C site manage drill report --out drills
    """
    from millwright.cli.drillshown import reported
    from millwright.cli.remedying import desk_of

    door = door_of(context, json=json)
    with desk_of(door) as desk:
        reported(desk, out)
