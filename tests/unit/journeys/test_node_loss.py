"""A node lost on purpose: timed, given back, and never left without power by a kill."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.errors import MillwrightError
from millwright.journeys.remedyhands import Slot
from millwright.manage.remedy.past import NOT_KNOWN, NOT_PASSED
from millwright.model.drill import DrillFigure, DrillRecord
from millwright.model.lifecycle import Transition
from millwright.model.remedyplan import Rail
from millwright.model.verdict import Verdict
from tests.unit.journeys.drillworld import TIER, Killed, LossWorld, drill, stop


def figure(record: DrillRecord, name: str) -> DrillFigure:
    return {each.name: each for each in record.figures}[name]


def test_a_node_is_lost_timed_and_comes_back_proven() -> None:
    world = LossWorld()
    after = drill(world)
    assert (after.stands, after.verdict) == ("done", Verdict.PASS)
    assert world.power == ["off", "on"]
    assert 60 <= (figure(after, "scheduler-knows").value or 0) < 70
    job = figure(after, "job-elsewhere")
    assert 90 <= (job.value or 0) < 100
    assert job.objective is not None
    assert job.objective.source == "factory.yaml: tier clinical, rto_min"
    assert figure(after, "left-serving").value == 3
    assert [step.after for step in world.lives] == [
        "draining",
        "drained",
        "validating",
        "in-service",
    ]
    assert (world.slot.state, world.job.state) == ("idle", "CANCELLED")
    assert world.drains == ["millwright-drill:drl-20261126-100000"]


def test_what_nobody_promised_is_timed_and_never_passed() -> None:
    after = drill(LossWorld(left=None), tier=None)
    assert after.verdict is Verdict.UNKNOWN
    assert "no objective is set" in after.why
    assert (figure(after, "job-elsewhere").value or 0) > 0


def test_a_tier_without_rto_leaves_the_time_unjudged() -> None:
    after = drill(LossWorld(), tier=TIER.model_copy(update={"rto_min": None}))
    assert figure(after, "job-elsewhere").verdict is Verdict.UNKNOWN
    assert figure(after, "left-serving").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("world", "name", "verdict"),
    [
        (LossWorld(requeue_s=400.0), "job-elsewhere", Verdict.FAIL),
        (LossWorld(requeue_s=None), "job-elsewhere", Verdict.FAIL),
        (LossWorld(down_after_s=None), "scheduler-knows", Verdict.FAIL),
        (LossWorld(names=False), "health-names", Verdict.FAIL),
        (LossWorld(left=1), "left-serving", Verdict.FAIL),
        (LossWorld(left=None), "left-serving", Verdict.UNKNOWN),
    ],
)
def test_what_is_not_kept_is_named(world: LossWorld, name: str, verdict: Verdict) -> None:
    after = drill(world)
    assert figure(after, name).verdict is verdict
    assert after.verdict in (Verdict.FAIL, Verdict.UNKNOWN)
    assert world.power == ["off", "on"]
    assert not world.slot.out


@pytest.mark.parametrize(
    "world",
    [
        LossWorld(serial_of_bmc="SN2"),
        LossWorld(serial_of_bmc=""),
        LossWorld(slot=Slot("allocated", busy=True)),
        LossWorld(slot=Slot("drained", "jane: memory", True)),
        LossWorld(rails=(Rail(name="rate", holds=True, told="four an hour"),)),
        LossWorld(power_on=False),
        LossWorld(others=("12 jane train",)),
        LossWorld(others=None),
        LossWorld(serial_known=""),
        LossWorld(serial_known="SN2"),
    ],
)
def test_where_it_may_not_be_nothing_is_taken(world: LossWorld) -> None:
    after = drill(world)
    assert (after.stands, after.verdict) == ("abandoned", None)
    assert (world.power, world.lives) == ([], [])


def test_a_node_that_does_not_pass_stays_out_for_a_person() -> None:
    world = LossWorld(proves=NOT_PASSED)
    after = drill(world)
    assert (after.stands, after.verdict, world.cases) == ("done", Verdict.FAIL, 1)
    assert (world.state("gpu1"), world.slot.out) == ("work-queue", True)


def test_a_gate_that_cannot_tell_is_asked_once_more_and_then_a_person_is() -> None:
    world = LossWorld(proves=NOT_KNOWN)
    assert drill(world).stands == "open"
    assert drill(world).stands == "done"
    assert world.cases == 1


def test_a_node_that_the_scheduler_does_not_hear_does_not_serve_again() -> None:
    world = LossWorld(heard=False)
    back = figure(drill(world), "node-back")
    assert back.verdict is Verdict.FAIL
    assert back.why == "the scheduler has it idle, and does not hear it"


def test_what_somebody_else_drains_meanwhile_stays_his() -> None:
    world = LossWorld(reason="jane: wants to look")
    after = drill(world)
    assert figure(after, "node-back").verdict is Verdict.FAIL
    assert world.slot.reason == "jane: wants to look"


def test_killed_anywhere_the_node_has_power_again_and_no_job_is_left() -> None:
    whole = LossWorld()
    drill(whole)
    for step in range(1, whole.steps + 1):
        world = LossWorld(kill_at=step)
        with contextlib.suppress(Killed):
            drill(world)
        world.kill_at = -1
        after = drill(world)
        assert after.stands in ("done", "abandoned"), step
        assert world.power_on, step
        assert world.power.count("off") <= 1, step
        assert world.job.state in ("", "CANCELLED"), step
        assert world.state("gpu1") == "in-service", step


HARD = {
    "late": {"falls_after_s": 40.0},
    "too late": {"falls_after_s": 61.0},
    "its answer lost": {"off_refused": "timed out"},
    "heard late, its answer lost": {"off_refused": "timed out", "falls_after_s": 20.0},
    "the controller dumb": {"dumb_s": 100.0},
    "refused": {"off_refused": "403", "falls_after_s": None},
    "not done": {"falls_after_s": None},
}


@pytest.mark.parametrize("hard", HARD.values(), ids=HARD)
def test_whatever_becomes_of_the_order_the_node_is_not_left_without_power(
    hard: dict[str, Any],
) -> None:
    whole = LossWorld(**hard)
    after = drill(whole)
    lost = hard.get("falls_after_s", 0.0) is not None
    assert (whole.power_on, whole.state("gpu1")) == (True, "in-service")
    assert after.stands == ("done" if lost else "abandoned")
    for step in range(1, whole.steps + 1):
        world = LossWorld(**hard, kill_at=step)
        with contextlib.suppress(Killed):
            drill(world)
        world.kill_at = -1
        assert drill(world).stands in ("done", "abandoned"), step
        world.seconds += 1000
        world.falls()
        assert (world.power_on, world.state("gpu1")) == (True, "in-service"), step


def test_a_journal_that_cannot_be_written_any_more_keeps_no_node_from_its_power() -> None:
    whole = LossWorld()
    drill(whole)
    for step in range(1, whole.steps + 1):
        world = LossWorld(full_at=step)
        with contextlib.suppress(MillwrightError):
            drill(world)
        assert world.power_on, step
        world.full_at = -1
        assert drill(world).stands in ("done", "abandoned"), step
        assert (world.power_on, world.slot.out) == (True, False), step


def test_interrupted_anywhere_the_node_has_power_at_once() -> None:
    whole = LossWorld()
    drill(whole)
    for step in range(1, whole.steps + 1):
        world = LossWorld(interrupt_at=step)
        with contextlib.suppress(KeyboardInterrupt):
            drill(world)
        assert world.power_on, step
        assert drill(world).stands in ("done", "abandoned"), step
        assert (world.power_on, world.slot.out) == (True, False), step


@pytest.mark.parametrize("lines", range(1, 8))
def test_whoever_hears_it_may_go_and_the_node_has_power_again(lines: int) -> None:
    world = LossWorld()
    drill(world, lines=lines)
    assert world.power_on
    assert drill(world).stands in ("done", "abandoned")
    assert not world.slot.out


@pytest.mark.parametrize("on", [True, False])
def test_what_somebody_put_into_service_meanwhile_is_not_tested_while_it_serves(on: bool) -> None:
    world = LossWorld(kill_at=80)
    with pytest.raises(Killed):
        drill(world)
    world.kill_at = -1
    assert (world.state("gpu1"), world.power_on) == ("drained", False)
    world.power_on, world.boot = on, 2
    for after in ("validating", "in-service"):
        step = {"node": "gpu1", "before": world.state("gpu1"), "after": after, "at": "now"}
        world.lives.append(Transition.model_validate({**step, "why": "by hand", "actor": "jane"}))
    found = drill(world)
    assert (found.stands, world.power_on, world.slot.out) == ("done", True, False)
    back = figure(found, "node-back")
    assert ("somebody put it into service" in back.why) is on
    assert ((back.value or 0) > 0) is not on


def test_a_watch_that_breaks_keeps_no_node_from_its_power() -> None:
    world = LossWorld(sweeps=False)
    after = drill(world)
    assert (world.power_on, after.stands, world.power) == (True, "done", ["off", "on"])
    assert after.verdict is Verdict.UNKNOWN
    assert figure(after, "health-names").why == "remedy.yaml cannot be read"


def test_a_node_that_goes_on_though_its_controller_has_no_power_is_told_at_once() -> None:
    world = LossWorld()
    world.ghost = True
    after = drill(world)
    assert (after.verdict, world.cases) == (Verdict.FAIL, 1)
    assert "which machine lost its power instead" in figure(after, "node-back").why


@settings(deadline=None, max_examples=100)
@given(kills=st.lists(st.integers(1, 120), max_size=6), down=st.sampled_from([10.0, 300.0, None]))
def test_a_drill_that_was_killed_passes_nothing_that_it_did_not_see(
    kills: list[int], down: float | None
) -> None:
    world = LossWorld(down_after_s=down)
    for steps in kills:
        world.kill_at = world.steps + steps
        with contextlib.suppress(Killed):
            drill(world)
    world.kill_at = -1
    after = drill(world)
    assert (world.power_on, after.stands != "open") == (True, True)
    assert world.power.count("off") <= 1
    seen = {deed.outcome for deed in world.journal if deed.step == "seen"}
    if "elsewhere" not in seen:
        assert after.verdict is not Verdict.PASS


@pytest.mark.parametrize("step", range(1, 80, 6))
def test_a_drill_that_somebody_stops_gives_power_back_and_says_nothing_of_promises(
    step: int,
) -> None:
    world = LossWorld(kill_at=step)
    with contextlib.suppress(Killed):
        drill(world)
    if world.kept and world.kept[-1].stands != "open":
        return
    after = stop(world)
    assert (after.stands, after.verdict) == ("stopped", None)
    assert after.why.startswith("stopped by ben: an emergency")
    assert (world.power_on, world.slot.out) == (True, False)
    assert world.power in ([], ["off", "on"])
