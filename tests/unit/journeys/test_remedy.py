"""A node's way through repair: proven before it serves, once for each try, whatever is killed."""

from __future__ import annotations

import contextlib
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.journeys.remedydiary import Diary
from millwright.journeys.remedyhands import Life, Slot
from millwright.manage.remedy.past import GONE, NOT_KNOWN, PASSED, UNTESTED
from millwright.model.remedyplan import Rail
from tests.unit.journeys.world import ID, Killed, World, hands, repair

OURS = f"millwright-remedy:{ID}"


def ways(world: World) -> list[str]:
    return [step.after for step in world.lives]


def test_a_node_is_drained_repaired_proven_and_given_back() -> None:
    world = World(mends="reboot")
    after = repair(world)
    assert after.stands == "returned"
    assert ways(world) == ["draining", "drained", "remediating", "validating", "in-service"]
    assert (len(world.reboots), world.slot.out) == (1, False)


def test_what_does_not_help_is_followed_by_the_next_and_then_by_a_person() -> None:
    world = World(mends="nothing")
    after = repair(world)
    assert after.stands == "work-queue"
    assert ways(world)[-1] == "work-queue"
    assert world.slot.out
    assert world.slot.reason.startswith(OURS)
    assert (after.packet, world.packets) == (f"rma/{ID}.tar.gz", 1)
    tried = [d.remedy for d in world.journal if d.step == "act" and d.phase == "intent"]
    assert Counter(tried).most_common(1)[0][1] == 1
    assert {"reboot", "power-cycle", "reset-gpu"} <= set(tried)


def test_every_act_stands_in_the_journal_before_it_is_done() -> None:
    # The fakes assert it: an act without its intent before it fails there.
    world = World(mends="power-cycle")
    assert repair(world).stands == "returned"
    assert len(world.power) == 1


def test_what_is_not_found_again_closes_and_touches_nothing() -> None:
    world = World(recheck=GONE)
    assert repair(world).stands == "unconfirmed"
    assert world.lives == []
    assert not world.slot.out


def test_what_nobody_can_tell_waits_and_touches_nothing() -> None:
    world = World(recheck=NOT_KNOWN)
    assert repair(world).stands == "open"
    assert world.lives == []


def test_a_guard_rail_right_before_the_drain_still_counts() -> None:
    world = World(rails=(Rail(name="rate", holds=True, told="four an hour"),))
    assert repair(world).stands == "open"
    assert world.lives == []
    world.rails = ()
    assert repair(world).stands == "returned"


def test_jobs_are_waited_for_and_never_ended() -> None:
    world = World(jobs_until_s=200.0)
    assert repair(world, drain_s=60).stands == "open"
    assert ways(world) == ["draining"]
    world.clock = 300.0
    assert repair(world).stands == "returned"


def test_what_somebody_else_drains_meanwhile_is_left_to_him() -> None:
    world = World(slot=Slot("drained", "jane: memory", True))
    assert repair(world).stands == "open"
    assert world.slot.reason == "jane: memory"


def test_a_node_that_somebody_else_keeps_out_is_not_given_back() -> None:
    world = World(mends="reboot")

    def gate(it: World) -> str:
        it.slot = Slot("drained", "jane: wants to look", True)
        return PASSED

    world.gate = gate
    assert repair(world).stands == "returned"
    assert world.slot.reason == "jane: wants to look"


def test_what_the_gate_cannot_tell_never_serves() -> None:
    world = World(gate=lambda world: NOT_KNOWN)
    assert repair(world).stands == "open"
    assert ways(world)[-1] == "validating"
    assert repair(world).stands == "work-queue"
    assert world.slot.out


def test_power_is_never_acted_on_where_the_controller_is_another_machine_s() -> None:
    for serial in ("SN2", ""):
        world = World(mends="power-cycle", serial_of_bmc=serial)
        assert repair(world).stands == "work-queue"
        assert world.power == []


def test_power_is_never_acted_on_where_another_node_says_the_same_serial_number() -> None:
    world = World(mends="power-cycle", twin="gpu2 said the same serial number, SN1")
    assert repair(world).stands == "work-queue"
    assert world.power == []
    assert any(world.twin in deed.detail for deed in world.journal)


def test_power_waits_for_a_serial_number_that_was_heard_in_band() -> None:
    world = World(mends="power-cycle", dead=True)
    assert repair(world, "node:silent").stands == "work-queue"
    assert world.power == []


def test_a_try_that_is_refused_is_a_try() -> None:
    world = World(mends="power-cycle", refuses=frozenset({"reboot"}))
    assert repair(world).stands == "returned"
    assert world.reboots == []


def test_a_reboot_that_was_never_ordered_is_found_out_and_not_repeated() -> None:
    for step in range(1, 200):
        world = World(mends="power-cycle", kill_at=step)
        with contextlib.suppress(Killed):
            repair(world)
        if world.journal and (world.journal[-1].remedy, world.reboots) == ("reboot", []):
            break
    assert world.journal[-1].phase == "intent"
    world.kill_at = -1
    assert repair(world).stands == "returned"
    assert world.reboots == []
    assert len(world.power) == 1


@pytest.mark.parametrize("mends", ["reboot", "power-cycle", "reset-gpu", "nothing"])
def test_killed_anywhere_the_next_call_ends_it_the_same(mends: str) -> None:
    whole = World(mends=mends)
    stands = repair(whole).stands
    for step in range(1, whole.steps + 1):
        world = World(mends=mends, kill_at=step)
        with pytest.raises(Killed):
            repair(world)
        world.kill_at = -1
        after = repair(world)
        assert after.stands in (stands, "work-queue"), step
        assert max(Counter(world.power + world.reboots).values(), default=0) <= 1, step


@settings(deadline=None, max_examples=150)
@given(
    mends=st.sampled_from(["reboot", "power-cycle", "reset-gpu", "nothing"]),
    kills=st.lists(st.integers(1, 40), max_size=12),
    boot_takes=st.sampled_from([1.0, 60.0, 250.0, 1000.0]),
)
def test_power_is_acted_on_at_most_once_for_each_try(
    mends: str, kills: list[int], boot_takes: float
) -> None:
    world = World(mends=mends, boot_takes_s=boot_takes)
    for steps in kills:
        world.kill_at = world.steps + steps
        with contextlib.suppress(Killed):
            repair(world)
    world.kill_at = -1
    for _ in range(4):
        after = repair(world)
    assert after.stands in ("returned", "work-queue")
    assert max(Counter(world.power + world.reboots).values(), default=0) <= 1
    tried = [d.remedy for d in world.journal if d.step == "act" and d.phase == "intent"]
    assert len(tried) == len(set(tried))
    serves = ways(world)[-1:] == ["in-service"]
    assert serves == (after.stands == "returned")
    assert world.slot.out == (not serves)
    if serves:
        assert not world.broken


def test_what_a_person_repaired_is_proven_and_comes_back() -> None:
    world = World(mends="hands")
    assert repair(world).stands == "work-queue"
    diary = Diary(world.kept[-1], hands(world, world.kept[-1]))
    intent = diary.intend("hands", Life("boot-9"))
    diary.write("act", "done", "by hand", intent)
    diary.move("validating", "by hand")
    diary.keep(stands="open", closed=None)
    world.broken = False
    assert repair(world).stands == "returned"
    assert not world.slot.out


def test_what_only_tests_can_find_is_tested_on_the_idle_node_before_it_is_repaired() -> None:
    world = World(recheck=UNTESTED, broken=False)
    assert repair(world, "degraded:compute").stands == "unconfirmed"
    assert ways(world) == ["draining", "drained", "in-service"]
    assert (world.reboots, world.slot.out) == ([], False)
    slow = World(recheck=UNTESTED, mends="reboot")
    assert repair(slow, "degraded:compute").stands in ("returned", "work-queue")
    assert slow.journal[1].step != "act"
