"""`build resume` and `build retest`: disks are wiped by nobody who did not say so again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millwright.adapters.buildruns import BuildRun, begin, end, go_on
from millwright.adapters.workspace import Workspace
from millwright.build.left import left_of
from millwright.build.plan import Wish, plan
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from tests.cli.test_rma import verdict
from tests.conftest import Run
from tests.unit.build.plans import basis

AT = "2026-01-05T10:00:00Z"


def wiping(*tests: str) -> BuildPlan:
    """Return a plan of which the tests of disks wipe them."""
    made = plan(basis(), Wish(tests=frozenset(tests)))
    bent = [test.model_copy(update={"destructive": test.test == "disk"}) for test in made.tests]
    return made.model_copy(update={"tests": tuple(bent)})


def left(root: Path, made: BuildPlan, *over: str) -> BuildRun:
    """Return a run that was left with these tests over on every node."""
    with begin(Workspace(root), made) as kept:
        for test in over:
            for node in made.nodes():
                kept.done(Outcome(at=AT, node=node, test=test, came="measured"))
    return kept


def test_what_is_left_and_wipes_disks_wants_the_name_of_the_factory(
    tmp_path: Path, run: Run
) -> None:
    left(tmp_path, wiping("disk", "kernel-log"), "kernel-log")
    said = run("-C", tmp_path, "build", "resume", "--yes")
    assert (said.status, "disk wipe disks" in said.err) == (2, True)
    assert "--confirm=test" in said.err
    other = run("-C", tmp_path, "build", "resume", "--yes", "--confirm=other")
    assert (other.status, "'other'" in other.err) == (2, True)


def test_a_wipe_that_is_over_wants_no_name(tmp_path: Path, run: Run) -> None:
    left(tmp_path, wiping("disk"), "disk")
    said = run("-C", tmp_path, "build", "resume", "--yes")
    assert (said.status, "nothing to resume" in said.out) == (0, True)


@pytest.mark.parametrize("doubted", ["disk", "kernel-log"])
def test_a_retest_that_wipes_disks_wants_the_name_of_the_factory(
    doubted: str, tmp_path: Path, run: Run
) -> None:
    """Whether it is doubted itself, or was left when another one is."""
    over = ("disk", "kernel-log") if doubted == "disk" else ("kernel-log",)
    kept = left(tmp_path, wiping("disk", "kernel-log"), *over)
    end(Workspace(tmp_path), kept.folder, {})
    verdict(kept.folder, "retest")
    document = json.loads((kept.folder / "verdict.json").read_text())
    document["nodes"]["gpu1"]["findings"][0]["test"] = doubted
    (kept.folder / "verdict.json").write_text(json.dumps(document))
    said = run("-C", tmp_path, "build", "retest", "--yes")
    assert (said.status, "disk wipe disks" in said.err) == (2, True)


def test_a_pair_is_tested_again_for_the_doubt_in_either_of_its_nodes(tmp_path: Path) -> None:
    made = plan(basis(), Wish(tests=frozenset({"node-network", "kernel-log"})))
    (pair,) = (turn for turn in left_of(made, ()).turns if turn.peer)
    with begin(Workspace(tmp_path), made) as run:
        over = Outcome(at=AT, node=pair.runs_on, test="node-network", came="measured")
        run.done(over.model_copy(update={"peer": pair.peer}))
    for name, again in ((pair.runs_on, True), (pair.peer, True), ("gpu9", False)):
        with go_on(Workspace(tmp_path), run.folder, made) as kept:
            kept.reopen({("node-network", name)})
            tests = {turn.test.test for turn in left_of(made, kept.before).turns}
            assert ("node-network" in tests) is again


def test_a_run_that_was_killed_is_resumed_before_anything_of_it_is_repeated(
    tmp_path: Path, run: Run
) -> None:
    kept = left(tmp_path, wiping("disk", "kernel-log"), "kernel-log")
    verdict(kept.folder, "retest")
    said = run("-C", tmp_path, "build", "retest", "--yes")
    assert (said.status, "did not come to its end" in said.err) == (2, True)
    assert "millwright build resume" in said.err
