"""A rolling update on real hosts: jobs go on, none is lost, a kill repeats nothing, and back."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

import pytest

from tests.lab.rehearsal import Rehearsal, await_that

OLD, NEW = "580.95.05", "580.105.08"
ORDER = ("manage", "update", "apply", "--set", f"driver={NEW}", "--bake", "0", "--yes")
TWO_AT_ONCE = "schema: millwright.remedy/1\nfactory: rehearsal\nlimits: {most_out_share: 0.5}\n"


@pytest.fixture(autouse=True)
def as_it_was(deployed: Rehearsal) -> Iterator[None]:
    """The old driver runs again, whatever a test came to; the scheduler has every node."""
    yield
    if any(set(smi(deployed, node)) != {OLD} for node in nodes_of(deployed)):
        deployed.say("manage", "update", "apply")
        deployed.say("manage", "update", "rollback", "--yes")
    (deployed.root / "remedy.yaml").unlink(missing_ok=True)
    for node, reason in out(deployed).items():
        if reason.startswith("millwright-"):
            deployed.tells("head-1", "scontrol", "update", f"NodeName={node}", "State=RESUME")


def nodes_of(site: Rehearsal) -> list[str]:
    return sorted(host for host in site.status() if host.startswith("gpu"))


def out(site: Rehearsal) -> dict[str, str]:
    """Return the nodes that get no jobs, each with the reason."""
    told = site.shell("head-1", "sinfo", "--noheader", "--Node", "--format=%N|%T|%E")
    rows = [line.split("|", 2) for line in told.splitlines()]
    return {node: why for node, state, why in rows if state.startswith(("dr", "down", "fail"))}


def smi(site: Rehearsal, node: str) -> list[str]:
    words = ("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")
    return site.tells(node, *words).out.split()


def manager(site: Rehearsal, node: str) -> str:
    """Return the version of the fabric manager; it runs beside a driver of the same one alone."""
    site.shell(node, "systemctl", "is-active", "nvidia-fabricmanager")
    return site.shell(node, "nv-fabricmanager", "--version").split()[-1]


def boot_id(site: Rehearsal, node: str) -> str:
    return site.shell(node, "cat", "/proc/sys/kernel/random/boot_id").strip()


def run_of(site: Rehearsal) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(site.say("manage", "update", "status", "--json").out)
    return told


def deeds(site: Rehearsal, run: str = "upd-") -> list[dict[str, Any]]:
    """Return the journal of a run, or of all."""
    with sqlite3.connect(f"file:{site.root / 'state.db'}?mode=ro", uri=True) as book:
        try:
            rows = book.execute("select document from remedy_journal order by id").fetchall()
        except sqlite3.OperationalError:
            return []
    return [deed for row in rows if (deed := json.loads(row[0]))["incident"].startswith(run)]


def begun(journal: Sequence[dict[str, Any]], node: str, remedy: str) -> list[dict[str, Any]]:
    """Return how often something was begun on a node."""
    wanted = (node, "act", "intent", remedy)
    return [d for d in journal if (d["node"], d["step"], d["phase"], d["remedy"]) == wanted]


def killed_after(site: Rehearsal, line: str, *words: str) -> None:
    """Give an order, and kill it once it has said a line."""
    with subprocess.Popen(
        site.words(*ORDER, *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as first:
        assert first.stderr is not None
        try:
            said = list(takewhile(lambda each: not each.startswith(line), first.stderr))
            assert first.poll() is None, said
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(first.pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the accounting has it."""

    id: str
    state: str
    node: str
    start: float
    end: float


SUBMIT = """\
where=$1; shift
sbatch --parsable --exclusive -N1 -w "$where" --output=/dev/null --wrap='sleep 8'
for seconds; do
    sbatch --parsable --exclusive -N1 --output=/dev/null --wrap="sleep $seconds"
done
"""
"""Constant shell text: a short job on one node, and others anywhere, a whole node each."""


def submitted(site: Rehearsal, node: str, others: int) -> list[str]:
    """Hand jobs in: a short one that a node must be waited for, and others of 20 s."""
    told = site.shell("head-1", "sh", "-c", SUBMIT, "sh", node, *("20",) * others)
    return told.split()


def ended(site: Rehearsal, jobs: Sequence[str]) -> list[Job]:
    """Return jobs once none is left, every start of each: a job that began twice is there twice."""
    await_that(lambda: not site.shell("head-1", "squeue", "-h", "-j", ",".join(jobs)), 300.0)
    fields = "JobID,State,NodeList,Start,End"
    words = ("env", "TZ=UTC", "sacct", "-nXPD", "-o", fields, "-j", ",".join(jobs))

    def told() -> list[Job]:
        rows = [line.split("|") for line in site.shell("head-1", *words).splitlines()]
        known = [row for row in rows if "Unknown" not in row]
        found = [Job(r[0], r[1], r[2], moment(r[3]), moment(r[4])) for r in known]
        return found if len(found) >= len(jobs) else []

    return await_that(told, 60.0)


def moment(told: str) -> float:
    at = datetime.fromisoformat(told)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def away(journal: Sequence[dict[str, Any]], node: str) -> tuple[float, float]:
    """Return from when to when a node was drained and empty, by the journal."""
    first = next(d for d in journal if (d["node"], d["step"]) == (node, "act"))
    last = [d for d in journal if (d["node"], d["step"]) == (node, "return")][0]
    return moment(first["at"]), moment(last["at"])


def none_is_lost(site: Rehearsal, jobs: Sequence[str], updated: Sequence[str]) -> None:
    """Each job ended well and once; none ran where a node was at work on; others ran meanwhile."""
    journal = deeds(site, run_of(site)["id"])
    done = ended(site, jobs)
    assert [(job.id, job.state) for job in done] == [(job, "COMPLETED") for job in jobs]
    for node in updated:
        since, until = away(journal, node)
        meanwhile = [job for job in done if job.start < until and job.end > since]
        assert node not in {job.node for job in meanwhile}, (node, since, until, done)
        assert meanwhile, (node, since, until, done)


def has(site: Rehearsal, node: str, version: str) -> bool:
    return set(smi(site, node)) == {version} == {manager(site, node)}


@pytest.mark.long
def test_a_node_is_updated_while_jobs_run_survives_a_kill_and_goes_back(
    deployed: Rehearsal,
) -> None:
    site, node = deployed, "gpu2"
    before = boot_id(site, node)
    jobs = submitted(site, node, 9)
    killed_after(site, f"{node} starts again", "--nodes", node)
    assert out(site)[node].startswith("millwright-update:upd-")
    refused = site.say(*ORDER)
    assert (refused.status, "is open" in refused.err) == (2, True)
    site.done("manage", "update", "apply")
    assert run_of(site)["outcomes"] == {node: "updated"}
    journal = deeds(site, run_of(site)["id"])
    assert [len(begun(journal, node, what)) for what in ("update", "reboot")] == [1, 1]
    assert begun(journal, node, "reboot")[0]["boot_id"] == before != boot_id(site, node)
    assert has(site, node, NEW)
    assert set(smi(site, "gpu1")) == {OLD}
    assert node not in out(site)
    none_is_lost(site, jobs, [node])
    site.done("manage", "update", "rollback", "--yes")
    assert has(site, node, OLD)
    assert node not in out(site)


@pytest.mark.long
def test_all_nodes_are_updated_in_waves_while_jobs_run_on_the_rest(deployed: Rehearsal) -> None:
    site, nodes = deployed, nodes_of(deployed)
    (site.root / "remedy.yaml").write_text(TWO_AT_ONCE)
    jobs = submitted(site, nodes[0], 40)
    killed_after(site, "gpu2, gpu3: nvidia-driver-cuda")
    site.done("manage", "update", "apply")
    run = run_of(site)
    assert run["outcomes"] == dict.fromkeys(nodes, "updated")
    assert [len(wave) for wave in run["plan"]["waves"]] == [1, 2, 1]
    journal = deeds(site, run["id"])
    for node in nodes:
        assert [len(begun(journal, node, what)) for what in ("update", "reboot")] == [1, 1]
        assert has(site, node, NEW)
    assert out(site) == {}
    none_is_lost(site, jobs, nodes)
    site.done("manage", "update", "rollback", "--yes")
    assert [has(site, node, OLD) for node in nodes] == [True] * len(nodes)
    assert out(site) == {}
