"""`manage tune apply | revert`: a note onto nodes, one first and measured; and off them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.tuningplan import (
    Also,
    Force,
    Note,
    Only,
    Planned,
    Yes,
    coming,
    planned,
    show_plan,
    tell_end,
)
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.cli.tuninghands import Session
    from millwright.cli.tuninghosts import Told
    from millwright.manage.tune.campaign import Aim, Outcome
    from millwright.manage.tune.orders import NodeOrder
    from millwright.model.catalog import Catalog
    from millwright.model.tuned import Facts
    from millwright.model.tuning import TuningNote, TuningTest


@guarded
def apply(
    context: typer.Context,
    note: Note,
    only: Only = None,
    also: Also = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(help="A test that shows the gain; the note's own if none is said."),
    ] = None,
    no_measure: Annotated[
        bool, typer.Option("--no-measure", help="Apply without measuring what it brings.")
    ] = False,
    canary: Annotated[str | None, typer.Option(help="The node that goes first.")] = None,
    wave: Annotated[str, typer.Option(help="Nodes at a time after it, N or P%.")] = "64",
    max_failed: Annotated[str, typer.Option(help="How many of a wave may fail, N or P%.")] = "0",
    undrained: Annotated[
        bool, typer.Option("--undrained", help="Disturb also nodes that Slurm has not drained.")
    ] = False,
    force: Force = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Apply a note: on one node first, where rounds with and without it are measured; then on the
    others in waves.

    Where nothing is gained, or anything is worse, the note is taken off that node again and goes
    no further. What values were before is kept on each node and here. After an interruption, give
    the command again.
    """
    from millwright.cli.wiring import catalog_of
    from millwright.manage.tune.notes import note_of

    door = door_of(context, json=json)
    catalog = catalog_of(door).catalog
    found = note_of(catalog, note)
    tests = tests_of(found, catalog, measure or [], skip=no_measure)
    shares = _shares(wave, max_failed)
    order = Order(found, tests, (frozenset(also or ()), force), canary, shares, undrained)
    outcomes, simulated = _applied(door, catalog, (order, only, yes))
    tell_end(door, outcomes, f"apply {note}", simulated)


@dataclass(frozen=True, slots=True)
class Order:
    """What was said on the command line of `apply`, read."""

    note: TuningNote
    tests: tuple[TuningTest, ...]
    how: tuple[frozenset[str], bool]
    canary: str | None
    shares: tuple[Callable[[int], int], Callable[[int], int]]
    undrained: bool


def tests_of(
    note: TuningNote, catalog: Catalog, names: Sequence[str], *, skip: bool
) -> tuple[TuningTest, ...]:
    """Return what a note is measured by, its own test where none is said.

    Raises MillwrightError where there is none, or a name is no test's.
    """
    from millwright.manage.tune.measured import named_tests

    if skip:
        if names:
            raise MillwrightError("--measure and --no-measure exclude each other")
        return ()
    names = names or ([note.measure] if note.measure else [])
    if not names:
        known = ", ".join(catalog.tuning_tests)
        raise MillwrightError(
            f"{note.name} names no test of its own", hint=f"--measure {known}; or --no-measure"
        )
    return named_tests(names, catalog.tuning_tests, catalog.burnin)


def _shares(wave: str, max_failed: str) -> tuple[Callable[[int], int], Callable[[int], int]]:
    from millwright.deploy.shares import share

    return share(wave, "--wave", 1).of, share(max_failed, "--max-failed", 0).of


def _applied(
    door: Door, catalog: Catalog, what: tuple[Order, str | None, bool]
) -> tuple[list[Outcome], bool]:
    from millwright.adapters.orderfile import alone
    from millwright.cli.deployment import confirm
    from millwright.cli.tuninghands import session
    from millwright.cli.wiring import workspace_of
    from millwright.manage.tune.campaign import carried_out

    order, only, yes = what
    outcomes: list[Outcome] = []
    with session(door, catalog, ("apply", order.note.name)) as own:
        told = _looked(door, own, only)
        made = planned(order.note, told, catalog, order.how)
        if not door.json:
            show_plan(door, made, "Changes")
        _check_undisturbed(door, own, made, undrained=order.undrained)
        if made.changing:
            confirm(door, len(made.changing), yes)
        with alone(workspace_of(door)):
            aim = _aim(order, made, told, catalog)
            for outcome in carried_out(aim, own.hands(("apply", order.note.name), door.ui.say)):
                outcomes.append(outcome)
    return [*_beside(made), *outcomes], made.simulated


def _looked(door: Door, own: Session, only: str | None) -> Told:
    from millwright.cli.sweeps import designed
    from millwright.cli.tuninghosts import with_hosts
    from millwright.model.nodeset import chosen

    names = tuple(own.known.routes) if only is None else chosen(only, own.known.routes)
    return with_hosts(own.look(names), door, designed(door), own.catalog)


def _check_undisturbed(door: Door, own: Session, made: Planned, *, undrained: bool) -> None:
    """Refuse changes that disturb nodes which may be at work. Raises MillwrightError."""
    disruptive = {order.node: order.disruptive for order in made.changing if order.disruptive}
    if not disruptive or undrained:
        return
    from millwright.cli.sweeps import designed
    from millwright.manage.expected import expected_of

    cluster = designed(door)
    expected = expected_of(cluster, own.catalog) if cluster is not None else {}
    head = next((node for node, each in expected.items() if each.head), None)
    drained = own.drained(head) if head else "no head node is known"
    busy = {n: w for n, w in disruptive.items() if isinstance(drained, str) or n not in drained}
    if busy:
        why = drained if isinstance(drained, str) else "Slurm has not drained them"
        names = ", ".join(sorted(next(iter(busy.values()))))
        raise MillwrightError(
            f"{names} would disturb {', '.join(sorted(busy))}: {why}",
            hint="drain them, name others by --only, or say --undrained",
        )


def _aim(order: Order, made: Planned, told: Told, catalog: Catalog) -> Aim:
    from millwright.manage.tune.campaign import Aim
    from millwright.manage.tune.orders import to_revert

    name, force = order.note.name, order.how[1]
    nodes = [each.node for each in made.orders]
    changing = [each.node for each in made.changing]
    first = order.canary or next(iter(changing or nodes), None)
    if order.canary and order.canary not in nodes:
        raise MillwrightError(f"{order.canary} is none of the nodes that {name} is for")
    ordered = tuple(dict.fromkeys([first, *nodes])) if first else ()
    wave, most = order.shares
    size = wave(len(nodes))
    return Aim(
        note=name,
        version=order.note.version,
        nodes=ordered,
        come=coming(order.note, catalog, told, order.how),
        go=lambda facts: to_revert([name], facts, force=force),
        tests=order.tests if changing else (),
        wave=size,
        most_failed=most(size),
    )


def _beside(made: Planned) -> list[Outcome]:
    """Return how nodes came out that were told nothing."""
    from millwright.manage.tune.campaign import Outcome

    grave = {each.node for each in made.clashes if each.grave}
    out = [Outcome(node, "spared", why) for node, why in made.left_out.items() if node in grave]
    return [*out, *(Outcome(node, "unanswered", why) for node, why in made.silent.items())]


@guarded
def revert(
    context: typer.Context,
    notes: Annotated[
        list[str] | None, typer.Argument(help="Notes that are in force; --all for all of them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Take all notes off.")] = False,
    only: Only = None,
    force: Force = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Take notes off nodes: each value is again what it was before, or what another note wants.

    A value that a hand changed since is named, and stays unless --force is said.
    """
    if bool(notes) == every:
        raise MillwrightError(
            "name notes, or say --all", hint="`tune verify` tells what is in force"
        )
    door = door_of(context, json=json)
    outcomes, simulated = _reverted(door, (notes or [], only, force, yes))
    tell_end(door, outcomes, f"revert {' '.join(notes or ['all'])}", simulated)


def _reverted(
    door: Door, what: tuple[Sequence[str], str | None, bool, bool]
) -> tuple[list[Outcome], bool]:
    from millwright.adapters.orderfile import alone
    from millwright.cli.deployment import confirm
    from millwright.cli.tuninghands import session
    from millwright.cli.wiring import catalog_of, workspace_of
    from millwright.manage.tune.campaign import at_once
    from millwright.manage.tune.orders import to_revert

    names, only, force, yes = what
    catalog = catalog_of(door).catalog

    def order_of(facts: Facts) -> NodeOrder:
        return to_revert(names or facts.state.notes, facts, force=force)

    with session(door, catalog, ("revert", *(names or ("--all",)))) as own:
        told = _looked(door, own, only)
        orders = tuple(order_of(facts) for facts in told.facts.values())
        simulated = any(facts.simulated for facts in told.facts.values())
        deed = ("revert", ",".join(names) or "all")
        made = Planned(deed[1], orders, (), {}, dict(told.silent), simulated)
        if not door.json:
            show_plan(door, made, "Put back")
        if made.changing:
            confirm(door, len(made.changing), yes)
        with alone(workspace_of(door)):
            hands = own.hands(deed, door.ui.say)
            outcomes = list(at_once(order_of, list(told.facts), hands))
    return [*outcomes, *_beside(made)], simulated
