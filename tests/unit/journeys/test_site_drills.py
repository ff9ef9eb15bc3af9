"""Drills of the whole site: the WAN that is cut, and the head's restore, killed anywhere."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from millwright.journeys.drillhands import Heard, JobStand, RestoreHands, WanHands
from millwright.journeys.headrestore import HeadRestore
from millwright.journeys.wanloss import WanLoss
from millwright.manage.drill.objectives import loss, recovery
from millwright.model.drill import DrillDeed, DrillFigure, DrillPlan, DrillRecord, Objective
from millwright.model.lifecycle import FIRST, NodeState, Transition
from millwright.model.site import Tier
from tests.unit.journeys.drillworld import BEGUN, ID, Killed, plan_of

TIER = Tier(name="clinical", rto_min=15, rpo_min=60)
STOP = DrillDeed(drill=ID, step="stop", phase="done", at=BEGUN.isoformat(), actor="ben")
WHOLE = Objective(figure="inside-broken", at_most=0, unit="services", source="factory.yaml: ct")


CHECKED: Mapping[str, Any] = {"ok": True, "newest": "20261126T090000Z", "kept": 14, "age_h": 0.5}
ROWS: Mapping[str, Any] = {"ok": True, "rows": 1200, "restored_in_s": 20.0, "problems": []}
PICTURE: Mapping[str, Any] = {
    "jobs": ["7"],
    "nodes": ["gpu1", "gpu2"],
    "partitions": ["gpu"],
    "reservations": [],
}
TRIAL: Mapping[str, Any] = {
    "ok": True,
    "answered_in_s": 4.0,
    "period_h": 1,
    "live": PICTURE,
    "restored": PICTURE,
}


@dataclass
class SiteWorld:
    """Two hosts with a WAN that can be cut, and backups on one of them. `refuses` cannot arm."""

    kill_at: int = -1
    refuses: str = ""
    silent: str = ""
    world: bool = True
    breaks: bool = False
    unsure: str = ""
    lost_within: str = ""
    grows: bool = False
    checked: Mapping[str, Any] = field(default_factory=lambda: CHECKED)
    rows: Mapping[str, Any] = field(default_factory=lambda: ROWS)
    trial: Mapping[str, Any] = field(default_factory=lambda: TRIAL)
    until: dict[str, float] = field(default_factory=dict)
    cuts: int = 0
    job: str = ""
    journal: list[DrillDeed] = field(default_factory=list)
    kept: list[DrillRecord] = field(default_factory=list)
    seconds: float = 0.0
    steps: int = 0

    def tick(self) -> None:
        self.steps += 1
        if self.steps == self.kill_at:
            raise Killed

    def put(self, deed: DrillDeed) -> None:
        self.tick()
        self.journal.append(deed)

    def keep(self, record: DrillRecord) -> None:
        self.tick()
        self.kept.append(record)

    def deeds(self, drill: str) -> Sequence[DrillDeed]:
        return tuple(self.journal)

    def move(self, step: Transition) -> None:
        raise AssertionError("no node's life changes")

    def state(self, node: str) -> NodeState:
        return FIRST

    def is_cut(self, host: str) -> bool:
        return self.until.get(host, -1.0) > self.seconds

    def tell(
        self, hosts: Sequence[str], words: Sequence[str], seconds: float, given: Mapping[str, bytes]
    ) -> dict[str, Heard]:
        self.tick()
        found = {host: self.answer(host, words[0], given.get(host, b"{}")) for host in hosts}
        self.tick()
        return found

    def answer(self, host: str, verb: str, given: bytes) -> Heard:
        away = host == self.lost_within and self.is_cut(host) and verb == "look"
        if away or host == self.silent:
            return Heard(why="no answer")
        order = json.loads(given or b"{}")
        if verb == "look":
            return Heard(self.looked(host))
        if verb == "cut":
            assert (self.journal[-1].step, self.journal[-1].phase) == ("cut", "intent")
            if host == self.refuses:
                return Heard({"cut": False, "told": "nothing would undo it"})
            self.cuts += 1
            self.until[host] = self.seconds + order["seconds"]
            return Heard({"cut": True, "at": self.seconds})
        if verb.startswith("uncut"):
            return Heard(self.undone(host))
        if verb.startswith("beats"):
            return Heard({"beats": [float(n) for n in range(int(self.seconds) + 1)]})
        return Heard({"check": self.checked, "rows": self.rows, "controller": self.trial}[verb])

    def undone(self, host: str) -> dict[str, Any]:
        if host == self.unsure:
            return {"stood": None, "cut": None, "told": "no answer within 8 s"}
        stood = self.is_cut(host)
        self.until.pop(host, None)
        return {"stood": stood, "cut": False}

    def looked(self, host: str) -> dict[str, Any]:
        cut = self.is_cut(host)
        inside = {"name": "time", "what": "time is kept", "outside": False}
        outside = {"name": "apt", "what": "packages", "outside": True}
        rows = [
            {**inside, "ok": not (cut and self.breaks)},
            {**outside, "ok": self.world and not cut},
        ]
        if self.grows and self.cuts and not cut:
            rows.append({**inside, "name": "new", "ok": False})
        return {"at": self.seconds, "rows": rows, "cut": cut}

    def beat(self, name: str, node: str) -> str:
        self.tick()
        self.job = "RUNNING"
        return ""

    def stand(self, name: str) -> JobStand:
        self.tick()
        return JobStand("9", self.job, "gpu1")

    def end(self, name: str) -> str:
        self.tick()
        self.job = ""
        return ""

    def runs(self, name: str, node: str) -> str:
        self.tick()
        return ""

    def now(self) -> str:
        return (BEGUN + timedelta(seconds=self.seconds)).isoformat()

    def wait(self, seconds: float) -> None:
        self.tick()
        self.seconds += seconds


@dataclass(frozen=True)
class _Beats:
    world: SiteWorld

    def beat(self, name: str, node: str) -> str:
        return self.world.beat(name, node)

    def job(self, name: str) -> JobStand:
        return self.world.stand(name)

    def end(self, name: str) -> str:
        return self.world.end(name)

    def runs(self, name: str, node: str) -> str:
        return self.world.runs(name, node)


def record_of(world: SiteWorld, plan: DrillPlan) -> DrillRecord:
    fresh = DrillRecord(
        id=ID, kind=plan.kind, stands="open", opened=BEGUN.isoformat(), simulated=True, plan=plan
    )
    return world.kept[-1] if world.kept else fresh


def wan(world: SiteWorld) -> DrillRecord:
    plan = plan_of().model_copy(
        update={
            "kind": "wan-loss", "nodes": ("head-1", "gpu1"), "limit_s": 60,
            "settings": {"worker": "gpu1"}, "objectives": (WHOLE, *recovery("standstill", [TIER])),
        }
    )  # fmt: skip
    hands = WanHands(
        book=world, hosts=world, beats=_Beats(world), words=lambda verb: (verb,),
        orders={"head-1": {}, "gpu1": {}}, rules="", now=world.now, clock=lambda: world.seconds,
        wait=world.wait, actor="ada",
    )  # fmt: skip
    journey = WanLoss(record_of(world, plan), hands)
    if journey.after.stands == "open":
        list(journey.go())
    return journey.after


def restore(world: SiteWorld, goals: Sequence[Objective] | None = None) -> DrillRecord:
    both = (
        *recovery("restored", [TIER]),
        *loss("backup-age", [TIER]),
        *loss("loss-at-most", [TIER]),
    )
    plan = plan_of().model_copy(
        update={
            "kind": "head-restore", "nodes": ("head-1",),
            "objectives": both if goals is None else goals,
        }
    )  # fmt: skip
    hands = RestoreHands(
        book=world, hosts=world, words=lambda what, name: (what, name), now=world.now, actor="ada"
    )
    journey = HeadRestore(record_of(world, plan), hands)
    if journey.after.stands == "open":
        list(journey.go())
    return journey.after


def figure(record: DrillRecord, name: str) -> DrillFigure:
    return {each.name: each for each in record.figures}[name]


def test_the_wan_is_cut_on_all_hosts_looked_at_and_undone_by_their_own_timers() -> None:
    world = SiteWorld()
    after = wan(world)
    assert (after.verdict, world.cuts, world.job) == ("PASS", 2, "")
    assert figure(after, "whole-again").why == "each host undid it by its own timer"
    assert figure(after, "standstill").value == 0
    assert figure(after, "outside-stopped").value == 2


def test_what_breaks_inside_fails_and_is_named() -> None:
    after = wan(SiteWorld(breaks=True))
    assert (after.verdict, figure(after, "inside-broken").value) == ("FAIL", 2)
    assert "time is kept" in after.why


@pytest.mark.parametrize(
    ("world", "why"),
    [
        (SiteWorld(world=False), "there is no WAN to lose"),
        (SiteWorld(silent="gpu1"), "gpu1 did not look"),
        (SiteWorld(refuses="gpu1"), "nothing would undo it"),
    ],
)
def test_where_it_cannot_be_cut_whole_and_undone_it_is_not_cut(world: SiteWorld, why: str) -> None:
    after = wan(world)
    assert (after.stands, after.verdict) == ("abandoned", None)
    assert why in after.why
    assert not any(world.is_cut(host) for host in ("head-1", "gpu1"))
    assert world.job == ""


def test_a_host_that_does_not_tell_whether_it_is_cut_is_asked_again_and_closes_nothing() -> None:
    world = SiteWorld(unsure="gpu1")
    assert wan(world).stands == "open"
    assert not any(deed.step == "uncut" for deed in world.journal)
    world.unsure = ""
    assert wan(world).stands == "done"


def test_a_host_that_told_nothing_within_the_cut_keeps_no_promise() -> None:
    after = wan(SiteWorld(lost_within="gpu1"))
    assert figure(after, "inside-broken").verdict == "UNKNOWN"
    assert figure(after, "inside-broken").why == "gpu1 told nothing within the cut"
    assert after.verdict == "UNKNOWN"


def test_what_is_only_there_after_the_cut_keeps_no_drill_from_its_end() -> None:
    assert wan(SiteWorld(grows=True)).stands == "done"


def test_killed_anywhere_no_host_stays_cut_and_no_job_is_left() -> None:
    whole = SiteWorld()
    wan(whole)
    for step in range(1, whole.steps + 1):
        world = SiteWorld(kill_at=step)
        with contextlib.suppress(Killed):
            wan(world)
        world.kill_at = -1
        alone = SiteWorld(until=dict(world.until), seconds=world.seconds + 61)
        assert not any(alone.is_cut(host) for host in ("head-1", "gpu1")), step
        after = wan(world)
        assert after.stands in ("done", "abandoned"), step
        assert not any(world.is_cut(host) for host in ("head-1", "gpu1")), step
        assert (world.job, world.cuts <= 2) == ("", True), step


def test_a_restore_within_its_objectives_warns_that_the_host_is_not_rebuilt() -> None:
    after = restore(SiteWorld())
    assert after.verdict == "WARN"
    assert "the host's own rebuilding comes on top" in after.why
    assert figure(after, "restored").value == 24.0
    assert figure(after, "backup-age").verdict == "PASS"
    assert figure(after, "missing").verdict == "PASS"


@pytest.mark.parametrize(
    ("world", "name", "verdict"),
    [
        (SiteWorld(checked={**CHECKED, "age_h": 2.0}), "backup-age", "FAIL"),
        (SiteWorld(checked={**CHECKED, "age_h": -2.0}), "backup-age", "UNKNOWN"),
        (SiteWorld(trial={**TRIAL, "period_h": 24}), "loss-at-most", "FAIL"),
        (SiteWorld(rows={**ROWS, "ok": False, "problems": ["x: 1 rows"]}), "rows", "FAIL"),
        (SiteWorld(rows={"ok": False, "problems": ["no room"]}), "rows", "FAIL"),
        (SiteWorld(trial={"ok": False, "problem": "it wrote nothing"}), "controller", "FAIL"),
        (SiteWorld(checked={"ok": False, "problems": ["no backup"]}), "backup-age", "UNKNOWN"),
        (SiteWorld(silent="head-1"), "controller", "UNKNOWN"),
        (
            SiteWorld(trial={**TRIAL, "restored": {**PICTURE, "nodes": ["gpu1"]}}),
            "missing",
            "FAIL",
        ),
    ],
)
def test_what_a_restore_lacks_is_named(world: SiteWorld, name: str, verdict: str) -> None:
    after = restore(world)
    assert figure(after, name).verdict == verdict
    assert after.verdict in ("FAIL", "UNKNOWN")


def test_a_restore_without_objectives_passes_nothing() -> None:
    after = restore(SiteWorld(), ())
    assert after.verdict == "UNKNOWN"
    assert figure(after, "restored").value == 24.0


def test_jobs_that_the_backup_does_not_know_are_told() -> None:
    live = {**PICTURE, "jobs": ["7", "8"]}
    after = restore(SiteWorld(trial={**TRIAL, "live": live}))
    assert (figure(after, "jobs-lost").value, figure(after, "jobs-lost").verdict) == (1, None)


def test_a_stopped_drill_cuts_nobody_off_and_restores_nothing_more() -> None:
    for step in (6, 12, 20, 24):
        world = SiteWorld(kill_at=step)
        with contextlib.suppress(Killed):
            wan(world)
        world.kill_at = -1
        world.journal.append(STOP)
        after = wan(world)
        assert (after.stands, after.verdict) == ("stopped", None)
        assert not any(world.is_cut(host) for host in ("head-1", "gpu1"))
        assert world.job == ""
    world = SiteWorld(kill_at=3)
    with contextlib.suppress(Killed):
        restore(world)
    world.kill_at, tried = -1, len(world.journal)
    world.journal.append(STOP)
    assert restore(world).stands == "stopped"
    assert len(world.journal) == tried + 1
