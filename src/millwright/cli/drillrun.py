"""From a wish to a drill that is planned, carried out, and gone on with."""

from __future__ import annotations

import contextlib
import getpass
import signal
import sys
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from typing import Protocol

import typer

from millwright.adapters.atwork import at_work
from millwright.adapters.orderfile import alone
from millwright.adapters.workspace import writing
from millwright.cli.door import Door
from millwright.cli.drilling import Wish, book_of, hands_of, node_plan, patience_of
from millwright.cli.drillsite import head_plan, restore_hands, wan_hands, wan_plan
from millwright.cli.remedying import Desk, desk_of
from millwright.cli.remedyrun import Bench, bench_of
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError
from millwright.journeys.headrestore import HeadRestore
from millwright.journeys.nodeloss import NodeLoss
from millwright.journeys.wanloss import WanLoss
from millwright.model.drill import PREFIX, DrillDeed, DrillPlan, DrillRecord
from millwright.model.verdict import Verdict
from millwright.reports.drill import plan_lines, record_document, record_lines

PHASE = "drill"
FILE = "drill.json"


class Journey(Protocol):
    """A drill on its way."""

    @property
    def after(self) -> DrillRecord:
        """Return the drill as it stands."""
        ...

    def go(self) -> Iterator[str]:
        """Yield what is done."""
        ...


def planned(door: Door, wish: Wish) -> DrillPlan:
    """Return the plan of a drill; nothing is changed."""
    argv = ("millwright", "manage", "drill", "plan", wish.kind)
    with desk_of(door) as desk, bench_of(desk, argv, PHASE) as bench:
        return _plan(bench, wish)


def _plan(bench: Bench, wish: Wish) -> DrillPlan:
    return {"node-loss": node_plan, "head-restore": head_plan, "wan-loss": wan_plan}[wish.kind](
        bench, wish
    )


def journey_of(bench: Bench, record: DrillRecord) -> Journey:
    """Return the journey of a drill."""
    if record.kind == "head-restore":
        return HeadRestore(record, restore_hands(bench))
    if record.kind == "wan-loss":
        return WanLoss(record, wan_hands(bench, record.plan))
    hands = hands_of(bench, record.plan.settings.get("user", ""))
    return NodeLoss(record, hands, patience_of(bench, record.plan))


def carried_out(door: Door, wish: Wish) -> Exit:
    """Plan a drill, have it confirmed, and carry it out; return how the command ends."""
    argv = ("millwright", "manage", "drill", "run", wish.kind)
    with alone(workspace_of(door)), desk_of(door) as desk:
        if left := open_drills(desk):
            raise MillwrightError(
                f"{left[-1].id} is open", hint="go on with it: millwright manage drill resume"
            )
        by = desk.rules(wish.confirm).confirmed
        with bench_of(desk, argv, PHASE) as bench:
            bench.hear_serials()
            plan = _plan(bench, wish)
            _show(door, plan)
            if plan.held:
                return _held(door, plan)
            _agreed(door, plan, wish)
            return gone(bench, _opened(desk, plan, by))


def gone_on(door: Door) -> Exit:
    """Go on with the drill that is open: what was taken away is given back."""
    argv = ("millwright", "manage", "drill", "resume")
    with alone(workspace_of(door)), desk_of(door) as desk:
        left = open_drills(desk)
        if not left:
            door.ui.say("no drill is open")
            return Exit.DONE
        with bench_of(desk, argv, PHASE) as bench:
            begun(desk, left[-1])
            return gone(bench, left[-1])


def begun(desk: Desk, record: DrillRecord) -> None:
    """See that a drill which was killed before its first line counts as begun: going on with one
    takes nothing away."""
    book = book_of(desk)
    if not book.deeds(record.id):
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        book.put(
            DrillDeed(
                drill=record.id, step="begin", phase="done", at=at, outcome="first",
                detail="it was killed before it began", actor=getpass.getuser(),
            )
        )  # fmt: skip


def open_drills(desk: Desk) -> list[DrillRecord]:
    """Return the drills that did not come to their end."""
    return [each for each in book_of(desk).records().values() if each.stands == "open"]


def _show(door: Door, plan: DrillPlan) -> None:
    for line in plan_lines(plan):
        (door.ui.detail if door.json else door.ui.say)(line)


def _held(door: Door, plan: DrillPlan) -> Exit:
    if door.json:
        door.ui.json(plan.model_dump(mode="json", by_alias=True))
    else:
        why = "; ".join(f"{rail.name}: {rail.told}" for rail in plan.held)
        door.ui.data(f"held back by {why}")
    return Exit.NO


def _agreed(door: Door, plan: DrillPlan, wish: Wish) -> None:
    """See that somebody who may has said so. Raises MillwrightError, naming the flag."""
    names = any(each.startswith("--confirm") for each in plan.wants)
    if names and wish.confirm is None:
        raise MillwrightError(
            f"{', '.join(plan.nodes)} would be taken away",
            hint=f"read the plan, then say {' '.join(plan.wants)}",
        )
    if names or wish.yes:
        return
    if door.json or not sys.stdin.isatty():
        raise MillwrightError(
            f"{', '.join(plan.nodes)} would be touched", hint="read the plan, then say --yes"
        )
    if not typer.confirm(f"Run {plan.kind} on {', '.join(plan.nodes)}?", err=True):
        door.ui.say("nothing was done")
        raise typer.Exit(int(Exit.NO))


def _opened(desk: Desk, plan: DrillPlan, by: str) -> DrillRecord:
    now = datetime.now(UTC)
    record = DrillRecord(
        id=f"{PREFIX}{now:%Y%m%d-%H%M%S}", kind=plan.kind, stands="open",
        opened=f"{now:%Y-%m-%dT%H:%M:%S.%fZ}", simulated=plan.simulated, plan=plan,
        actor=getpass.getuser(), confirmed_by=by,
    )  # fmt: skip
    book_of(desk).keep(record)
    return record


def gone(bench: Bench, record: DrillRecord) -> Exit:
    """Carry a drill out as far as it goes; its record lies beside the evidence as well."""
    desk = bench.desk
    door, run = desk.door, f"runs/{bench.record.folder.name}"
    record = record.model_copy(update={"runs": (*record.runs, run)})
    book_of(desk).keep(record)
    journey = journey_of(bench, record)
    with at_work(desk.inputs.workspace, record.id), ending(door, record, steps := journey.go()):
        for told in steps:
            (door.ui.detail if door.json else door.ui.say)(f"  {told}")
    after = journey.after
    raw = after.model_dump_json(by_alias=True, indent=1).encode() + b"\n"
    desk.inputs.workspace.replace_files({bench.record.folder / FILE: writing(raw)})
    tell(desk, after)
    return status_of(after)


@contextlib.contextmanager
def ending(door: Door, record: DrillRecord, steps: Iterator[str]) -> Iterator[None]:
    """Have a lost terminal and an order to end count as Ctrl-C: a journey gives back what it can
    then, and the rest is told."""
    before = {each: signal.getsignal(each) for each in (signal.SIGHUP, signal.SIGTERM)}
    whole = False
    try:
        for each, was in before.items():
            if was is not signal.SIG_IGN:
                signal.signal(each, _interrupt)
        yield
        whole = True
    finally:
        if isinstance(steps, Generator):
            steps.close()
        for each, was in before.items():
            signal.signal(each, was)
        if not whole:
            # A terminal that is gone takes no word.
            with contextlib.suppress(OSError):
                _left(door, record)


def _interrupt(number: int, frame: object) -> None:
    del number, frame
    raise KeyboardInterrupt


def _left(door: Door, record: DrillRecord) -> None:
    """Say how what is away comes back, whatever ended the command: somebody has to do it."""
    may = {"node-loss": "may be without power", "wan-loss": "may be cut off"}.get(record.kind)
    away = f", and {', '.join(record.plan.nodes)} {may}" if may else ""
    door.ui.say(
        f"{record.id} is open{away}: "
        f"`millwright -C {door.root} manage drill resume` gives back what is away"
    )


def tell(desk: Desk, record: DrillRecord) -> None:
    """Show a drill."""
    if desk.door.json:
        desk.door.ui.json(record_document(record, book_of(desk).deeds(record.id)))
        return
    for line in record_lines(record):
        desk.door.ui.data(line)


def status_of(record: DrillRecord) -> Exit:
    """Return how a command about a drill ends: a promise that nobody made is not kept, and one of
    which nobody knows whether it was may be asked for once more."""
    if record.stands == "open":
        return Exit.UNANSWERED
    if record.verdict is Verdict.UNKNOWN and any(each.unanswered for each in record.figures):
        return Exit.UNANSWERED
    return Exit.DONE if record.verdict in (Verdict.PASS, Verdict.WARN) else Exit.NO
