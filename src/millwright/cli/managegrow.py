"""`manage grow`: new nodes beside those that run, from a larger factory.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.growing import Asked

app = typer.Typer(
    help="Bring new nodes into what runs.", no_args_is_help=True, rich_markup_mode=None
)

Former = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A folder with design/ and factory.lock.json of before."),
]
AllowRestart = Annotated[
    str | None,
    typer.Option("--allow-restart", help="Services that may start again, with commas between."),
]
AllowMoves = Annotated[
    bool, typer.Option("--allow-moves", help="Also where installed devices or cables move.")
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Pin the host keys that new nodes show, when they do.")
]
Class_ = Annotated[
    str, typer.Option("--class", help="smoke, standard or contract: how long tests take.")
]
Within = Annotated[
    float, typer.Option(min=0, help="Minutes that tests of fabric and storage wait behind jobs.")
]


@app.callback()
def _grow() -> None:
    """Bring new nodes into what runs, and disturb nothing of it."""


def _asked(
    paths: tuple[Path | None, Path | None],
    allowed: tuple[str | None, bool],
    more: tuple[str, bool, float],
) -> Asked:
    from typing import get_args

    from millwright.cli.growing import Asked
    from millwright.model.burnin import Class
    from millwright.model.growth import GrowthSaid

    (spec, former), (units, moves), (class_, trust, within) = paths, allowed, more
    known: dict[str, Class] = {each: each for each in get_args(Class)}
    if class_ not in known:
        raise MillwrightError(f"--class takes {', '.join(known)}, not {class_!r}")
    said = GrowthSaid(
        allow_restarts=tuple(word.strip() for word in (units or "").split(",") if word.strip()),
        allow_moves=moves,
        class_=known[class_],
        trust=trust,
        within_minutes=within,
    )
    return Asked(said, spec, former)


@app.command(
    "plan",
    short_help="Show what comes, and what it changes.",
    epilog="Example: millwright -C site manage grow plan larger.yaml",
)
@guarded
def plan(
    context: typer.Context,
    spec: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A larger spec; factory.yaml if none.")
    ] = None,
    former: Former = None,
    allow_restart: AllowRestart = None,
    allow_moves: AllowMoves = False,
    class_: Class_ = "smoke",
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where it would be refused.")
    ] = False,
    json: Json = False,
) -> None:
    """Hold a larger factory.yaml against the recorded design: nodes, racks, cables, addresses and
    ports that come; what of what stands would change, read a changed file or start again.

    The head node is asked what runs; nothing is changed.
    """
    from millwright.cli.growing import plan_of
    from millwright.cli.growrun import show

    door = door_of(context, json=json)
    asked = _asked((spec, former), (allow_restart, allow_moves), (class_, False, 0.0))
    made = plan_of(door, asked)
    show(door, made)
    if exit_code and made.refused:
        raise typer.Exit(int(Exit.NO))


@app.command(
    "run",
    short_help="Do it, step by step, each proven.",
    epilog="Example: millwright -C site manage grow run --yes --allow-restart slurmctld",
)
@guarded
def run(
    context: typer.Context,
    former: Former = None,
    allow_restart: AllowRestart = None,
    allow_moves: AllowMoves = False,
    trust: Trust = False,
    class_: Class_ = "smoke",
    within: Within = 10.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Grow to what factory.yaml says now: record the design, wait for new nodes, trust them, burn
    them in, bring them their roles, test fabric and storage before and after, put them to service,
    write the books, and prove by the start of every process that nothing was started again.

    What waits (racking, a host key) ends with 3, and `resume` goes on. Ends with 1 where a node
    stays out, or something was started again that --allow-restart does not name.
    """
    from millwright.cli.growrun import carried_out

    door = door_of(context, json=json)
    asked = _asked((None, former), (allow_restart, allow_moves), (class_, trust, within))
    raise typer.Exit(int(carried_out(door, asked, yes=yes)))


@app.command("resume", short_help="Go on with it, whatever was killed.")
@guarded
def resume(context: typer.Context, trust: Trust = False, json: Json = False) -> None:
    """Go on with the growth that is open, from its journal.

    Example: millwright -C site manage grow resume --trust
    """
    from millwright.cli.growrun import resumed

    door = door_of(context, json=json)
    raise typer.Exit(int(resumed(door, trust=trust)))


@app.command("stop", short_help="Leave it as it stands.")
@guarded
def stop(context: typer.Context, json: Json = False) -> None:
    """Leave the growth that is open as it stands: nothing is undone, the larger design stays
    recorded, and the next `run` takes up the nodes that never served. Ends with 1.

    Example: millwright -C site manage grow stop
    """
    from millwright.cli.growrun import stopped

    door = door_of(context, json=json)
    raise typer.Exit(int(stopped(door)))


@app.command("status", short_help="Show how the last growth stands.")
@guarded
def status(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run; the last if not said.")
    ] = None,
    json: Json = False,
) -> None:
    """Show how a growth stands: nodes, steps, tests before and after, the proof. No node is asked.

    Example: millwright -C site manage grow status
    """
    from millwright.cli.growrun import status_of

    door = door_of(context, json=json)
    raise typer.Exit(int(status_of(door, name)))
