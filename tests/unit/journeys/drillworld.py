"""A cluster in which one node is lost on purpose, and which can be killed between any two steps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from millwright.errors import MillwrightError
from millwright.journeys.drillhands import DrillHands, DrillPatience, JobStand
from millwright.journeys.nodeloss import NodeLoss
from millwright.journeys.remedyhands import Judged, Life, Slot
from millwright.manage.drill.objectives import of_node_loss
from millwright.manage.remedy.past import GONE, HOLDS, PASSED
from millwright.model.drill import DrillDeed, DrillPlan, DrillRecord
from millwright.model.incident import Complaint
from millwright.model.lifecycle import FIRST, NodeState, Transition
from millwright.model.remedyplan import Rail
from millwright.model.site import Tier
from millwright.ports import Controlled, PowerAction

BEGUN = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
ID = "drl-20261126-100000"
TIER = Tier(name="clinical", min_replicas=2, rto_min=5)


class Killed(Exception):
    """The process is no more."""


@dataclass
class LossWorld:
    """`down_after_s` is when the scheduler gives the node up, `requeue_s` how long its job waits
    then; both never come about where they are None. `off_refused` is what the controller answers
    to the order, `falls_after_s` when power goes nevertheless (never, where it is None), and
    `dumb_s` for how long the controller says nothing after it."""

    down_after_s: float | None = 60.0
    requeue_s: float | None = 30.0
    off_refused: str = ""
    falls_after_s: float | None = 0.0
    dumb_s: float = 0.0
    serial_known: str = "SN1"
    sweeps: bool = True
    ghost: bool = False
    heard: bool = True
    ordered_at: float | None = None
    dumb_until: float = -1.0
    full_at: int = -1
    interrupt_at: int = -1
    kill_at: int = -1
    serial_of_bmc: str = "SN1"
    rails: Sequence[Rail] = ()
    proves: str = PASSED
    names: bool = True
    left: int | None = 3
    slot: Slot = field(default_factory=lambda: Slot("idle"))
    reason: str = "Not responding"
    power: list[str] = field(default_factory=list)
    power_on: bool = True
    boot: int = 1
    lost_at: float | None = None
    job: JobStand = field(default_factory=JobStand)
    bound: bool = True
    journal: list[DrillDeed] = field(default_factory=list)
    kept: list[DrillRecord] = field(default_factory=list)
    lives: list[Transition] = field(default_factory=list)
    others: tuple[str, ...] | None = ()
    drains: list[str] = field(default_factory=list)
    cases: int = 0
    seconds: float = 0.0
    steps: int = 0

    def tick(self) -> None:
        self.steps += 1
        if self.steps == self.kill_at:
            raise Killed
        if self.steps == self.interrupt_at:
            raise KeyboardInterrupt

    # The book
    def put(self, deed: DrillDeed) -> None:
        self.tick()
        if 0 <= self.full_at <= self.steps:
            raise MillwrightError("cannot write the journal of drills: disk is full")
        self.journal.append(deed)
        self.tick()

    def keep(self, record: DrillRecord) -> None:
        self.tick()
        self.kept.append(record)

    def deeds(self, drill: str) -> Sequence[DrillDeed]:
        return tuple(deed for deed in self.journal if deed.drill == drill)

    def move(self, step: Transition) -> None:
        self.tick()
        assert step.before == self.state(step.node)
        assert step.allowed, (step.before, step.after)
        self.lives.append(step)

    def state(self, node: str) -> NodeState:
        return self.lives[-1].after if self.lives else FIRST

    # The scheduler
    @property
    def down(self) -> bool:
        if self.lost_at is None or self.down_after_s is None:
            return False
        return self.seconds >= self.lost_at + self.down_after_s

    def look(self, node: str) -> Slot:
        self.tick()
        if self.down and not self.slot.out:
            self.slot = Slot("down", self.reason, True)
            if self.job.state == "RUNNING":
                self.job = JobStand("7", "PENDING", "", "BeginTime")
        return self.slot

    def drain(self, node: str, reason: str) -> str:
        self.tick()
        assert not self.power_on
        self.slot = Slot("drained", reason, True)
        self.drains.append(reason)
        return ""

    def give_back(self, node: str) -> str:
        self.tick()
        assert any(d.step == "validate" and d.outcome == PASSED for d in self.journal)
        self.slot, self.lost_at = Slot("idle", quiet=not self.heard), None
        return ""

    def begin(self, name: str, node: str) -> str:
        self.tick()
        assert (self.journal[-1].step, self.journal[-1].phase) == ("job", "intent")
        self.job = JobStand("7", "RUNNING", "gpu1")
        self.tick()
        return ""

    def stand(self, name: str) -> JobStand:
        self.tick()
        waits = self.job.state == "PENDING" and self.requeue_s is not None and not self.bound
        after = (self.lost_at or 0) + (self.down_after_s or 0) + (self.requeue_s or 0)
        if waits and self.seconds >= after:
            self.job = JobStand("7", "RUNNING", "gpu2")
        return self.job

    def unbind(self, job: str) -> str:
        self.tick()
        assert self.job.state == "PENDING"
        self.bound = False
        return ""

    def end(self, name: str) -> str:
        self.tick()
        self.job = JobStand("7", "CANCELLED")
        return ""

    # The node and its controller
    def falls(self) -> None:
        """Have the node lose its power when it is time for that."""
        if self.ordered_at is None or self.falls_after_s is None:
            return
        if self.seconds >= self.ordered_at + self.falls_after_s:
            self.ordered_at, self.power_on, self.lost_at = None, False, self.seconds

    def life(self, node: str) -> Life:
        self.tick()
        self.falls()
        if self.ghost:
            return Life("boot-1", 5.0, "SN1")
        return Life(f"boot-{self.boot}", 5.0, "SN1") if self.power_on else Life(reason="silent")

    def controller(self, node: str) -> Controlled:
        self.tick()
        self.falls()
        if self.dumb_until > self.seconds:
            return Controlled(node, reason="no answer")
        return Controlled(node, self.serial_of_bmc, "on" if self.power_on else "off")

    def act(self, node: str, action: PowerAction) -> str:
        self.tick()
        wanted = {"off": "lose", "on": "restore"}[action]
        full = action == "on" and self.full_at >= 0
        assert full or (self.journal[-1].step, self.journal[-1].phase) == (wanted, "intent")
        self.power.append(action)
        if action == "off":
            self.ordered_at = self.seconds
            self.dumb_until = self.seconds + self.dumb_s
            self.falls()
            self.tick()
            return self.off_refused
        self.power_on = True
        self.boot += 1
        self.tick()
        return ""

    def prove(self, node: str) -> Judged:
        self.tick()
        assert (self.power_on, self.slot.out) == (True, True), "no job comes before it is proven"
        return Judged(self.proves, "by a fake", ("runs/x",))

    def swept(self, found: Judged) -> Judged:
        if not self.sweeps:
            raise MillwrightError("remedy.yaml cannot be read")
        return found

    def queued(self, record: DrillRecord, node: str, why: str) -> str:
        self.cases += 1
        return "millwright-remedy:inc"

    def now(self) -> str:
        return (BEGUN + timedelta(seconds=self.seconds)).isoformat()

    def wait(self, seconds: float) -> None:
        self.tick()
        self.seconds += seconds


@dataclass(frozen=True)
class _Queue:
    world: LossWorld

    def look(self, node: str) -> Slot:
        return self.world.look(node)

    def drain(self, node: str, reason: str) -> str:
        return self.world.drain(node, reason)

    def give_back(self, node: str) -> str:
        return self.world.give_back(node)

    def begin(self, name: str, node: str) -> str:
        return self.world.begin(name, node)

    def job(self, name: str) -> JobStand:
        return self.world.stand(name)

    def jobs(self, node: str) -> tuple[str, ...] | None:
        self.world.tick()
        return None if self.world.others is None else (f"7 root {ID}", *self.world.others)

    def unbind(self, job: str) -> str:
        return self.world.unbind(job)

    def end(self, name: str) -> str:
        return self.world.end(name)


@dataclass(frozen=True)
class _Body:
    world: LossWorld

    def look(self, node: str) -> Life:
        return self.world.life(node)

    def act(self, node: str, remedy: str, complaint: Complaint) -> str:
        raise AssertionError("a drill acts on no node in band")


@dataclass(frozen=True)
class _Bmc:
    world: LossWorld

    def look(self, node: str) -> Controlled:
        return self.world.controller(node)

    def power(self, node: str, action: PowerAction) -> str:
        return self.world.act(node, action)


def plan_of(tier: Tier | None = TIER) -> DrillPlan:
    return DrillPlan(
        kind="node-loss", factory="site", at=BEGUN.isoformat(), simulated=True, nodes=("gpu1",),
        touches=("gpu1",), blast=("gpu1",), undone_by="resume", steps=("lose it",),
        objectives=of_node_loss(tier), limit_s=900,
    )  # fmt: skip


def drill(
    world: LossWorld, tier: Tier | None = TIER, watch_s: float = 900.0, *, lines: int = 10_000
) -> DrillRecord:
    """Carry the drill of a world out, or go on with it; whoever hears it goes after some lines."""
    fresh = DrillRecord(
        id=ID, kind="node-loss", stands="open", opened=BEGUN.isoformat(), simulated=True,
        plan=plan_of(tier),
    )  # fmt: skip
    record = world.kept[-1] if world.kept else fresh
    found = Judged(HOLDS, "no answer") if world.names else Judged(GONE, "nothing is said")
    hands = DrillHands(
        book=world, queue=_Queue(world), body=_Body(world), bmc=_Bmc(world),
        rails=lambda node: world.rails, serving=lambda node: world.left,
        named=lambda node: world.swept(found), proven=world.prove, queued=world.queued,
        serial=lambda node: world.serial_known, now=world.now, clock=lambda: world.seconds,
        wait=world.wait, actor="ada",
    )  # fmt: skip
    journey = NodeLoss(record, hands, DrillPatience(watch_s=watch_s, boot_s=300.0))
    if record.stands == "open":
        steps = journey.go()
        list(itertools.islice(steps, lines))
        steps.close()
    return journey.after


def stop(world: LossWorld) -> DrillRecord:
    """Have somebody stop the drill of a world that was killed."""
    world.kill_at = -1
    world.journal.append(
        DrillDeed(
            drill=ID, step="stop", phase="done", at=world.now(), detail="an emergency", actor="ben"
        )
    )
    return drill(world)
