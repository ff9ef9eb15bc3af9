"""`manage drift`: what nodes are, against what is declared, what was recorded, and their peers."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import From, Json, Record
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.sweeps import Look, Seen
    from millwright.model.drift import Acceptance, DriftDocument

app = typer.Typer(
    help="Find what changed on nodes, and take it or put it back.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
ANSWERS = {"none": Exit.DONE, "drift": Exit.NO, "unanswered": Exit.UNANSWERED}

Only = Annotated[str | None, typer.Option("--only", help="A node set: look at no other node.")]
Nodes = Annotated[str | None, typer.Argument(help="A node set; all nodes if none is said.")]
Items = Annotated[
    list[str] | None,
    typer.Option("--item", help="An item, such as sysctl.vm.swappiness or 'package.*'."),
]
Why = Annotated[str, typer.Option(help="Why it is right.")]


@app.callback(epilog="Example: millwright -C site manage drift --only 'gpu[001-127]'")
@guarded
def drift(
    context: typer.Context,
    only: Only = None,
    source: From = None,
    record: Record = None,
    json: Json = False,
) -> None:
    """Compare nodes with what is declared, what was accepted, and their peers; nothing is changed.

    Ends with 1 where something changed that nobody approved, with 3 where something was not told.
    """
    door = door_of(context, json=json)
    if context.invoked_subcommand is not None:
        return
    document = looked(door, _look(only, source, record))
    _tell(door, document)
    raise typer.Exit(int(ANSWERS[document.answer]))


def _look(nodes: str | None, source: Path | None, record: Path | None = None) -> Look:
    from millwright.cli.sweeps import Look

    return Look(nodes=nodes, source=source, record=record, phase="drift")


def looked(door: Door, look: Look) -> DriftDocument:
    """Return the differences of the nodes that are meant."""
    from millwright.cli.driftground import ground_of
    from millwright.cli.sweeps import heard_of
    from millwright.manage.drift.compare import compared

    seen = heard_of(door, look)
    return compared(seen.recording, ground_of(door, seen))


def _tell(door: Door, document: DriftDocument) -> None:
    from millwright.reports.drift import headline, lines

    if door.json:
        door.ui.json(document.model_dump(mode="json", by_alias=True))
        return
    door.ui.heading(headline(document))
    for line in lines(document):
        door.ui.data(line)
    if document.run:
        door.ui.detail(f"evidence: runs/{document.run}")


@app.command(epilog="Example: millwright manage drift accept gpu3 --item 'gpu.*' --why 'new GPU'")
@guarded
def accept(
    context: typer.Context,
    why: Why,
    nodes: Nodes = None,
    item: Items = None,
    change: Annotated[str, typer.Option(help="The change that it belongs to.")] = "",
    source: From = None,
    json: Json = False,
) -> None:
    """Take what is seen now as right, on all nodes or some, whole or only some items."""
    from millwright.cli.driftground import book_of
    from millwright.cli.sweeps import heard_of
    from millwright.manage.drift.compare import unheard
    from millwright.model.nodeset import folded

    door = door_of(context, json=json)
    seen = heard_of(door, _look(nodes, source))
    taken = _taken(door, seen, tuple(item or ()), (why, change))
    book_of(door).put(taken)
    if door.json:
        door.ui.json(taken.model_dump(mode="json", by_alias=True))
    else:
        _tell_taken(door, taken)
    gaps = unheard(seen.recording)
    for gap in gaps:
        words = (f"{folded(gap.nodes)}: nothing of", gap.question or "it", f"was taken: {gap.why}")
        door.ui.complain(" ".join(words))
    if gaps:
        raise typer.Exit(int(Exit.UNANSWERED))


def _taken(door: Door, seen: Seen, items: tuple[str, ...], told: tuple[str, str]) -> Acceptance:
    from millwright.adapters.driftbook import only
    from millwright.cli.driftground import ground_of
    from millwright.manage.drift.compare import accepted, seen_in
    from millwright.model.drift import Acceptance

    ground = ground_of(door, seen)
    pictures = {
        name: accepted(picture, ground.declared.get(name, {}))
        for name, picture in seen_in(seen.recording, ground.declared).pictures.items()
    }
    if items:
        pictures = {
            name: only(picture, items, ground.recorded.get(name))
            for name, picture in pictures.items()
        }
    if not any(picture.items for picture in pictures.values()):
        raise MillwrightError("there is nothing to take", hint="look at `millwright manage drift`")
    return Acceptance(
        at=seen.recording.at,
        by=getpass.getuser(),
        why=told[0],
        change=told[1],
        items=items,
        run=seen.run,
        nodes=pictures,
    )


def _tell_taken(door: Door, taken: Acceptance) -> None:
    from millwright.model.nodeset import folded

    count = sum(len(picture.items) for picture in taken.nodes.values())
    door.ui.data(f"{folded(taken.nodes)} ({len(taken.nodes)})  {count} items recorded")


@app.command(
    epilog="Example: millwright manage drift approve CHG-7 'gpu[1-4]' bios --for 2d --why BIOS"
)
@guarded
def approve(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="The change's own number.")],
    nodes: Annotated[str, typer.Argument(help="A node set.")],
    item: Annotated[str, typer.Argument(help="An item, or a pattern such as 'package.*'.")],
    span: Annotated[str, typer.Option("--for", help="How long: 30m, 2h or 2d.")],
    why: Annotated[str, typer.Option(help="What is changed there.")],
    json: Json = False,
) -> None:
    """Say that items of nodes will change; until the time is up they are no drift."""
    from pydantic import ValidationError

    from millwright.adapters.windowbook import moment, span_of
    from millwright.cli.driftground import book_of
    from millwright.model.drift import Approval
    from millwright.model.nodeset import expanded, folded

    door = door_of(context, json=json)
    now, long = datetime.now(UTC), span_of(span)
    try:
        approval = Approval(
            id=id_,
            nodes=folded(expanded(nodes)),
            item=item,
            begin=moment(now),
            until=moment(now + long),
            why=why,
            by=getpass.getuser(),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise MillwrightError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    book_of(door).put(approval)
    if door.json:
        door.ui.json(approval.model_dump(mode="json", by_alias=True))
    else:
        door.ui.data(f"{approval.id}  {approval.nodes}  {item}  until {approval.until}")


@app.command(epilog="Example: millwright manage drift show gpu1")
@guarded
def show(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="A node.")],
    json: Json = False,
) -> None:
    """Show what is recorded of a node, and who accepted it when and why; it is not asked."""
    from millwright.adapters.driftbook import recorded
    from millwright.cli.driftground import book_of
    from millwright.reports.drift import short

    door = door_of(context, json=json)
    taken = [each for each in book_of(door).acceptances() if node in each.nodes]
    picture = recorded(taken).get(node)
    if picture is None:
        raise MillwrightError(
            f"nothing is recorded of {node}", hint="millwright manage drift accept"
        )
    if door.json:
        door.ui.json(picture.model_dump(mode="json", by_alias=True))
        return
    for each in taken:
        about = ", ".join(each.items) or "everything"
        change = f" ({each.change})" if each.change else ""
        door.ui.data(f"{each.at}  {each.by} took {about}: {each.why}{change}")
    for key, held in sorted(picture.items.items()):
        declared = f"  (declared {short(held.declared)})" if held.declared is not None else ""
        door.ui.data(f"  {key}  {short(held.value)}{declared}")


@app.command(epilog="Example: millwright manage drift revert 'gpu[1-4]'")
@guarded
def revert(
    context: typer.Context, nodes: Nodes = None, source: From = None, json: Json = False
) -> None:
    """List the commands that put back what changed; none of them is run."""
    from millwright.manage.drift.mending import orders

    door = door_of(context, json=json)
    document = looked(door, _look(nodes, source))
    commands = orders(document.differences)
    if door.json:
        door.ui.json({"schema": "millwright.drift-revert/1", "commands": list(commands)})
        return
    door.ui.raw(commands)
    if not commands:
        door.ui.say("nothing is to be put back")
