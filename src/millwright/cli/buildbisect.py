"""`build bisect`: which nodes a failure is of that shows only where many take part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit

if TYPE_CHECKING:
    from millwright.build.bisecting import Asked
    from millwright.build.bisection import Isolation

Answers = Annotated[
    list[str] | None, typer.Option(metavar="NODES", help="A group that was tested; often.")
]


@guarded
def bisect(
    context: typer.Context,
    suspects: Annotated[str, typer.Argument(metavar="NODES", help="Who fails together.")],
    good: Annotated[str, typer.Option(metavar="NODES", help="Known to be good.")],
    passed: Answers = None,
    failed: Answers = None,
    json: Json = False,
) -> None:
    """Name the next group to be tested, or the nodes at fault, from what groups came to so far.

    For a test that fails at scale alone (a collective over all nodes). Run it on the group that is
    named, by Slurm or by hand, and call this again with `--passed` or `--failed` for it. Halves are
    filled up with good nodes, so that size and bar stay; as many as suspects let a single node be
    confirmed with others. No node is asked. Ends with 3 while a group is to be tested, 1 where a
    fault was found.

    Example: millwright build bisect 'gpu[1-16]' --good 'gpu[17-32]' --failed 'gpu[1-16]'
    """
    from millwright.build.bisecting import Asked, next_or_found
    from millwright.model.nodeset import expanded

    door = door_of(context, json=json)
    answers = [frozenset(map(frozenset, map(expanded, each or ()))) for each in (passed, failed)]
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
