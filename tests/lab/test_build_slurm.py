"""A burn-in that Slurm executes: behind people's jobs, past drained nodes, through a kill."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.lab.rehearsal import Rehearsal, await_that
from tests.lab.test_build import run_folder


def begun_slurm(site: Rehearsal) -> subprocess.Popen[bytes]:
    """Begin a run, and wait until its folder says who begins its tests."""
    before = begun_runs(site)
    run = subprocess.Popen(
        site.words("build", "run", "--executor", "slurm", "--yes"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    await_that(lambda: begun_runs(site) - before, 60.0)
    return run


def begun_runs(site: Rehearsal) -> set[Path]:
    return set((site.root / "runs").glob("*-build/executor.json"))


@pytest.fixture
def somebodys_job(deployed: Rehearsal) -> Iterator[str]:
    """A job of a person, which has the first node to itself."""
    job = begun_job(deployed)
    yield job
    deployed.tells("head-1", "scancel", job)


def begun_job(site: Rehearsal) -> str:
    words = ("sbatch", "--parsable", "--exclusive", "--nodelist=gpu1", "--output=/dev/null")
    job = site.shell("head-1", *words, "--wrap=sleep 40").strip()
    await_that(lambda: state_of(site, job) == "RUNNING")
    return job


def state_of(site: Rehearsal, job: str) -> str:
    return site.shell("head-1", "squeue", "-h", "--states=all", "-j", job, "-o%T").strip()


def test_slurm_runs_the_plan_behind_peoples_jobs_past_drained_nodes_and_through_a_kill(
    deployed: Rehearsal, somebodys_job: str
) -> None:
    site = deployed
    last = max(name for name in site.status() if name.startswith("gpu"))
    site.done("build", "plan", "--tests", "gpu-inventory,node-network,host-to-gpu")
    drain = ("scontrol", "update", f"NodeName={last}", "State=DRAIN", "Reason=new memory")
    site.shell("head-1", *drain)
    try:
        run = begun_slurm(site)
        await_that(lambda: "pending in Slurm: " in site.say("build", "status").out, 60.0)
        run.send_signal(signal.SIGKILL)
        run.wait()
        waits = {each["turn"]: each["job"] for each in queued(site) if each["node"] == "gpu1"}
        resumed = site.say("build", "resume", "--yes", "--json")
    finally:
        site.shell("head-1", "scontrol", "update", f"NodeName={last}", "State=RESUME")
    assert list(waits) == ["gpu-inventory.0.1"]
    assert resumed.status == 3
    check_outcomes(json.loads(resumed.out)["outcomes"], last)
    assert state_of(site, somebodys_job) in ("COMPLETED", "COMPLETING")
    assert site.say("evidence", "verify", run_folder(site).name).status == 0
    told = site.shell("head-1", "sacct", "-nXP", "-oJobID,State", "-j", *waits.values())
    assert told.splitlines() == [f"{waits['gpu-inventory.0.1']}|COMPLETED"]


def check_outcomes(outcomes: list[dict[str, Any]], drained: str) -> None:
    """See that all was measured at its first try, and apart; what a drained node takes part in was
    not, and says why."""
    last = {(o["test"], o["node"], o["peer"]): o for o in outcomes}
    out = {key for key in last if drained in key[1:]}
    assert {last[key]["came"] for key in out} == {"not run"}
    assert all("new memory" in last[key]["reason"] for key in out)
    rest = [o for key, o in last.items() if key not in out]
    assert {o["came"] for o in rest} == {"measured"}
    assert {o["attempt"] for o in rest} == {1}
    under_load = [o["began"] for o in rest if o["test"] == "host-to-gpu"]
    starts = sorted(map(datetime.fromisoformat, under_load))
    assert starts
    gaps = [(b - a).total_seconds() for a, b in zip(starts, starts[1:], strict=False)]
    assert all(gap >= 0.5 for gap in gaps), starts


def queued(site: Rehearsal) -> list[dict[str, str]]:
    told: dict[str, list[dict[str, str]]]
    told = json.loads(site.say("build", "status", "--json").out)["slurm"]
    return told["jobs"]


def states(site: Rehearsal) -> set[str]:
    return {each["state"] for each in queued(site)}


def test_ctrl_c_cancels_the_jobs_of_the_run_and_nobody_elses(
    deployed: Rehearsal, somebodys_job: str
) -> None:
    site = deployed
    site.done("build", "plan", "--tests", "gpu-burn")
    run = begun_slurm(site)
    await_that(lambda: {"RUNNING", "PENDING"} <= states(site), 60.0)
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 130
    await_that(lambda: queued(site) == [], 60.0)
    assert state_of(site, somebodys_job) == "RUNNING"
    assert site.tells("gpu2", "pgrep", "--full", "gpu_burn -tc").status == 1
