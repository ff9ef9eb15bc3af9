"""A factory that grows by two nodes, and can be killed between any two steps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from millwright.journeys.grow import Growth
from millwright.journeys.growhands import Hands
from millwright.journeys.remedyhands import Judged, Slot
from millwright.manage.remedy.past import PASSED
from millwright.model.growth import (
    GrowthLine,
    GrowthPlan,
    GrowthRun,
    GrowthSaid,
    HostLife,
    Noted,
    Origin,
    Restart,
    Retested,
    RoleChange,
    RunningJob,
    Service,
)
from millwright.model.lifecycle import NodeState, Transition
from tests.unit.journeys.world import Killed

ID = "grow-20261126-100000"
OLD, NEW = ("head-1", "gpu1", "gpu2"), ("gpu3", "gpu4")
UNITS = ("munge", "slurmd", "ssh")
NOTHING = Origin(tool_version="0", spec_sha256="0", catalog_sha256="0")
CONTROLLER = Restart(unit="slurmctld", hosts=("head-1",), why="it takes new nodes at its start")


def plan() -> GrowthPlan:
    change = RoleChange(role="names", hosts=OLD, what=("gpu3 is new",), effect="read anew")
    return GrowthPlan(
        factory="site", at="2026-11-26T10:00:00Z", simulated=True, before=NOTHING, after=NOTHING,
        installed=OLD, computing=OLD[1:], head="head-1", nodes=NEW, roles=(change,),
        restarts=(CONTROLLER,),
    )  # fmt: skip


@dataclass
class World:
    """What a test says of it beforehand, and what was done to it."""

    said: GrowthSaid = field(default_factory=lambda: GrowthSaid(trust=True))
    away: frozenset[str] = frozenset()
    bad: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By step the nodes that do not pass it, each with a word."""
    restarts: frozenset[tuple[str, str]] = frozenset()
    """Services that deploying starts again, by host."""
    open_roles: tuple[str, ...] = ("names",)
    silent: frozenset[str] = frozenset()
    jobs: tuple[RunningJob, ...] = ()
    jobs_later: tuple[RunningJob, ...] | None = None
    ended: Mapping[str, str] = field(default_factory=dict)
    kill_at: int = -1
    steps: int = 0
    pinned: set[str] = field(default_factory=set)
    recorded: bool = False
    deployed: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    slots: dict[str, Slot] = field(default_factory=dict)
    heard: bool = True
    lives: list[Transition] = field(default_factory=list)
    journal: list[GrowthLine] = field(default_factory=list)
    kept: list[GrowthRun] = field(default_factory=list)

    def tick(self) -> None:
        """Come one step further, and die there if that is wanted."""
        self.steps += 1
        if self.steps == self.kill_at:
            raise Killed

    def _acted(self, what: str, step: str) -> None:
        """See that what is about to be done stands in the journal, and do it."""
        self.tick()
        assert (self.journal[-1].step, self.journal[-1].phase) == (step, "intent")
        self.done.append(what)
        self.tick()

    # The book
    def keep(self, run: GrowthRun) -> None:
        self.tick()
        self.kept.append(run)
        self.tick()

    def put(self, line: GrowthLine) -> None:
        self.tick()
        self.journal.append(line)
        self.tick()

    def lines(self, run: str) -> Sequence[GrowthLine]:
        return tuple(self.journal)

    def born(self, step: Transition) -> None:
        self.tick()
        assert step.node not in self.states()
        self.lives.append(step)
        self.tick()

    def move(self, step: Transition) -> None:
        self.tick()
        assert step.before == self.states()[step.node]
        assert step.allowed, (step.before, step.after)
        self.lives.append(step)
        self.tick()

    def states(self) -> Mapping[str, NodeState]:
        return {each.node: each.after for each in self.lives}

    # New nodes
    def answers(self, nodes: Sequence[str]) -> Mapping[str, str]:
        self.tick()
        assert self.recorded
        return {node: "no route" if node in self.away else "" for node in nodes}

    def trust(self, nodes: Sequence[str], *, pin: bool) -> Mapping[str, str]:
        self.tick()
        self.pinned |= set(nodes) if pin else set()
        return {node: "" if node in self.pinned else "its key waits" for node in nodes}

    def fit(self, nodes: Sequence[str]) -> Mapping[str, Judged]:
        return self._judged("preflight", nodes)

    def burn_in(self, nodes: Sequence[str]) -> Mapping[str, Judged]:
        assert {self.deployed[node] for node in nodes} == {"boot"}
        assert {self.states()[node] for node in nodes} <= {"testing", "validating"}
        self.tick()
        return self._judged("burn-in", nodes)

    def _judged(self, step: str, nodes: Sequence[str]) -> Mapping[str, Judged]:
        self.tick()
        assert set(nodes) <= self.pinned
        words = self.bad.get(step, {})
        return {node: Judged(words.get(node, PASSED), step) for node in nodes}

    # Roles
    def open_on(self, hosts: Sequence[str]) -> Sequence[str]:
        return self.open_roles

    def deploy(self, hosts: Sequence[str], until: str) -> Mapping[str, str]:
        step = "boot" if until == "boot" else "deploy"
        if until == "boot":
            assert set(hosts) <= set(NEW)
        self._acted(f"{step} {','.join(hosts)}", step)
        words = self.bad.get(step, {})
        for host in hosts:
            if host not in words:
                self.deployed[host] = until
        return {host: words.get(host, "") for host in hosts}

    # Tests
    def retest(self, nodes: Sequence[str]) -> Retested:
        self.tick()
        words = self.bad.get("after" if "cluster" in self.deployed.values() else "before", {})
        found = {node: words.get(node, "PASS") for node in nodes}
        return Retested(run="runs/x", verdicts=found)

    # Books
    def record(self, run: GrowthRun) -> str:
        self._acted("record", "record")
        self.recorded = True
        return "design/former"

    def write(self, run: GrowthRun, nodes: Sequence[str]) -> Sequence[str]:
        self._acted("books", "books")
        return ("build/book.html",)

    # What runs
    def note(self, hosts: Sequence[str]) -> Noted:
        self.tick()
        grown = "cluster" in self.deployed.values()
        jobs = self.jobs_later if grown and self.jobs_later is not None else self.jobs
        return Noted(at=self.now(), hosts=tuple(self._life(h, grown) for h in hosts), jobs=jobs)

    def _life(self, host: str, grown: bool) -> HostLife:
        if host in self.silent:
            return HostLife(host=host, silent="no route")
        units = (*UNITS, "slurmctld") if host == "head-1" else UNITS
        again = {unit for there, unit in self.restarts if there == host and grown}
        services = tuple(
            Service(unit=unit, pid=number + (100 if unit in again else 0), started=number)
            for number, unit in enumerate(units, 1)
        )
        return HostLife(host=host, boot="one", services=services)

    def ends(self, jobs: Sequence[str]) -> Mapping[str, str]:
        return {job: self.ended[job] for job in jobs if job in self.ended}

    # The scheduler
    def look(self, node: str) -> Slot:
        self.tick()
        known = self.deployed.get("head-1") == "cluster"
        slot = self.slots.get(node, Slot("idle" if known else ""))
        return slot if self.heard else replace(slot, quiet=True)

    def drain(self, node: str, reason: str) -> str:
        self.tick()
        self.slots[node] = Slot("drained", reason, True)
        return ""

    def give_back(self, node: str) -> str:
        self.tick()
        self.slots[node] = Slot("idle")
        return ""

    def now(self) -> str:
        at = datetime(2026, 11, 26, 10, tzinfo=UTC) + timedelta(seconds=self.steps)
        return at.isoformat()


def grown(world: World) -> GrowthRun:
    """Go as far as it goes, from where the journal stands."""
    begun = GrowthRun(
        id=ID, stands="open", opened="2026-11-26T10:00:00Z", simulated=True, plan=plan(),
        said=world.said,
    )  # fmt: skip
    run = world.kept[-1] if world.kept else begun
    hands = Hands(
        book=world, crew=world, deployer=world, tester=world, books=world, witness=world,
        scheduler=world, now=world.now, actor="test",
    )  # fmt: skip
    journey = Growth(run, hands)
    for _ in journey.go():
        pass
    return journey.after
