"""A burn-in that Slurm executes: behind people's jobs, past drained nodes, through a kill."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.lab.rehearsal import Rehearsal, await_that
from tests.lab.test_build import lines, run_folder

OURS = ("squeue", "--all", "--array", "--noheader", "--format=%T|%N|%k")


def jobs(site: Rehearsal, state: str) -> list[str]:
    """Return the nodes of the last run's jobs that are in a state."""
    told = site.shell("head-1", *OURS).splitlines()
    rows = [line.split("|", 2) for line in told]
    mark = f"millwright/{run_folder(site).name}/"
    return [row[1] for row in rows if row[0] == state and row[2].startswith(mark)]


def begun_slurm(site: Rehearsal) -> subprocess.Popen[bytes]:
    run = subprocess.Popen(
        site.words("build", "run", "--executor", "slurm", "--yes"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    await_that(lambda: b"slurm" in executor(site), 60.0)
    return run


def executor(site: Rehearsal) -> bytes:
    file = run_folder(site) / "executor.json"
    return file.read_bytes() if file.is_file() else b""


@pytest.fixture
def somebodys_job(deployed: Rehearsal) -> Iterator[str]:
    """A job of a person, which has a node to itself."""
    words = ("sbatch", "--parsable", "--exclusive", "--nodelist=gpu1", "--output=/dev/null")
    job = deployed.shell("head-1", *words, "--wrap=sleep 20").strip()
    await_that(
        lambda: deployed.shell("head-1", "squeue", "-h", "-j", job, "-o%T").strip() == "RUNNING"
    )
    yield job
    deployed.tells("head-1", "scancel", job)


def test_slurm_runs_the_plan_behind_peoples_jobs_past_drained_nodes_and_through_a_kill(
    deployed: Rehearsal, somebodys_job: str
) -> None:
    site = deployed
    site.done("build", "plan", "--tests", "gpu-inventory,node-network,gpu-burn")
    drain = ("scontrol", "update", "NodeName=gpu4", "State=DRAIN", "Reason=new memory")
    site.shell("head-1", *drain)
    try:
        run = begun_slurm(site)
        await_that(lambda: "RUNNING" in jobs_by_state(site), 60.0)
        await_that(lambda: "pending in Slurm" in site.say("build", "status").out, 30.0)
        run.send_signal(signal.SIGKILL)
        run.wait()
        ids = {line["job"] for line in queued(site)}
        resumed = site.say("build", "resume", "--yes", "--json")
    finally:
        site.shell("head-1", "scontrol", "update", "NodeName=gpu4", "State=RESUME")
    assert ids
    outcomes = json.loads(resumed.out)["outcomes"]
    check_outcomes(resumed.status, outcomes)
    words = ("sacct", "-n", "-X", "-P", "-j", somebodys_job, "-oState")
    assert site.shell("head-1", *words).strip() in ("COMPLETED", "RUNNING")
    assert site.say("evidence", "verify", run_folder(site).name).status == 0


def check_outcomes(status: int, outcomes: list[dict[str, str]]) -> None:
    """See that all was measured but what the drained node takes part in, once, and apart."""
    last = {(o["test"], o["node"], o["peer"]): o for o in outcomes}
    out = {key for key in last if "gpu4" in key[1:]}
    assert {last[key]["came"] for key in out} == {"not run"}
    assert all("new memory" in last[key]["reason"] for key in out)
    rest = [o for key, o in last.items() if key not in out]
    assert {o["came"] for o in rest} == {"measured"}
    assert {o["attempt"] for o in rest} == {1}
    assert status == 3
    starts = sorted(datetime.fromisoformat(o["began"]) for o in rest if o["test"] == "gpu-burn")
    gaps = [(b - a).total_seconds() for a, b in zip(starts, starts[1:], strict=False)]
    assert len(starts) == 3
    assert min(gaps) >= 0.5


def queued(site: Rehearsal) -> list[dict[str, str]]:
    told: list[dict[str, str]] = json.loads(site.say("build", "status", "--json").out)["slurm"][
        "jobs"
    ]
    return told


def jobs_by_state(site: Rehearsal) -> set[str]:
    return {line["state"] for line in queued(site)}


def test_ctrl_c_cancels_the_jobs_of_the_run_and_nobody_elses(
    deployed: Rehearsal, somebodys_job: str
) -> None:
    site = deployed
    site.done("build", "plan", "--tests", "gpu-burn")
    run = begun_slurm(site)
    await_that(lambda: {"RUNNING", "PENDING"} <= jobs_by_state(site), 60.0)
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 130
    await_that(lambda: queued(site) == [], 60.0)
    state = site.shell("head-1", "squeue", "-h", "-j", somebodys_job, "-o%T").strip()
    assert state == "RUNNING"
