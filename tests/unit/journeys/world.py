"""A node with its scheduler, controller and journal, which can be killed between any two steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from millwright.journeys.remedy import Repair
from millwright.journeys.remedyhands import Hands, Judged, Life, Patience, Slot
from millwright.manage.remedy.choose import Case, choose
from millwright.manage.remedy.past import HOLDS, NOT_PASSED, PASSED
from millwright.model.incident import Choice, Complaint, Impact, Incident
from millwright.model.lifecycle import FIRST, Deed, NodeState, Transition
from millwright.model.remedyplan import Rail
from millwright.ports import Controlled, PowerAction
from tests.unit.manage.remedy.scenes import CATALOG

BEGUN = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
ID = "inc-20261126-100000-gpu1"


class Killed(Exception):
    """The process is no more."""


@dataclass
class World:
    """Everything around one node. `mends` is what repairs it; `kill_at` the step to die at."""

    mends: str = "reboot"
    kill_at: int = -1
    serial_in_band: str = "SN1"
    serial_of_bmc: str = "SN1"
    twin: str = ""
    dead: bool = False
    jobs_until_s: float = 0.0
    boot_takes_s: float = 60.0
    recheck: str = HOLDS
    rails: Sequence[Rail] = ()
    gate: Callable[[World], str] | None = None
    refuses: frozenset[str] = frozenset()
    broken: bool = True
    boot: int = 1
    up_at: float = -1e6
    power: list[str] = field(default_factory=list)
    reboots: list[str] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)
    slot: Slot = field(default_factory=Slot)
    lives: list[Transition] = field(default_factory=list)
    journal: list[Deed] = field(default_factory=list)
    kept: list[Incident] = field(default_factory=list)
    packets: int = 0
    clock: float = 0.0
    steps: int = 0

    def tick(self) -> None:
        """Come one step further, and die there if that is wanted."""
        self.steps += 1
        if self.steps == self.kill_at:
            raise Killed

    # The book
    def move(self, step: Transition) -> None:
        self.tick()
        assert step.before == self.states().get(step.node, FIRST)
        assert step.allowed, (step.before, step.after)
        self.lives.append(step)
        self.tick()

    def put(self, deed: Deed) -> None:
        self.tick()
        self.journal.append(deed)
        self.tick()

    def keep(self, incident: Incident) -> None:
        self.tick()
        self.kept.append(incident)

    def states(self) -> Mapping[str, NodeState]:
        return {each.node: each.after for each in self.lives}

    def deeds(self) -> Sequence[Deed]:
        return tuple(self.journal)

    # The scheduler
    def look(self, node: str) -> Slot:
        self.tick()
        busy = self.clock < self.jobs_until_s
        slot = self.slot
        state = "draining" if slot.out and busy else "drained" if slot.out else "idle"
        return Slot(state, slot.reason, slot.out, busy)

    def drain(self, node: str, reason: str) -> str:
        self.tick()
        assert self.journal[-1].phase == "intent"
        self.slot = Slot("drained", reason, True)
        self.tick()
        return ""

    def give_back(self, node: str) -> str:
        self.tick()
        assert any(d.step == "validate" and d.outcome == PASSED for d in self.journal)
        self.slot = Slot("idle")
        self.tick()
        return ""

    # What every world is asked
    def now(self) -> str:
        return (BEGUN + timedelta(seconds=self.clock)).isoformat()

    def wait(self, seconds: float) -> None:
        self.tick()
        self.clock += seconds

    def starts_again(self, remedy: str) -> None:
        self.boot += 1
        self.up_at = self.clock + self.boot_takes_s
        self.dead = False
        self.mended_by(remedy)

    def mended_by(self, remedy: str) -> None:
        self.broken = self.broken and remedy != self.mends


@dataclass
class _Body:
    world: World

    def look(self, node: str) -> Life:
        world = self.world
        world.tick()
        if world.dead or world.clock < world.up_at:
            return Life(reason="no route")
        return Life(f"boot-{world.boot}", world.clock - world.up_at, world.serial_in_band)

    def act(self, node: str, remedy: str, complaint: Complaint) -> str:
        world = self.world
        world.tick()
        assert world.journal[-1].phase == "intent" or remedy != "reboot"
        if remedy in world.refuses:
            return "refused"
        if remedy == "reboot":
            world.reboots.append(f"{world.journal[-1].attempt}")
            world.starts_again(remedy)
        else:
            world.acted.append(remedy)
            world.mended_by(remedy)
        world.tick()
        return ""


@dataclass
class _Bmc:
    world: World

    def look(self, node: str) -> Controlled:
        self.world.tick()
        return Controlled(node, self.world.serial_of_bmc, "off" if self.world.dead else "on")

    def power(self, node: str, action: PowerAction) -> str:
        world = self.world
        world.tick()
        assert world.journal[-1].phase == "intent"
        world.power.append(f"{world.journal[-1].attempt}")
        world.starts_again("power-cycle")
        world.tick()
        return ""


@dataclass
class _Gate:
    world: World

    def recheck(self, complaint: Complaint) -> Judged:
        self.world.tick()
        return Judged(self.world.recheck, "looked")

    def validate(self, incident: Incident, attempt: int) -> Judged:
        world = self.world
        world.tick()
        if world.gate is not None:
            return Judged(world.gate(world), "as the gate says")
        return Judged(NOT_PASSED if world.broken else PASSED, "tested")


def opened(fault: str = "xid:79") -> Incident:
    complaint = Complaint(node="gpu1", device="gpu3", fault=fault, hard=True, source="test")
    return Incident(
        id=ID, node="gpu1", stands="open", opened=BEGUN.isoformat(), simulated=True,
        complaint=complaint, sku="dgx-h100",
    )  # fmt: skip


def hands(world: World, incident: Incident) -> Hands:
    def chosen(it: Incident) -> Choice:
        tried = [d.remedy for d in world.journal if d.step == "act" and d.phase == "intent"]
        barred = dict.fromkeys(tried, "tried")
        return choose(Case(it.complaint, it.sku, (), barred, 60.0), CATALOG.remedies)

    def packet(it: Incident) -> str:
        world.tick()
        world.packets += 1
        return f"rma/{it.id}.tar.gz"

    return Hands(
        book=world, scheduler=world, body=_Body(world), bmc=_Bmc(world), gate=_Gate(world),
        rails=lambda node: world.rails, choose=chosen, serial=lambda node: "",
        twin=lambda node, serial: world.twin, impact=lambda node: Impact(),
        packet=packet, now=world.now, wait=world.wait, actor="test",
    )  # fmt: skip


def repair(world: World, fault: str = "xid:79", drain_s: float = 60.0) -> Incident:
    """Go as far as it goes, from where the journal stands."""
    incident = world.kept[-1] if world.kept else opened(fault)
    journey = Repair(incident, hands(world, incident), Patience(drain_s=drain_s, boot_s=300.0))
    for _ in journey.go():
        pass
    return journey.after
