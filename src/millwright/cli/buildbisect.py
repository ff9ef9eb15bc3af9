"""`build bisect`: which nodes a failure is of that shows only where many take part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.buildrun import Silent, Yes
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.executors import Executor, Within
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.build.bisecting import Asked
    from millwright.build.bisection import Isolation

Answers = Annotated[
    list[str] | None, typer.Option(metavar="NODES", help="A group that was tested; often.")
]

Suspects = Annotated[str | None, typer.Argument(metavar="NODES", help="Who fails together.")]
Good = Annotated[str | None, typer.Option(metavar="NODES", help="Known to be good.")]
Run = Annotated[
    str | None, typer.Option("--run", metavar="TEST", help="Run it on groups: nccl-fabric, ...")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the last search that ran groups.")
]
Bar = Annotated[
    float | None, typer.Option(help="What a group has to reach; else what good ones do.")
]
Long = Annotated[
    str, typer.Option("--class", help="smoke, standard or contract: how long each test takes.")
]


@guarded
def bisect(
    context: typer.Context,
    suspects: Suspects = None,
    good: Good = None,
    passed: Answers = None,
    failed: Answers = None,
    run: Run = None,
    resume: Resume = False,
    bar: Bar = None,
    class_: Long = "standard",
    executor: Executor = None,
    within: Within = None,
    patience: Silent = 300.0,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Name the nodes at fault of a failure that shows only where many take part.

    With --run a test of the catalogue is run on groups, over SSH or as jobs of Slurm, one group at
    a time, until it is known who fails with whomever it is grouped, and who only together; --resume
    goes on after a kill. Halves are filled up with good nodes: size and bar stay. What groups have
    to reach is --bar, or what good ones do. Ends with 1 where a fault was found or nothing can be
    concluded, 3 where a node did not answer. Without --run no node is asked: the group to be tested
    next is named from what groups came to (--passed, --failed); 3 until the fault is known.

    Example: millwright build bisect 'gpu[1-16]' --good 'gpu[17-32]' --run nccl-fabric --yes
    """
    from millwright.cli.bisectrun import Wanted, resume_groups, search_groups

    door, how = door_of(context, json=json), (executor, within, patience)
    if resume:
        _check_nothing_else(suspects, good, run, passed, failed)
        resume_groups(door, how)
    elif suspects is None or good is None:
        raise MillwrightError("who fails together, and who is good?", hint="NODES --good NODES")
    elif run is None:
        _by_hand(door, suspects, good, (passed, failed))
    else:
        _check_nothing_else(passed, failed)
        search_groups(door, Wanted(run, suspects, good, class_, bar, yes, how))


def _check_nothing_else(*said: object) -> None:
    if any(each is not None for each in said):
        raise MillwrightError(
            "groups that are run answer for themselves, and a search that goes on knows its nodes",
            hint="leave out --passed and --failed, and beside --resume nodes and --run as well",
        )


def _by_hand(
    door: Door, suspects: str, good: str, told: tuple[list[str] | None, list[str] | None]
) -> None:
    from millwright.build.bisecting import Asked, next_or_found
    from millwright.model.nodeset import expanded

    answers = [frozenset(map(frozenset, map(expanded, each or ()))) for each in told]
    asked = Asked(expanded(suspects), expanded(good), *answers)
    found = next_or_found(asked)
    if isinstance(found, tuple):
        _tell_next(door, found)
        raise typer.Exit(int(Exit.UNANSWERED))
    _tell_found(door, found, asked)
    if found.faulty or found.boundary:
        raise typer.Exit(int(Exit.NO))


def _tell_next(door: Door, group: tuple[str, ...]) -> None:
    from millwright.model.nodeset import folded

    if door.json:
        door.ui.json({"schema": "millwright.bisection/1", "next": list(group), "found": None})
        return
    door.ui.data(folded(group))
    door.ui.say("test this group next; then say --passed or --failed for it, beside the others")


def _tell_found(door: Door, found: Isolation, asked: Asked) -> None:
    from millwright.model.nodeset import folded

    told = {
        "faulty": list(found.faulty),
        "together": [list(group) for group in found.boundary],
        "unconfirmed": list(found.unconfirmed),
        "tests": found.tests,
        "padded": found.padded,
        "confirmed_with_others": asked.has_others,
    }
    if door.json:
        door.ui.json({"schema": "millwright.bisection/1", "next": None, "found": told})
        return
    lines = [f"faulty       {folded(found.faulty)}"] if found.faulty else []
    lines += [f"only together  {folded(group)}" for group in found.boundary]
    lines += [f"unconfirmed  {folded(found.unconfirmed)}"] if found.unconfirmed else []
    door.ui.data("\n".join(lines) or "no fault was found: the whole passed")
    if not found.padded:
        door.ui.say("too few good nodes to keep the size: the bar was not the one that failed")
    if not asked.has_others:
        door.ui.say("too few good nodes to confirm a node with others than before")
