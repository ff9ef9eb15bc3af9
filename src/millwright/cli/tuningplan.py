"""`manage tune plan`: what a note would change on nodes, and what is in its way there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import From, Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.tuninghosts import Told
    from millwright.manage.tune.campaign import Outcome
    from millwright.manage.tune.orders import NodeOrder
    from millwright.model.catalog import Catalog
    from millwright.model.tuned import Conflict, Facts
    from millwright.model.tuning import TuningNote

Only = Annotated[str | None, typer.Option(help="A node set: no other node is touched.")]
Also = Annotated[
    list[str] | None,
    typer.Option(help="A parameter whose value is an estimate, by name; may be said again."),
]
Force = Annotated[
    bool, typer.Option("--force", help="Overwrite also what a hand changed meanwhile.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Note = Annotated[str, typer.Argument(help="A note, as `tune list` names it.")]


@dataclass(frozen=True, slots=True)
class Planned:
    """A note on nodes: what each would be told, what is in the way, and who is left out, why."""

    note: str
    orders: tuple[NodeOrder, ...]
    clashes: tuple[Conflict, ...]
    left_out: dict[str, str]
    silent: dict[str, str]
    simulated: bool

    @property
    def changing(self) -> tuple[NodeOrder, ...]:
        """Return the orders that change something."""
        return tuple(order for order in self.orders if order.changes)


@guarded
def plan(
    context: typer.Context,
    note: Note,
    only: Only = None,
    also: Also = None,
    source: From = None,
    force: Force = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where something is to be done.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what a note would change on each node, what keeps it from that, and what it leaves to
    others; nothing is changed."""
    from millwright.cli.sweeps import Look
    from millwright.cli.tuninghosts import told_of
    from millwright.manage.tune.notes import note_of

    door = door_of(context, json=json)
    told, seen = told_of(door, Look(nodes=only, source=source))
    found = note_of(seen.catalog, note)
    made = planned(found, told, seen.catalog, (frozenset(also or ()), force))
    show_plan(door, made, "Would change")
    _leave_planned(made, exit_code=exit_code)


def planned(
    note: TuningNote, told: Told, catalog: Catalog, how: tuple[frozenset[str], bool]
) -> Planned:
    """Return what a note would come to on nodes that said how they are."""
    from millwright.manage.tune.conflicts import conflicts
    from millwright.manage.tune.notes import suits, wanted

    also, force = how
    _check_names(note, also)
    orders: list[NodeOrder] = []
    clashes: list[Conflict] = []
    left_out: dict[str, str] = {}
    for node, facts in told.facts.items():
        why = suits(note, told.hosts[node])
        if why:
            left_out[node] = why
            continue
        wants = wanted(note, catalog, told.hosts[node])
        found = conflicts(note, wants, facts, told.hosts[node], catalog)
        clashes += found
        grave = next((each for each in found if each.grave), None)
        if grave is not None:
            left_out[node] = f"{grave.what} ({grave.remedy})"
        else:
            orders.append(coming(note, catalog, told, (also, force))(facts))
    silent = dict(told.silent)
    simulated = any(facts.simulated for facts in told.facts.values())
    return Planned(note.name, tuple(orders), tuple(clashes), left_out, silent, simulated)


def _check_names(note: TuningNote, names: frozenset[str]) -> None:
    known = {*note.shared, *(each.name for each in note.parameters)}
    strangers = sorted(names - known)
    if strangers:
        raise MillwrightError(
            f"{note.name} has no parameter {strangers[0]!r}", hint=f"it has {', '.join(known)}"
        )


def coming(
    note: TuningNote, catalog: Catalog, told: Told, how: tuple[frozenset[str], bool]
) -> Callable[[Facts], NodeOrder]:
    """Return how a node is told that a note comes, from whatever it says of itself by then."""
    from millwright.manage.tune.notes import wanted
    from millwright.manage.tune.orders import to_apply

    also, force = how

    def order(facts: Facts) -> NodeOrder:
        wants = wanted(note, catalog, told.hosts[facts.node])
        return to_apply(wants, facts, also, force=force)

    return order


def show_plan(door: Door, made: Planned, title: str) -> None:
    """Show what changes, folded by nodes that are alike, and what is said beside it."""
    from millwright.cli.tuningshown import plan_document, plan_rows
    from millwright.reports.tuning import conflict_lines, plan_table, remark_lines

    if door.json:
        door.ui.json(plan_document(made.note, made.orders, made))
        return
    mark = " · SIMULATED" if made.simulated else ""
    rows = list(plan_rows(made.orders))
    if rows:
        door.ui.table(plan_table(f"{title}: {made.note}{mark}", rows))
    else:
        door.ui.data(f"nothing to change: {made.note}{mark}")
    remarks = [(o.node, f"{r.what}: {r.why}") for o in made.orders for r in o.remarks]
    door.ui.raw(remark_lines(remarks))
    door.ui.raw(conflict_lines(made.clashes))
    grave = {each.node for each in made.clashes if each.grave}
    out = [(node, f"left out: {why}") for node, why in made.left_out.items() if node not in grave]
    door.ui.raw(remark_lines(out))
    door.ui.raw(remark_lines((node, f"UNKNOWN: {why}") for node, why in made.silent.items()))


def _leave_planned(made: Planned, *, exit_code: bool) -> None:
    blocked = any(order.blocked for order in made.orders)
    if exit_code and (made.changing or blocked or any(each.grave for each in made.clashes)):
        raise typer.Exit(int(Exit.NO))
    if made.silent:
        raise typer.Exit(int(Exit.UNANSWERED))


def tell_end(door: Door, outcomes: Sequence[Outcome], what: str, simulated: bool) -> None:
    """Tell how nodes came out, and leave with the status that they come to."""
    from millwright.reports.tuning import remark_lines

    if door.json:
        rows = [
            {
                "node": o.node,
                "outcome": o.word,
                "detail": o.detail,
                "untestable": list(o.untestable),
            }
            for o in outcomes
        ]
        head = {"schema": "millwright.tuning-run/1", "deed": what, "simulated": simulated}
        door.ui.json({**head, "outcomes": rows})
    else:
        mark = "  SIMULATED" if simulated else ""
        told = [(o.node, f"{o.word}{'  ' + o.detail if o.detail else ''}{mark}") for o in outcomes]
        door.ui.raw(remark_lines(told))
        door.ui.raw(
            remark_lines(
                (o.node, f"not testable here: {u}") for o in outcomes for u in o.untestable
            )
        )
    if any(outcome.bad for outcome in outcomes):
        raise typer.Exit(int(Exit.NO))
    if any(outcome.word == "unanswered" for outcome in outcomes):
        raise typer.Exit(int(Exit.UNANSWERED))
