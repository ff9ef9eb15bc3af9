"""From what was ordered to incidents that are carried out, one after the other."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from millwright.adapters.orderfile import alone
from millwright.cli.door import Door
from millwright.cli.remedycase import incident_document
from millwright.cli.remedying import Desk, complaints_of, desk_of, planned
from millwright.cli.remedyrun import Bench, bench_of
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError
from millwright.journeys.remedy import Repair
from millwright.journeys.remedydiary import Diary
from millwright.model.incident import Incident
from millwright.model.lifecycle import Transition
from millwright.model.remedyplan import PlanItem, RemedyPlan
from millwright.reports.remedy import plan_lines

ARGV = ("millwright", "manage", "remedy", "apply")


@dataclass(frozen=True, slots=True)
class Orders:
    """What was said on the command line."""

    findings: tuple[Path, ...]
    confirm: str | None
    yes: bool = False
    auto: bool = False
    resume: bool = False


def carried_out(door: Door, orders: Orders) -> Exit:
    """Carry orders out; return how the command ends."""
    told = None if orders.resume else complaints_of(door, orders.findings)
    with alone(workspace_of(door)), desk_of(door) as desk, bench_of(desk, ARGV) as bench:
        bench.hear_serials()
        made = planned(desk, told, bench.fleet(), orders.confirm) if told else None
        if made is not None:
            _agreed(door, made, orders)
            _take_up(desk, made, orders)
            _unwatch(desk, made, told.answered if told else frozenset())
        left = [each for each in desk.book.incidents().values() if each.stands == "open"]
        due = [each for each in left if not orders.auto or _may(desk, each)]
        ended = [_repaired(bench, each, orders.confirm) for each in due]
        waiting = [each for each in left if each not in due]
        _leave(desk, (*ended, *waiting), made)
    return _status((*ended, *waiting), made)


def _agreed(door: Door, made: RemedyPlan, orders: Orders) -> None:
    """Show the plan, and ask where somebody has to be asked."""
    due = [item for item in made.items if _is_due(item, orders)]
    for line in plan_lines(made):
        (door.ui.detail if door.json else door.ui.say)(line)
    if not due or orders.yes or orders.auto:
        return
    nodes = ", ".join(item.complaint.node for item in due)
    if door.json or not sys.stdin.isatty():
        raise MillwrightError(
            f"{nodes} would be taken out of service", hint="read the plan, then say --yes"
        )
    if not typer.confirm(f"Take {nodes} out of service and repair?", err=True):
        door.ui.say("nothing was done")
        raise typer.Exit(int(Exit.NO))


def _is_due(item: PlanItem, orders: Orders) -> bool:
    """Return whether an incident of it is opened now."""
    return item.decision in ("repair", "hand over") and (
        not orders.auto or item.mode in ("auto", "approve")
    )


def _take_up(desk: Desk, made: RemedyPlan, orders: Orders) -> None:
    """Open incidents for what is to be done, and keep what is only watched."""
    for item in made.items:
        if _is_due(item, orders):
            by = f"{getpass.getuser()}, by {'--auto' if orders.auto else 'apply'}"
            desk.book.keep(
                _opened(desk, item).model_copy(update={"confirmed_by": item.confirmed_by or by})
            )
        elif item.decision in ("watch", "observe"):
            _watch(desk, item)


def _opened(desk: Desk, item: PlanItem) -> Incident:
    now = datetime.now(UTC)
    return Incident(
        id=f"inc-{now:%Y%m%d-%H%M%S}-{item.complaint.node}",
        node=item.complaint.node,
        stands="open",
        opened=f"{now:%Y-%m-%dT%H:%M:%S.%fZ}",
        simulated=desk.simulated or item.complaint.simulated,
        complaint=item.complaint,
        sku=item.sku,
        choice=item.choice,
        mode=item.mode,
    )


def _watch(desk: Desk, item: PlanItem) -> None:
    """Keep a weak sign, once: the node serves on."""
    node = item.complaint.node
    state = desk.fleet().state(node)
    if state != "in-service" or node not in desk.fleet().posts:
        return
    incident = _opened(desk, item)
    desk.book.keep(incident.model_copy(update={"stands": "watched", "closed": incident.opened}))
    if item.decision == "watch":
        desk.book.move(
            Transition(
                node=node, before="in-service", after="watch", at=incident.opened,
                incident=incident.id, why=item.complaint.message or item.complaint.fault,
                actor=getpass.getuser(),
            )
        )  # fmt: skip


def _unwatch(desk: Desk, made: RemedyPlan, answered: frozenset[str]) -> None:
    """Take back that a node is watched, once a sweep finds nothing there any more."""
    named = {item.complaint.node for item in made.items}
    for node, state in desk.fleet().states.items():
        if state == "watch" and node in answered - named:
            desk.book.move(
                Transition(
                    node=node, before="watch", after="in-service", at=made.at,
                    why="a sweep finds nothing there any more", actor=getpass.getuser(),
                )
            )  # fmt: skip


def _may(desk: Desk, incident: Incident) -> bool:
    """Return whether an incident goes on without anybody saying so now."""
    if incident.mode == "auto":
        return True
    return any(
        deed.incident == incident.id and deed.step == "approve" for deed in desk.book.deeds()
    )


def _repaired(bench: Bench, incident: Incident, confirm: str | None) -> Incident:
    journey = Repair(incident, bench.hands(confirm), bench.patience)
    ui = bench.desk.door.ui
    where = f"{incident.node}  {incident.complaint.fault}  {incident.id}"
    (ui.detail if bench.desk.door.json else ui.say)(where)
    for told in journey.go():
        (ui.detail if bench.desk.door.json else ui.say)(f"  {told}")
    return journey.after


def _leave(desk: Desk, incidents: Sequence[Incident], made: RemedyPlan | None) -> None:
    door = desk.door
    if door.json:
        listed = [incident_document(desk, each) for each in incidents]
        plan = made.model_dump(mode="json", by_alias=True) if made else None
        door.ui.json({"schema": "millwright.remedy-run/1", "plan": plan, "incidents": listed})
        return
    for each in incidents:
        mark = "  SIMULATED" if each.simulated else ""
        packet = f"  {each.packet}" if each.packet else ""
        door.ui.data(f"{each.id}  {each.complaint.fault}  {each.stands}{packet}{mark}")
    if not incidents:
        door.ui.data("nothing was taken up")


def _status(incidents: Iterable[Incident], made: RemedyPlan | None) -> Exit:
    stands = {each.stands for each in incidents}
    held = made is not None and any(item.decision == "held" for item in made.items)
    if "work-queue" in stands or held:
        return Exit.NO
    return Exit.UNANSWERED if "open" in stands else Exit.DONE


def proven(door: Door, node: str, yes: bool) -> Exit:
    """Have a node out of the work queue proven, and give it back."""
    if not yes and (door.json or not sys.stdin.isatty()):
        raise MillwrightError(f"{node} would be tested and serve again", hint="say --yes")
    with alone(workspace_of(door)), desk_of(door) as desk, bench_of(desk, ARGV) as bench:
        incidents = desk.book.incidents().values()
        queued = [i for i in incidents if i.node == node and i.stands in ("work-queue", "rma")]
        if not queued:
            raise MillwrightError(f"{node} is not in the work queue")
        hands = bench.hands(None)
        diary = Diary(queued[-1], hands)
        intent = diary.intend("hands", hands.body.look(node))
        diary.write("act", "done", "a person says that it is repaired", intent)
        diary.move("validating", "a person says that it is repaired")
        diary.keep(stands="open", closed=None, packet="")
        after = _repaired(bench, diary.incident, None)
        _leave(desk, (after,), None)
    return _status((after,), None)
