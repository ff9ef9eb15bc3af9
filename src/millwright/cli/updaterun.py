"""From an order to a run that is carried out, gone on with, or taken back."""

from __future__ import annotations

import contextlib
import getpass
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import typer

from millwright.adapters.orderfile import alone
from millwright.adapters.updatebook import PREFIX, updating
from millwright.cli.door import Door
from millwright.cli.remedying import Desk, desk_of
from millwright.cli.remedyrun import bench_of
from millwright.cli.updating import Shop, book_of, run_named, shop_of
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError
from millwright.journeys.update import Rollout
from millwright.manage.update.cursor import UPDATED, outcome_of
from millwright.manage.update.plan import undoing
from millwright.model.lifecycle import Deed
from millwright.model.nodeset import folded
from millwright.model.update import UpdateOrder, UpdatePlan, UpdateRun
from millwright.reports.update import plan_lines, run_document, run_lines

PHASE = "update"


@dataclass(frozen=True, slots=True)
class Said:
    """What was said on the command line: an order, or none where an open run goes on."""

    order: UpdateOrder | None
    yes: bool = False


def show(door: Door, made: UpdatePlan) -> None:
    """Show a plan."""
    if door.json:
        door.ui.json(made.model_dump(mode="json", by_alias=True))
    else:
        door.ui.raw(plan_lines(made))


def plan_of(door: Door, order: UpdateOrder, *, refresh: bool) -> UpdatePlan:
    """Return the plan of an order; nothing but package lists is changed, where that is said."""
    argv = ("millwright", "manage", "update", "plan")
    with desk_of(door) as desk, bench_of(desk, argv, PHASE) as bench:
        return shop_of(bench).planned(order, refresh=refresh)


def carried_out(door: Door, said: Said) -> Exit:
    """Begin a run, or go on with the open one; return how the command ends."""
    argv = ("millwright", "manage", "update", "apply")
    with alone(workspace_of(door)), desk_of(door) as desk:
        run = _open(desk, said)
        with bench_of(desk, argv, PHASE) as bench:
            shop = shop_of(bench)
            if run is None and said.order is not None:
                made = shop.planned(said.order, refresh=True)
                run = _begun(desk, made, said)
            return _gone(shop, run)


def taken_back(door: Door, name: str | None, yes: bool) -> Exit:
    """Have nodes of a run go back to what they had, in waves and proven as before."""
    argv = ("millwright", "manage", "update", "rollback")
    with alone(workspace_of(door)), desk_of(door) as desk:
        old = run_named(desk, name)
        opened = [each.id for each in book_of(desk).runs().values() if each.stands == "open"]
        if opened:
            raise MillwrightError(
                f"{opened[-1]} is open", hint="go on with it: millwright manage update apply"
            )
        with bench_of(desk, argv, PHASE) as bench:
            shop = shop_of(bench)
            done = [node for node, how in outcomes(desk, old).items() if how == UPDATED]
            share = old.plan.order.most_out_share
            at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            made = undoing(old.plan, done, shop.basis(share), at)
            left = sorted(set(done) - {each.node for each in made.nodes})
            if left:
                told = f"{folded(left)} cannot go back: no old version is kept for it"
                (door.ui.detail if door.json else door.ui.say)(told)
            ended = _gone(shop, _begun(desk, made, Said(None, yes), old.id))
            return Exit.NO if left and ended is Exit.DONE else ended


def outcomes(desk: Desk, run: UpdateRun) -> dict[str, str]:
    """Return how a run ended for each of its nodes, as far as it has."""
    own: dict[str, list[Deed]] = {node: [] for wave in run.plan.waves for node in wave}
    for deed in book_of(desk).deeds():
        if deed.incident == run.id:
            own[deed.node].append(deed)
    return {node: outcome_of(deeds) for node, deeds in own.items()}


def _open(desk: Desk, said: Said) -> UpdateRun | None:
    """Return the run that is open. Raises MillwrightError where that is not what was said."""
    runs = [each for each in book_of(desk).runs().values() if each.stands == "open"]
    if runs and said.order is not None:
        raise MillwrightError(
            f"{runs[-1].id} is open", hint="say `apply` alone: it goes on where it stands"
        )
    if not runs and said.order is None:
        raise MillwrightError(
            "nothing is open, and nothing was ordered", hint="such as --set driver=580.105.08"
        )
    return runs[-1] if runs else None


def _begun(desk: Desk, made: UpdatePlan, said: Said, undoes: str = "") -> UpdateRun | None:
    """Show a plan, ask, and keep it as a run; None where no node is to be updated."""
    door = desk.door
    for line in plan_lines(made):
        (door.ui.detail if door.json else door.ui.say)(line)
    nodes = [node for wave in made.waves for node in wave]
    now = datetime.now(UTC)
    run = UpdateRun(
        id=f"{PREFIX}{now:%Y%m%d-%H%M%S}", stands="open", opened=f"{now:%Y-%m-%dT%H:%M:%S.%fZ}",
        simulated=made.simulated, plan=made, undoes=undoes, actor=getpass.getuser(),
    )  # fmt: skip
    if not nodes:
        return run.model_copy(update={"stands": "done"})
    if not said.yes:
        _ask(door, folded(nodes))
    book_of(desk).keep(run)
    return run


def _ask(door: Door, nodes: str) -> None:
    if door.json or not sys.stdin.isatty():
        raise MillwrightError(
            f"{nodes} would be taken out of service in turn", hint="read the plan, then say --yes"
        )
    if not typer.confirm(f"Take {nodes} out of service in turn and update?", err=True):
        door.ui.say("nothing was done")
        raise typer.Exit(int(Exit.NO))


def _gone(shop: Shop, run: UpdateRun | None) -> Exit:
    if run is None:
        return Exit.DONE
    door = shop.desk.door
    journey = Rollout(run, shop.hands(run.plan.order.most_out_share), shop.bench.patience)
    with left_open(shop.desk, run):
        for told in journey.go():
            (door.ui.detail if door.json else door.ui.say)(told)
    tell(door, shop.desk, journey.after)
    return status_of(shop.desk, journey.after)


@contextlib.contextmanager
def left_open(desk: Desk, run: UpdateRun) -> Iterator[None]:
    """Say of a run that something ends early which nodes it keeps out, and what goes on with it."""
    whole = run.stands != "open"
    try:
        yield
        whole = True
    finally:
        if not whole:
            out = folded(sorted(updating(desk.ledger)))
            kept = f", and keeps {out} out of service" if out else ""
            told = f"`millwright -C {desk.door.root} manage update apply` goes on with it"
            desk.door.ui.say(f"{run.id} is open{kept}: {told}")


def tell(door: Door, desk: Desk, run: UpdateRun) -> None:
    """Show how a run stands."""
    ended = outcomes(desk, run)
    if door.json:
        door.ui.json(run_document(run, ended))
        return
    for line in run_lines(run, ended):
        door.ui.data(line)


def status_of(desk: Desk, run: UpdateRun) -> Exit:
    """Return how a command about a run ends."""
    if run.stands == "open":
        return Exit.UNANSWERED
    good = all(how == UPDATED for how in outcomes(desk, run).values())
    whole = good and not run.plan.held and not run.plan.firmware
    return Exit.DONE if run.stands == "done" and whole else Exit.NO
