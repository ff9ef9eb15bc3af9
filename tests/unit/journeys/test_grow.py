"""New nodes come and are proven; what stands is not disturbed, or it is said so."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from millwright.cli.door import Door
from millwright.cli.growrun import exit_of, left_open
from millwright.errors import Exit
from millwright.model.growth import GrowthRun, GrowthSaid, RunningJob
from millwright.reports.growth import outcomes, run_lines
from tests.unit.journeys.growworld import World, grown
from tests.unit.journeys.world import Killed

SERVED = {"gpu3": "in service", "gpu4": "in service"}


def status(world: World, run: GrowthRun) -> Exit:
    return exit_of(run, world.journal)


def test_new_nodes_come_into_service_and_nothing_that_stood_is_started_again() -> None:
    world = World()
    run = grown(world)
    assert (run.stands, outcomes(run, world.journal)) == ("done", SERVED)
    assert run.proof is not None
    assert (run.proof.restarted, run.proof.unknown, run.proof.services) == ((), (), 10)
    assert world.states() == dict.fromkeys(SERVED, "in-service")
    assert status(world, run) is Exit.DONE
    assert world.done == [
        "record", "boot gpu3,gpu4", "deploy head-1,gpu1,gpu2,gpu3,gpu4", "books",
    ]  # fmt: skip


def test_it_waits_for_nodes_that_nobody_racked_yet_and_goes_on_when_they_answer() -> None:
    world = World(away=frozenset({"gpu4"}))
    run = grown(world)
    assert (run.stands, status(world, run)) == ("open", Exit.UNANSWERED)
    assert world.done == ["record"]
    world.away = frozenset()
    assert grown(world).stands == "done"
    assert world.done.count("record") == 1


def test_no_key_is_trusted_that_nobody_said_to_trust() -> None:
    world = World(said=GrowthSaid())
    assert grown(world).stands == "open"
    assert world.pinned == set()
    world.kept[-1] = world.kept[-1].model_copy(update={"said": GrowthSaid(trust=True)})
    assert grown(world).stands == "done"


@pytest.mark.parametrize(
    ("step", "word"),
    [
        *itertools.product(["preflight", "boot", "burn-in", "deploy"], ["FAIL", "UNKNOWN"]),
        ("after", "FAIL"),
    ],
)
def test_a_node_that_does_not_pass_stays_out_is_named_and_keeps_nobody_from_serving(
    step: str, word: str
) -> None:
    world = World(bad={step: {"gpu3": word}})
    run = grown(world)
    told = outcomes(run, world.journal)
    assert (run.stands, told["gpu4"]) == ("done", "in service")
    assert told["gpu3"].startswith(f"stays out, {step}: ")
    assert told["gpu3"].rpartition(": ")[2] in (word, step, "no reason")
    assert world.states()["gpu3"] != "in-service"
    assert world.slots["gpu3"].out
    assert status(world, run) is Exit.NO


def test_a_node_that_jobs_took_before_its_last_test_is_waited_for_and_tested_then() -> None:
    world = World(bad={"after": {"gpu3": "UNKNOWN"}})
    run = grown(world)
    assert (run.stands, run.after, status(world, run)) == ("open", None, Exit.UNANSWERED)
    assert "gpu3" not in world.slots
    world.bad = {}
    run = grown(world)
    assert (status(world, run), outcomes(run, world.journal)) == (Exit.DONE, SERVED)


def test_where_no_new_node_passes_nothing_of_what_stands_is_touched() -> None:
    world = World(bad={"burn-in": {"gpu3": "FAIL", "gpu4": "UNKNOWN"}})
    run = grown(world)
    assert (run.stands, status(world, run)) == ("halted", Exit.NO)
    assert not [each for each in world.done if each.startswith("deploy")]
    assert world.states() == {"gpu3": "work-queue", "gpu4": "work-queue"}


def test_a_service_that_is_started_again_is_named_and_the_answer_is_no() -> None:
    world = World(restarts=frozenset({("gpu2", "munge")}))
    run = grown(world)
    assert run.proof is not None
    assert run.proof.restarted == ("munge of gpu2 was started again",)
    assert status(world, run) is Exit.NO
    assert "STARTED AGAIN: munge of gpu2" in "\n".join(run_lines(run, world.journal))


@pytest.mark.parametrize(
    ("allowed", "expected"), [(("slurmctld",), Exit.DONE), ((), Exit.NO), (("slurmd",), Exit.NO)]
)
def test_only_a_restart_that_was_foreseen_and_allowed_is_no_answer_of_no(
    allowed: tuple[str, ...], expected: Exit
) -> None:
    said = GrowthSaid(trust=True, allow_restarts=allowed)
    world = World(said=said, restarts=frozenset({("head-1", "slurmctld")}))
    run = grown(world)
    assert status(world, run) is expected
    assert "slurmctld of head-1 was started again" in "\n".join(run_lines(run, world.journal))


def test_a_restart_is_not_allowed_where_it_was_not_foreseen() -> None:
    said = GrowthSaid(trust=True, allow_restarts=("slurmd", "slurmctld"))
    world = World(said=said, restarts=frozenset({("gpu1", "slurmd")}))
    assert status(world, grown(world)) is Exit.NO


def test_a_host_that_does_not_tell_is_unknown_and_proves_nothing() -> None:
    world = World(silent=frozenset({"gpu1"}))
    run = grown(world)
    assert run.proof is not None
    assert run.proof.unknown == ("gpu1: no route",)
    assert status(world, run) is Exit.UNANSWERED


JOB = RunningJob(id="7", since="2026-11-26T09:00:00", nodes="gpu1")


@pytest.mark.parametrize(
    ("later", "ended", "expected"),
    [
        ((JOB,), {}, Exit.DONE),
        ((), {"7": "COMPLETED"}, Exit.DONE),
        ((), {"7": "NODE_FAIL"}, Exit.NO),
        ((), {}, Exit.UNANSWERED),
        ((JOB.model_copy(update={"since": "2026-11-26T10:00:09"}),), {}, Exit.NO),
    ],
)
def test_jobs_of_people_run_on_or_end_by_themselves(
    later: tuple[RunningJob, ...], ended: dict[str, str], expected: Exit
) -> None:
    world = World(jobs=(JOB,), jobs_later=later, ended=ended)
    assert status(world, grown(world)) is expected


def test_an_installed_host_that_could_not_be_told_is_named() -> None:
    world = World(bad={"deploy": {"gpu2": "names: no route"}})
    run = grown(world)
    assert (run.stands, status(world, run)) == ("done", Exit.NO)
    assert "gpu2 was not told of the new nodes" in "\n".join(run_lines(run, world.journal))


def test_roles_that_are_open_for_another_reason_are_not_done_under_cover_of_growth() -> None:
    world = World(open_roles=("names", "munge"))
    assert grown(world).stands == "open"
    assert not [each for each in world.done if each.startswith("deploy")]


def test_what_failed_before_growth_is_not_blamed_on_it() -> None:
    both = {"before": {"gpu1": "FAIL"}, "after": {"gpu1": "FAIL"}}
    world = World(bad=both)
    assert status(world, grown(world)) is Exit.DONE
    world = World(bad={"after": {"gpu1": "FAIL"}})
    assert status(world, grown(world)) is Exit.NO


def test_what_fell_gets_no_job_while_others_are_waited_for() -> None:
    world = World(bad={"burn-in": {"gpu4": "FAIL"}, "after": {"gpu3": "UNKNOWN"}})
    assert grown(world).stands == "open"
    assert world.slots["gpu4"].out
    assert "gpu3" not in world.slots


def test_an_installed_node_of_which_nobody_can_tell_afterwards_is_no_answer_of_yes() -> None:
    world = World(bad={"after": {"gpu1": "UNKNOWN"}})
    run = grown(world)
    assert (run.stands, status(world, run)) == ("done", Exit.UNANSWERED)


def test_a_node_that_somebody_drained_meanwhile_stays_theirs() -> None:
    world = World()
    world.drain("gpu3", "new memory")
    run = grown(world)
    assert run.stands == "open"
    assert world.slots["gpu3"].reason == "new memory"


def test_what_an_earlier_growth_left_out_comes_back_once_it_is_proven() -> None:
    world = World()
    world.drain("gpu3", "millwright-grow:grow-20261120-100000: burn-in: FAIL")
    run = grown(world)
    assert (run.stands, outcomes(run, world.journal)) == ("done", SERVED)
    assert not world.slots["gpu3"].out


def test_a_node_that_the_scheduler_does_not_hear_is_not_in_service() -> None:
    world = World(heard=False)
    run = grown(world)
    assert (run.stands, status(world, run)) == ("open", Exit.UNANSWERED)
    assert "in-service" not in world.states().values()
    world.heard = True
    assert status(world, grown(world)) is Exit.DONE


def test_killed_anywhere_it_goes_on_and_comes_to_the_same_end() -> None:
    whole = World(bad={"burn-in": {"gpu4": "FAIL"}})
    end = grown(whole)
    for at in range(1, whole.steps + 1):
        world = World(bad=whole.bad, kill_at=at)
        with pytest.raises(Killed):
            grown(world)
        world.kill_at = -1
        again = grown(world)
        assert again.stands == "done", at
        assert outcomes(again, world.journal) == outcomes(end, whole.journal), at
        assert world.states() == whole.states()
        same = {"at"}
        assert again.proof is not None
        assert end.proof is not None
        assert again.proof.model_dump(exclude=same) == end.proof.model_dump(exclude=same), at
        noted = [each.noted for each in world.kept if each.noted]
        assert all(each == noted[0] for each in noted), "what ran before is noted once"


def test_a_growth_that_something_ends_says_what_goes_on_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = grown(World(away=frozenset({"gpu4"})))
    with pytest.raises(KeyboardInterrupt), left_open(Door(tmp_path), run):
        raise KeyboardInterrupt
    told = " ".join(capsys.readouterr().err.split())
    assert f"{run.id} is open" in told
    assert "manage grow resume" in told


def test_a_growth_that_is_done_does_nothing_more() -> None:
    world = World()
    grown(world)
    before = replace(world)
    done, lines = list(before.done), len(before.journal)
    assert grown(world).stands == "done"
    assert (world.done, len(world.journal)) == (done, lines)
