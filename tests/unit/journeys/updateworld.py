"""A fleet with its scheduler, packages and journal, that can be killed between any two steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from millwright.journeys.remedyhands import Judged, Life, Patience, Slot
from millwright.journeys.update import Rollout
from millwright.journeys.updatehands import Hands
from millwright.manage.remedy.fleet import Fleet
from millwright.manage.remedy.past import NOT_PASSED, PASSED
from millwright.manage.remedy.rails import Bounds, Hour
from millwright.manage.update.plan import Basis, Packages, planned
from millwright.manage.update.waves import now_held
from millwright.model.lifecycle import FIRST, Deed, NodeState, Transition
from millwright.model.remedy import OwnLimits
from millwright.model.remedyplan import Rail
from millwright.model.update import NodeUpdate, UpdateOrder, UpdateRun
from tests.unit.journeys.world import Killed
from tests.unit.manage.remedy.scenes import CATALOG, NOW, fleet

OLD, NEW = "580.95.05-1", "580.105.08-1"
DRIVER = CATALOG.stacks["nvidia-driver-nvswitch"].packages
ID = "upd-20261126-100000"
REASON = f"millwright-update:{ID}"


def offered(*versions: str) -> Packages:
    """A node with the first of some versions of the driver, and all of them on offer."""
    return Packages(dict.fromkeys(DRIVER, versions[0]), dict.fromkeys(DRIVER, versions))


def basis(there: Fleet, share: float = 0.25) -> Basis:
    bounds = Bounds(CATALOG.remedy_limits["default"], OwnLimits(most_out_share=share))
    return Basis(there, bounds, Hour(NOW), CATALOG, "site", True)


def run_of(there: Fleet, share: float = 0.25, **said: object) -> UpdateRun:
    order = UpdateOrder.model_validate({"set": {"driver": "580.105.08"}, **said})
    seen = {name: offered(OLD, NEW) for name in there.computing}
    plan = planned(order, seen, basis(there, share), "2026-11-26T10:00:00Z")
    return UpdateRun(id=ID, stands="open", opened=plan.at, simulated=True, plan=plan)


@dataclass
class World:
    """Eight nodes unless said otherwise. `bad` nodes do not pass with the new version."""

    there: Fleet = field(default_factory=lambda: fleet(8, racks=2))
    share: float = 0.25
    said: Mapping[str, object] = field(default_factory=dict)
    bad: frozenset[str] = frozenset()
    worse: frozenset[str] = frozenset()
    """Nodes that do not pass with the old version again either."""
    refuses: frozenset[str] = frozenset()
    sick: frozenset[str] = frozenset()
    gate: Callable[[World, str], str] | None = None
    jobs_until_s: float = 0.0
    lacks: Mapping[str, str] = field(default_factory=dict)
    """Nodes that register with less under the new version, with the reason that Slurm has then."""
    deaf: frozenset[str] = frozenset()
    """Nodes that the scheduler does not hear once they are back."""
    deaf_boots: int = 0
    kill_at: int = -1
    versions: dict[str, str] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    boots: dict[str, int] = field(default_factory=dict)
    up_at: dict[str, float] = field(default_factory=dict)
    installs: list[tuple[str, str]] = field(default_factory=list)
    booted: list[str] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    lives: list[Transition] = field(default_factory=list)
    journal: list[Deed] = field(default_factory=list)
    kept: list[UpdateRun] = field(default_factory=list)
    most_out: int = 0
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

    def keep(self, run: UpdateRun) -> None:
        self.tick()
        self.kept.append(run)
        self.tick()

    def states(self) -> Mapping[str, NodeState]:
        return {each.node: each.after for each in self.lives}

    def deeds(self) -> Sequence[Deed]:
        return tuple(self.journal)

    def of(self, node: str) -> list[Deed]:
        return [deed for deed in self.journal if deed.node == node]

    # The scheduler
    def look(self, node: str) -> Slot:
        self.tick()
        slot = self.slots.get(node, Slot())
        state = "drained" if slot.out else "idle"
        if node in self.lacks and self.versions.get(node) == NEW:
            return Slot("inval", self.lacks[node] or slot.reason)
        quiet = node in self.deaf and node in self.versions
        return Slot(state, slot.reason, slot.out, self.clock < self.jobs_until_s, quiet=quiet)

    def drain(self, node: str, reason: str) -> str:
        self.tick()
        assert self.of(node)[-1].phase == "intent"
        self.slots[node] = Slot("drained", reason, True)
        self.most_out = max(self.most_out, len(self.out))
        for pair in self.there.partners:
            assert len(pair & self.out) <= 1
        self.tick()
        return ""

    @property
    def out(self) -> frozenset[str]:
        return frozenset(name for name, slot in self.slots.items() if slot.out)

    def give_back(self, node: str) -> str:
        self.tick()
        acts = [d for d in self.of(node) if d.step == "act"]
        if acts:
            last = [d for d in self.of(node) if d.step == "validate"][-1]
            assert (last.outcome, last.attempt) == (PASSED, acts[-1].attempt)
        self.slots[node] = Slot("idle")
        self.tick()
        return ""

    # Nodes
    def install(self, nodes: Sequence[str], wanted: Mapping[str, str]) -> Mapping[str, str]:
        (version,) = set(wanted.values())
        told = {}
        for node in nodes:
            self.tick()
            slot = self.slots[node]
            assert (slot.out, slot.reason) == (True, REASON)
            assert self.clock >= self.jobs_until_s
            assert self.of(node)[-1].phase == "intent"
            told[node] = "held by another process" if node in self.refuses else ""
            if not told[node]:
                self.installs.append((node, version))
                self.versions[node] = version
            self.tick()
        return told

    def restart(self, nodes: Sequence[str], services: Sequence[str]) -> Mapping[str, str]:
        self.tick()
        return {}

    def boot(self, node: str) -> str:
        self.tick()
        assert self.of(node)[-1].phase == "intent"
        if self.deaf_boots:
            self.deaf_boots -= 1
            return ""
        self.booted.append(node)
        self.boots[node] = self.boots.get(node, 1) + 1
        self.up_at[node] = self.clock + 60
        self.tick()
        return ""

    def looks(self, nodes: Sequence[str]) -> Mapping[str, Life]:
        self.tick()
        found = {}
        for node in nodes:
            up = self.up_at.get(node, -1e6)
            there = Life(f"boot-{self.boots.get(node, 1)}", self.clock - up)
            found[node] = there if self.clock >= up else Life(reason="no route")
        return found

    # The gate
    def well(self, nodes: Sequence[str]) -> Mapping[str, Judged]:
        self.tick()
        return {n: Judged(NOT_PASSED if n in self.sick else PASSED, "swept") for n in nodes}

    def validate(self, node: str, update: NodeUpdate) -> Judged:
        self.tick()
        if self.gate is not None:
            return Judged(self.gate(self, node), "as the gate says")
        failed = self.bad if self.versions[node] == NEW else self.worse
        return Judged(NOT_PASSED if node in failed else PASSED, "tested")

    # What every world is asked
    def now(self) -> str:
        return (datetime(2026, 11, 26, 10, tzinfo=UTC) + timedelta(seconds=self.clock)).isoformat()

    def wait(self, seconds: float) -> None:
        self.tick()
        self.clock += seconds

    def rails(self, node: str) -> Sequence[Rail]:
        out = {name: slot.reason for name, slot in self.slots.items() if slot.out}
        there = replace(self.there, states=self.states(), out={**self.there.out, **out})
        by = basis(there, self.share)
        return now_held(node, there, by.bounds, by.moment)

    def queue(self, run: UpdateRun, node: str, why: str) -> str:
        self.tick()
        if node not in self.queued:
            self.queued.append(node)
        return f"millwright-remedy:{node}"


@dataclass
class _Installer:
    world: World

    def look(self, nodes: Sequence[str], names: Sequence[str]) -> Mapping[str, Packages]:
        self.world.tick()
        return {n: Packages(dict.fromkeys(names, self.world.versions.get(n, OLD))) for n in nodes}

    def install(self, nodes: Sequence[str], wanted: Mapping[str, str]) -> Mapping[str, str]:
        return self.world.install(nodes, wanted)

    def restart(self, nodes: Sequence[str], services: Sequence[str]) -> Mapping[str, str]:
        return self.world.restart(nodes, services)


def hands(world: World) -> Hands:
    return Hands(
        book=world, scheduler=world, installer=_Installer(world), bodies=world, gate=world,
        rails=world.rails, queue=world.queue, now=world.now, wait=world.wait, actor="test",
    )  # fmt: skip


def rollout(world: World, drain_s: float = 60.0) -> UpdateRun:
    """Go as far as it goes, from where the journal stands."""
    run = world.kept[-1] if world.kept else run_of(world.there, world.share, **world.said)
    journey = Rollout(run, hands(world), Patience(drain_s=drain_s, boot_s=300.0))
    for _ in journey.go():
        pass
    return journey.after
