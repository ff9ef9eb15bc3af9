"""What a deployment survives with nothing lost: killed where it hurts, hosts that fall silent, and
packages that do not come.

It stands on the cluster that the other tests deploy, and leaves it as it was.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.rehearsal import Rehearsal, await_that, to_be_done

pytestmark = pytest.mark.usefixtures("deployed")
NODES = ("gpu1", "gpu2", "gpu3", "gpu4")
HOLD = "while ! test -e /run/let-go; do sleep 0.5; done"
"""A job that ends well as soon as somebody lets it."""
AWAY = """\
add table inet away
add chain inet away out { type filter hook output priority 0; }
add rule inet away out tcp dport 3142 reject
"""
"""Packet rules of a node from which the package source is gone."""


@dataclass(frozen=True)
class Running:
    """A command beside the test, and what it has said so far."""

    process: subprocess.Popen[bytes]
    said_to: Path

    def said(self) -> str:
        return self.said_to.read_text()

    def await_word(self, words: str, within_s: float = 300.0) -> None:
        def come() -> bool:
            assert words in self.said() or self.process.poll() is None, self.said()
            return words in self.said()

        await_that(come, within_s)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def ended(self) -> int:
        return self.process.wait(timeout=600)


@contextlib.contextmanager
def running(site: Rehearsal, *words: str) -> Iterator[Running]:
    """Run a command beside the test; it is killed at the end, whatever happens."""
    with (
        tempfile.NamedTemporaryFile() as said,
        subprocess.Popen(
            site.words(*words),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield Running(process, Path(said.name))
        finally:
            process.kill()


def begun(role: str, hosts: str) -> str:
    """Return what a run says when Ansible is at work on a role."""
    return f"  {role:18} {hosts}  begun"


def standing(site: Rehearsal, role: str, host: str) -> str:
    asked = "select standing from host_roles where role = ? and host = ?"
    with contextlib.closing(sqlite3.connect(site.root / "state.db")) as ledger:
        return str(ledger.execute(asked, (role, host)).fetchone()[0])


def last_run(site: Rehearsal) -> Path:
    return max(site.root.glob("runs/*-deploy"))


def of_slurm(site: Rehearsal, node: str) -> str:
    """Return state and reason of a node."""
    return site.shell("head-1", "sinfo", "-h", "-N", "-n", node, "-o", "%T|%E").strip()


def works_for(run: Path) -> list[str]:
    """Return the processes that still work for a run."""
    found = []
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(run).encode() in words.read_bytes():
                found.append(words.parent.name)
    return found


def temporary() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("mw-*"))


def test_a_run_killed_while_it_drains_is_gone_on_with_and_no_job_is_ended(site: Rehearsal) -> None:
    to_be_done(site, "gpu-driver", "gpu1")
    script = ("sbatch", "--parsable", "-w", "gpu1", "--output=/dev/null", f"--wrap={HOLD}")
    job = ("scontrol", "show", "job", site.shell("head-1", *script).strip(), "--oneliner")
    await_that(lambda: "JobState=RUNNING" in site.shell("head-1", *job), 60.0)
    words = ("apply", "--yes", "--allow-jobs", "--drain-wait", "900")
    with running(site, "deploy", *words) as run:
        await_that(lambda: of_slurm(site, "gpu1").startswith("draining|millwright:"), 180.0)
        run.kill()
    killed = last_run(site).name
    assert of_slurm(site, "gpu1") == f"draining|millwright:{killed}"
    with running(site, "deploy", "resume", "--yes") as run:
        run.await_word(f"going on with runs/{killed}")
        await_that(lambda: last_run(site).name != killed, 60.0)
        time.sleep(2.0)
        assert "JobState=RUNNING" in site.shell("head-1", *job)
        site.shell("gpu1", "touch", "/run/let-go")
        assert run.ended() == 0, run.said()
    site.shell("gpu1", "rm", "/run/let-go")
    assert standing(site, "gpu-driver", "gpu1") == "proven"
    told = site.shell("head-1", *job)
    assert ("JobState=COMPLETED" in told, "ExitCode=0:0" in told) == (True, True), told
    await_that(lambda: of_slurm(site, "gpu1") == "idle|none", 60.0)
    assert "nothing to resume" in site.done("deploy", "resume", "--yes")


def test_a_run_that_is_ended_again_and_again_loses_nothing(site: Rehearsal) -> None:
    to_be_done(site, "munge", "gpu2")
    to_be_done(site, "dcgm", "gpu3")
    before = temporary()

    with running(site, "deploy", "apply", "--yes") as run:
        run.await_word(begun("dcgm", "gpu3 (1)"))
        await_that(lambda: works_for(last_run(site)))
        run.kill()
    await_that(lambda: not works_for(last_run(site)), 60.0)
    assert standing(site, "dcgm", "gpu3") == "failed"
    assert temporary() - before
    site.done("evidence", "verify")

    site.breaks("gpu3", "hung-smi")
    try:
        with running(site, "deploy", "resume", "--yes") as run:
            run.await_word(begun("dcgm", "gpu3 (1)"))
            chain = last_run(site) / "evidence.jsonl"
            await_that(lambda: '"dcgm.yml"' in chain.read_text(), 180.0)
            run.kill()
    finally:
        site.heals("gpu3")
    assert standing(site, "dcgm", "gpu3") == "failed"

    with running(site, "deploy", "resume", "--yes") as run:
        run.await_word(begun("munge", "gpu2 (1)"))
        run.process.send_signal(signal.SIGINT)
        assert run.ended() == 130
        assert "`millwright deploy resume` goes on" in run.said()
    assert not works_for(last_run(site))
    assert standing(site, "munge", "gpu2") == "unknown"

    site.done("deploy", "resume", "--yes")
    assert standing(site, "dcgm", "gpu3") == standing(site, "munge", "gpu2") == "proven"
    assert temporary() <= before
    site.done("evidence", "verify")


def test_nodes_that_fall_silent_in_the_middle_cost_themselves_only(site: Rehearsal) -> None:
    to_be_done(site, "dcgm", *NODES)
    to_be_done(site, "slurm-controller", "head-1")
    try:
        with running(site, "deploy", "apply", "--yes") as run:
            run.await_word(begun("dcgm", "gpu[2-4] (3)"))
            site.breaks("gpu2", "dead")
            site.breaks("gpu3", "black-hole")
            status = run.ended()
            said = run.said()
    finally:
        site.heals("gpu[2-3]")
    assert status == 3, said
    found = {node: standing(site, "dcgm", node) for node in NODES}
    assert found == {"gpu1": "proven", "gpu2": "unknown", "gpu3": "unknown", "gpu4": "proven"}
    assert standing(site, "slurm-controller", "head-1") == "proven"
    assert "nothing to resume" in site.done("deploy", "resume", "--yes")
    steps = json.loads(site.done("deploy", "plan", "--json"))["steps"]
    assert {(step["role"], step["host"]) for step in steps} == {("dcgm", "gpu2"), ("dcgm", "gpu3")}
    site.done("deploy", "apply", "--yes")
    assert {standing(site, "dcgm", node) for node in NODES} == {"proven"}
    back_in_service(site, "gpu2")


def back_in_service(site: Rehearsal, node: str) -> None:
    """Do what a person does with a node that lost its power: nobody else gives it work again."""

    def idle() -> bool:
        site.tells("head-1", "scontrol", "update", f"NodeName={node}", "State=RESUME")
        return of_slurm(site, node) == "idle|none"

    await_that(idle, 60.0)


def test_a_lock_is_waited_for_and_a_full_disk_and_a_lost_source_are_named(
    site: Rehearsal,
) -> None:
    for node in NODES[1:]:
        site.shell(node, "dpkg", "--remove", "--force-depends", "slurm-client")
    to_be_done(site, "slurm-node", *NODES[1:])
    site.breaks("gpu2", "package-lock")
    site.breaks("gpu3", "full-disk:/tmp")
    site.shell("gpu4", "sh", "-c", 'printf "%s" "$1" | nft -f -', "sh", AWAY)
    try:
        with running(site, "deploy", "apply", "--yes") as run:
            run.await_word(begun("slurm-node", "gpu2 (1)"))
            time.sleep(15.0)
            assert run.process.poll() is None
            site.heals("gpu2")
            status, said = run.ended(), run.said()
    finally:
        site.heals("gpu[2-3]")
        site.shell("gpu4", "nft", "delete", "table", "inet", "away")
    assert status == 1, said
    assert standing(site, "slurm-node", "gpu2") in ("proven", "not testable"), said
    assert "gpu3 (1)  FAIL  a file system is full (at '" in said
    assert "gpu4 (1)  FAIL  the package source does not answer (at '" in said
    site.done("deploy", "apply", "--yes")
    for node in NODES[1:]:
        assert "install ok" in site.shell(node, "dpkg-query", "-W", "-f=${Status}", "slurm-client")


def test_a_plan_whose_steps_stand_by_now_is_refused_by_name(site: Rehearsal) -> None:
    to_be_done(site, "munge", "gpu2")
    site.done("deploy", "plan", "--out", str(site.root / "shown.json"))
    site.done("deploy", "apply", "--yes")
    stale = site.say("deploy", "apply", "--yes", "--plan", str(site.root / "shown.json"))
    assert stale.status == 1
    assert "the plan is stale, and nothing was done: munge on gpu2 stands by now" in stale.err


def test_at_the_end_everything_stands_and_nothing_is_drained(site: Rehearsal) -> None:
    assert json.loads(site.done("deploy", "plan", "--json"))["steps"] == []
    assert {of_slurm(site, node) for node in NODES} == {"idle|none"}
