"""A cluster that grows while a job runs on it: in a lab of its own, for it is another one after."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import be_watched_closely
from tests.lab.rehearsal import Rehearsal, await_that, check_work, rehearsal

pytestmark = pytest.mark.long
ALLOWED = ("--allow-restart", "slurmctld")


@pytest.fixture(scope="module")
def growing(
    able: None, keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rehearsal]:
    """A cluster of two nodes, deployed, with a job of somebody's on one of them."""
    made = rehearsal(tmp_path_factory.mktemp("grow") / "site", 136, "{name: gpu, nodes: 2}")
    try:
        be_watched_closely(made)
        made.up("--bare")
        made.done("deploy", "apply", "--yes")
        yield made
    finally:
        made.down()


def grow(site: Rehearsal, *words: str) -> tuple[int, dict[str, Any]]:
    answer = site.say("manage", "grow", *words, "--json")
    assert answer.out, answer
    return answer.status, json.loads(answer.out)


def larger(site: Rehearsal) -> Path:
    """Write the spec of a third node beside the workspace's own."""
    text = (site.root / "factory.yaml").read_text()
    path = site.root / "larger.yaml"
    path.write_text(text.replace("nodes: 2", "nodes: 3"))
    return path


def test_a_third_node_comes_into_service_beside_a_job_and_nothing_else_starts_again(
    growing: Rehearsal,
) -> None:
    site, spec = growing, larger(growing)
    status, plan = grow(site, "plan", str(spec), "--exit-code")
    assert (status, plan["nodes"], plan["moves"], plan["open_steps"]) == (1, ["gpu3"], [], [])
    assert [each["unit"] for each in plan["restarts"]] == ["slurmctld"]
    assert grow(site, "plan", str(spec), "--exit-code", *ALLOWED)[0] == 0
    words = ("sbatch", "--parsable", "--exclusive", "--nodelist=gpu1", "--output=/dev/null")
    job = site.shell("head-1", *words, "--wrap=sleep 3600").strip()
    await_that(lambda: state_of(site, job) == "RUNNING")
    spec.replace(site.root / "factory.yaml")

    status, run = grow(site, "run", "--yes", "--trust", *ALLOWED)
    assert (status, run["stands"], run["outcomes"]) == (3, "open", {"gpu3": "not yet"})
    assert not [line for line in run["journal"] if line["step"] == "trust"]
    site.up("--bare")
    kill_at_its_work(site)
    status, run = grow(site, "resume")

    assert (status, run["stands"]) == (0, "done"), run
    assert run["outcomes"] == {"gpu3": "in service"}
    proof = run["proof"]
    assert (proof["restarted"], proof["unknown"]) == ([], [])
    assert proof["foreseen"] == ["slurmctld of head-1 was started again"]
    assert (proof["hosts"], proof["jobs"]) == (3, 1)
    assert proof["services"] > 20
    assert state_of(site, job) == "RUNNING"
    assert run["before"]["untested"].keys() == {"gpu1"}
    assert run["after"]["verdicts"].keys() == {"gpu2", "gpu3"}
    site.shell("head-1", "scancel", job)
    await_that(lambda: state_of(site, job) not in ("RUNNING", "COMPLETING"))
    check_work(site, 3)
    told = site.shell("head-1", "cat", "/etc/prometheus/targets/node-exporter.json")
    assert '"host": "gpu3"' in told
    assert site.say("manage", "grow", "plan", "--exit-code").status == 1


def kill_at_its_work(site: Rehearsal) -> None:
    """Begin to go on, and kill it while the new node is deployed."""
    begun = subprocess.Popen(
        site.words("manage", "grow", "resume"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    await_that(lambda: "trust" in site.say("manage", "grow", "status").out, 120.0)
    await_that(lambda: list((site.root / "runs").glob("*-deploy/plan.json"))[1:], 120.0)
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()


def state_of(site: Rehearsal, job: str) -> str:
    return site.shell("head-1", "squeue", "-h", "--states=all", "-j", job, "-o%T").strip()
