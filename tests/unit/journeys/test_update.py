"""A rolling update: proven before it serves, within the rails, and once, whatever is killed."""

from __future__ import annotations

import contextlib
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.journeys.remedyhands import Slot
from millwright.manage.remedy.past import NOT_KNOWN, PASSED
from millwright.manage.update.cursor import KEPT, PASSED_OVER, UNDONE, UPDATED, outcome_of
from tests.unit.journeys.updateworld import NEW, OLD, World, rollout, run_of
from tests.unit.journeys.world import Killed
from tests.unit.manage.remedy.scenes import fleet

NODES = tuple(f"gpu{n}" for n in range(1, 9))


def small() -> World:
    return World(there=fleet(4), share=0.5, said={"bake_minutes": 1})


def outcomes(world: World) -> Counter[str]:
    return Counter(outcome_of(world.of(node)) for node in world.there.computing)


def test_every_node_is_drained_updated_booted_proven_and_given_back() -> None:
    world = World()
    assert rollout(world).stands == "done"
    assert set(world.versions.values()) == {NEW}
    assert outcomes(world) == {UPDATED: 8}
    assert Counter(world.booted) == Counter(NODES)
    assert not world.out
    assert world.most_out == 2


def test_the_canary_goes_alone_and_bakes_before_the_others() -> None:
    run = run_of(fleet(8, racks=2))
    assert len(run.plan.waves[0]) == 1
    world = World(said={"bake_minutes": 45})
    rollout(world)
    assert world.clock >= 45 * 60 * len(run.plan.waves)


def test_a_canary_that_fails_halts_the_run_and_gets_its_old_version_back() -> None:
    world = World(bad=frozenset(NODES))
    after = rollout(world)
    assert after.stands == "halted"
    assert world.installs == [("gpu2", NEW), ("gpu2", OLD)]
    assert outcomes(world)[UNDONE] == 1
    assert not world.out


def test_a_node_that_passes_with_neither_version_is_kept_out_for_a_person() -> None:
    world = World(bad=frozenset(NODES), worse=frozenset(NODES))
    assert rollout(world).stands == "halted"
    assert world.out == {"gpu2"}
    assert world.queued == ["gpu2"]
    assert world.slots["gpu2"].reason.startswith("millwright-remedy:")
    assert world.states()["gpu2"] == "work-queue"


def test_a_failure_in_a_wave_halts_at_its_end_unless_it_is_let_pass() -> None:
    world = World(bad=frozenset({"gpu4"}))
    assert rollout(world).stands == "halted"
    assert len(world.versions) == 3
    world = World(bad=frozenset({"gpu4"}), said={"allowed_failures": 1})
    assert rollout(world).stands == "done"
    assert outcomes(world) == {UPDATED: 7, UNDONE: 1}


def test_packages_that_do_not_install_fall_back_and_never_serve_unproven() -> None:
    world = World(refuses=frozenset({"gpu2"}))
    assert rollout(world).stands == "halted"
    assert world.out == {"gpu2"}
    assert world.installs == []


def test_jobs_are_waited_for_and_never_ended() -> None:
    world = World(jobs_until_s=200.0)
    assert rollout(world).stands == "open"
    assert world.installs == []
    world.clock = 300.0
    assert rollout(world).stands == "done"


def test_what_somebody_else_took_out_waits_and_is_left_to_him() -> None:
    world = World(slots={"gpu2": Slot("drained", "jane: memory", True)})
    assert rollout(world).stands == "open"
    assert world.slots["gpu2"].reason == "jane: memory"
    assert world.installs == []


def test_a_node_that_somebody_gives_back_meanwhile_is_not_touched() -> None:
    world = World(jobs_until_s=200.0)
    rollout(world)
    world.clock = 300.0
    world.slots["gpu2"] = Slot("idle")
    assert rollout(world).stands == "open"
    assert world.installs == []


def test_a_node_that_the_scheduler_does_not_hear_is_not_back_in_service() -> None:
    world = World(deaf=frozenset({"gpu1"}))
    assert rollout(world).stands == "open"
    assert world.states()["gpu1"] == "validating"
    world.deaf = frozenset()
    assert rollout(world).stands == "done"


@pytest.mark.parametrize("reason", ["", "gres/gpu count reported lower than configured (0 < 8)"])
def test_a_node_whose_gpus_are_gone_with_the_new_driver_gets_the_old_one_back(reason: str) -> None:
    names = World().there.computing
    world = World(bad=frozenset(names), lacks=dict.fromkeys(names, reason))
    run = rollout(world)
    assert (run.stands, set(world.versions.values()), world.out) == ("halted", {OLD}, frozenset())


def test_a_node_that_is_inval_by_somebody_s_word_is_left_to_him() -> None:
    names = World().there.computing
    world = World(bad=frozenset(names), lacks=dict.fromkeys(names, "jane: looks at it"))
    assert rollout(world).stands == "open"
    assert set(world.versions.values()) == {NEW}


def test_a_node_that_was_not_well_before_is_passed_over() -> None:
    world = World(sick=frozenset({"gpu4"}))
    assert rollout(world).stands == "done"
    assert outcomes(world) == {UPDATED: 7, PASSED_OVER: 1}
    assert "gpu4" not in world.versions


def test_a_canary_that_cannot_be_taken_proves_nothing_and_halts() -> None:
    world = World(sick=frozenset({"gpu2"}))
    assert rollout(world).stands == "halted"
    assert world.installs == []


def test_nodes_that_are_not_well_after_their_return_halt_the_run() -> None:
    world = World()

    def gate(it: World, node: str) -> str:
        it.sick = frozenset({node})
        return PASSED

    world.gate = gate
    assert rollout(world).stands == "halted"
    assert len(world.versions) == 1


def test_a_node_kept_out_leaves_less_room_and_the_wave_s_others_come_in_turn() -> None:
    world = World(bad=frozenset({"gpu4"}), worse=frozenset({"gpu4"}), said={"allowed_failures": 1})
    assert rollout(world).stands == "done"
    assert outcomes(world) == {UPDATED: 7, KEPT: 1}
    assert world.most_out == 2


def test_what_the_gate_cannot_tell_never_serves() -> None:
    world = World(gate=lambda world, node: NOT_KNOWN)
    assert rollout(world).stands == "open"
    assert rollout(world).stands == "open"
    assert world.out == {"gpu2"}
    rollout(world)
    assert rollout(world).stands == "halted"
    assert world.out == {"gpu2"}


def test_a_boot_that_was_not_heard_is_ordered_once_more_and_not_a_third_time() -> None:
    world = World(deaf_boots=1)
    assert rollout(world).stands == "done"
    world = World(deaf_boots=99)
    assert rollout(world).stands == "halted"
    assert world.deaf_boots == 99 - 4


def test_without_a_way_back_a_node_that_fails_is_kept_out() -> None:
    world = small()
    run = run_of(world.there, world.share, **world.said)
    nodes = tuple(each.model_copy(update={"back": False}) for each in run.plan.nodes)
    world.kept.append(run.model_copy(update={"plan": run.plan.model_copy(update={"nodes": nodes})}))
    world.bad = frozenset(world.there.computing)
    assert rollout(world).stands == "halted"
    assert [version for _, version in world.installs] == [NEW]
    assert len(world.out) == 1


def _killed_and_gone_on(world: World, step: int) -> None:
    world.kill_at = step
    with contextlib.suppress(Killed):
        rollout(world)
    world.kill_at = -1
    rollout(world)


def _steps(make: World) -> int:
    rollout(make)
    return make.steps


@pytest.mark.parametrize("step", range(1, _steps(small()) + 1))
def test_whatever_is_killed_nothing_that_is_done_is_repeated(step: int) -> None:
    world = small()
    _killed_and_gone_on(world, step)
    assert world.kept[-1].stands == "done"
    assert outcomes(world) == {UPDATED: 4}
    assert Counter(world.installs) == dict.fromkeys(((n, NEW) for n in world.versions), 1)
    assert Counter(world.booted) == dict.fromkeys(world.versions, 1)
    assert (world.out, len(world.versions)) == (frozenset(), 4)


def failing() -> World:
    """A canary that passes with neither version."""
    every = frozenset(("gpu1", "gpu2"))
    return World(there=fleet(2), share=0.5, bad=every, worse=every, said={"bake_minutes": 1})


@pytest.mark.parametrize("step", range(1, _steps(failing()) + 1))
def test_whatever_is_killed_on_the_way_back_it_is_gone_once_and_ends_in_the_queue(
    step: int,
) -> None:
    world = failing()
    _killed_and_gone_on(world, step)
    assert world.kept[-1].stands == "halted"
    assert world.installs == [("gpu1", NEW), ("gpu1", OLD)]
    assert Counter(world.booted) == {"gpu1": 2}
    assert (world.out, world.queued) == (frozenset({"gpu1"}), ["gpu1"])
    assert world.states()["gpu1"] == "work-queue"


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.sets(st.sampled_from(NODES)), st.sets(st.sampled_from(NODES)))
def test_killed_with_failures_no_node_serves_that_did_not_pass(
    step: int, bad: set[str], worse: set[str]
) -> None:
    # The scheduler of the world refuses what is given back unproven.
    said = {"allowed_failures": 2, "bake_minutes": 1}
    world = World(bad=frozenset(bad), worse=frozenset(worse), said=said)
    _killed_and_gone_on(world, step)
    for node in world.there.computing:
        serves = node not in world.out
        new = world.versions.get(node) == NEW
        assert not (serves and new and node in bad)
        assert not (serves and not new and node in worse and node in world.versions)
    assert world.most_out <= 2


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 14), st.integers(1, 4), st.floats(0.05, 0.6), st.data())
def test_never_more_are_out_than_the_share_and_never_both_of_a_pair(
    nodes: int, racks: int, share: float, data: st.DataObject
) -> None:
    names = [f"gpu{n}" for n in range(1, nodes + 1)]
    mixed = data.draw(st.permutations(names))
    pairs = tuple(frozenset(pair) for pair in zip(mixed[::2], mixed[1::2], strict=False))
    there = fleet(nodes, racks=racks, partners=pairs)
    world = World(there=there, share=share, said={"bake_minutes": 0})
    assert rollout(world).stands == "done"
    assert world.most_out <= max(1, int(share * nodes + 1e-9))
    assert outcomes(world) == {UPDATED: nodes}
