"""Joins drills with the world: plans from what stands now, and hands for a journey."""

from __future__ import annotations

import getpass
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millwright.adapters.drillbook import SqlDrillBook
from millwright.cli.remedygate import Gate
from millwright.cli.remedying import Desk
from millwright.cli.remedyrun import Bench
from millwright.errors import MillwrightError
from millwright.journeys.drillhands import MARK as DRILL_MARK
from millwright.journeys.drillhands import DrillHands, DrillPatience
from millwright.journeys.drillslurm import DrillQueue
from millwright.journeys.remedyacts import another_machine
from millwright.journeys.remedyhands import Judged
from millwright.journeys.remedyslurm import kept_out
from millwright.manage.drill.nodeloss import IDLE, Candidate, fittest, loss_named
from millwright.manage.drill.plans import Ground, Losable, node_loss
from millwright.manage.remedy.fleet import of_tier
from millwright.manage.remedy.past import GONE, HOLDS
from millwright.manage.remedy.rails import MARK
from millwright.model.drill import DrillKind, DrillPlan, DrillRecord
from millwright.model.incident import Complaint, Incident
from millwright.model.lifecycle import Deed
from millwright.model.remedyplan import Rail

if TYPE_CHECKING:
    from millwright.manage.remedy.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said on the command line."""

    kind: DrillKind
    nodes: str | None = None
    confirm: str | None = None
    yes: bool = False
    with_jobs: bool = False
    user: str = ""
    minutes: float = 15.0
    more: dict[str, str] = field(default_factory=dict)

    @property
    def said(self) -> dict[str, str]:
        """Return what a journey has to know of it."""
        jobs = {"with-jobs": "yes"} if self.with_jobs else {}
        return self.more | jobs | ({"user": self.user} if self.user else {})


def book_of(desk: Desk) -> SqlDrillBook:
    """Return the book of drills of a workspace."""
    return SqlDrillBook(desk.ledger, desk.book)


def ground_of(desk: Desk, wish: Wish) -> Ground:
    """Return what every plan says of the factory."""
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return Ground(desk.cluster.name, at, desk.simulated, wish.minutes * 60, wish.said)


def queue_of(bench: Bench, user: str) -> DrillQueue:
    """Return the scheduler as drills need it."""
    posts = bench.desk.fleet().posts
    head = next(name for name, post in posts.items() if post.role == "management")
    return DrillQueue(
        (head, bench.shell), bench.record.keep, user, lambda node: posts[node].pool
    )  # fmt: skip


def node_plan(bench: Bench, wish: Wish) -> DrillPlan:
    """Return the plan of losing the node that was named, or the first that may be lost now."""
    fleet, queue = bench.fleet(), queue_of(bench, wish.user)
    if wish.nodes is not None and wish.nodes not in fleet.computing:
        raise MillwrightError(
            f"{wish.nodes} is no node that computes", hint="name one, such as gpu1"
        )
    names = fleet.computing if wish.nodes is None else (wish.nodes,)
    states = queue.states(names)
    order = sorted(names, key=lambda name: states.get(name, "") != IDLE)
    looked: list[tuple[Candidate, Sequence[Rail]]] = []
    for name in order:
        looked.append(_candidate(bench, name, states.get(name, "")))
        if not looked[-1][0].unfit:
            break
    best = fittest([each for each, _ in looked]) or looked[0][0]
    rails = next(rails for each, rails in looked if each is best)
    mine = (_alone(best, wish), _controller(bench, best.node))
    which = _losable(fleet, best, (*rails, *mine), queue.timeout_s())
    return node_loss(ground_of(bench.desk, wish), which)


def _losable(
    fleet: Fleet, best: Candidate, rails: Sequence[Rail], timeout_s: float | None
) -> Losable:
    post = fleet.posts[best.node]
    return Losable(best, post.pool, post.tier, rails, timeout_s)


def _candidate(bench: Bench, node: str, state: str) -> tuple[Candidate, Sequence[Rail]]:
    rails = bench.hands(None).rails(node)
    held = tuple(f"{rail.name}: {rail.told}" for rail in rails if rail.holds)
    return Candidate(node, state, bench.slurm.jobs(node), held), rails


def _controller(bench: Bench, node: str) -> Rail:
    """Return the guard rail of the wrong machine: both ways in have to tell the same serial."""
    seen, life = bench.bmc.look(node), bench.body.look(node)
    why = f"the node does not answer: {life.reason}" if not life.answers else ""
    why = why or another_machine(seen, life.serial)
    why = why or bench.twin(node, life.serial)
    why = why or ("" if seen.power == "on" else "it says that the node has no power")
    told = why or f"it is in {seen.serial}, as the node says itself, and power is on"
    return Rail(name="its controller", holds=bool(why), told=told)


def _alone(best: Candidate, wish: Wish) -> Rail:
    """Return the guard rail of people's jobs: they are disturbed by word alone."""
    if best.jobs and wish.with_jobs and wish.nodes:
        return Rail(name="people's jobs", holds=False, told="--with-jobs says that they may end")
    bare = Candidate(best.node, best.state, best.jobs).unfit
    hint = "; name the node and say --with-jobs" if best.jobs else ""
    return Rail(name="people's jobs", holds=bool(bare), told=(bare or "none run there") + hint)


def hands_of(bench: Bench, user: str) -> DrillHands:
    """Return what a drill of a node works with."""
    return DrillHands(
        book=book_of(bench.desk),
        queue=queue_of(bench, user),
        body=bench.body,
        bmc=bench.bmc,
        rails=bench.hands(None).rails,
        serving=lambda node: _serving(bench, node),
        named=lambda node: named(bench, node),
        proven=lambda node: Gate(bench.desk, bench.shell).validate(_case(bench.desk, node, ""), 0),
        queued=lambda record, node, why: _queued(bench, record, (node, why)),
        serial=bench.desk.book.serial,
        now=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        clock=time.monotonic,
        wait=time.sleep,
        actor=getpass.getuser(),
    )


def patience_of(bench: Bench, plan: DrillPlan) -> DrillPatience:
    """Return for how long a drill waits."""
    return DrillPatience(watch_s=float(plan.limit_s), boot_s=bench.patience.boot_s)


def _serving(bench: Bench, node: str) -> int | None:
    fleet = bench.fleet()
    tier = fleet.posts[node].tier
    if tier is None or fleet.silent:
        return None
    return sum(name not in fleet.away for name in of_tier(fleet, tier))


def named(bench: Bench, node: str) -> Judged:
    """Return whether a fresh sweep says that a node is away."""
    from millwright.cli.managehealth import look
    from millwright.cli.sweeps import Look

    document = look(bench.desk.door, Look(nodes=node, phase="health", controllers=True))
    evidence = (f"runs/{document.run}",) if document.run else ()
    health = document.nodes.get(node)
    found = [each for each in document.findings if each.node == node]
    if told := loss_named(found, health.silent if health is not None else None):
        return Judged(HOLDS, told[:300], evidence)
    return Judged(GONE, "nothing says that it is away", evidence)


def _case(desk: Desk, node: str, drill: str) -> Incident:
    post = desk.fleet().posts[node]
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    complaint = Complaint(
        node=node, fault="node:silent", hard=True, families=("drill",),
        source=drill or "a drill", simulated=desk.simulated,
    )  # fmt: skip
    return Incident(
        id=f"inc-{drill}-{node}", node=node, stands="work-queue", opened=at,
        simulated=desk.simulated, complaint=complaint, sku=post.sku,
    )  # fmt: skip


def _queued(bench: Bench, record: DrillRecord, which: tuple[str, str]) -> str:
    """Open a case of repair's work queue for a node, and keep it out; return its reason.

    `manage remedy repaired NODE` proves it and gives it back.
    """
    node, why = which
    book = bench.desk.book
    incident = _case(bench.desk, node, record.id)
    if incident.id not in book.incidents():
        book.put(
            Deed(
                incident=incident.id, node=node, step="recheck", phase="done", at=incident.opened,
                outcome=HOLDS, detail=why[:2000], actor=getpass.getuser(),
            )
        )  # fmt: skip
        book.keep(incident)
    reason = f"{MARK}{incident.id}: for a person to look at, after {record.id}"
    refused = kept_out(bench.slurm, node, reason, f"{DRILL_MARK}{record.id}")
    return f"{reason} (not drained: {refused})" if refused else reason
