"""Bare hosts become a Slurm cluster: killed on the way, gone on with, proven at the end."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess

from millwright.adapters.secretfiles import secret
from millwright.adapters.workspace import Workspace
from tests.lab.rehearsal import Rehearsal, await_that, check_work


def standings(site: Rehearsal) -> dict[tuple[str, str], str]:
    """Return how roles stand, read past the tool that is at work."""
    file = site.root / "state.db"
    if not file.exists():
        return {}
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as ledger:
        found = ledger.execute(
            "select role, host, standing from host_roles where 1"
            if ledger.execute("select 1 from sqlite_master where name = 'host_roles'").fetchone()
            else "select 1, 1, 1 where 0"
        ).fetchall()
    ledger.close()
    return {(role, host): standing for role, host, standing in found}


def test_what_would_be_in_the_way_is_told_before(site: Rehearsal) -> None:
    told = json.loads(site.done("deploy", "check", "--json"))
    hosts = ["gpu1", "gpu2", "gpu3", "gpu4", "head-1"]
    assert told["hosts"] == hosts
    assert {(r["host"], r["standing"]) for r in told["remarks"]} == {
        (host, "not testable") for host in hosts
    }
    site.breaks("gpu1", "package-lock", "clock-skew:600")
    site.breaks("gpu2", "dead")
    try:
        answer = site.say("deploy", "check")
    finally:
        site.heals("gpu[1-2]")
    assert answer.status == 1
    assert "gpu1 (1)  FAIL  its package lock is held" in answer.out
    assert "gpu1 (1)  FAIL  its clock is " in answer.out
    assert "gpu2 (1)  UNKNOWN  it does not answer: " in answer.out
    assert "its disks are its machine's  SIMULATED" in answer.out


def test_a_killed_run_keeps_what_was_proven(site: Rehearsal) -> None:
    unasked = site.say("deploy", "apply")
    assert (unasked.status, "say --yes" in unasked.err) == (2, True)
    with subprocess.Popen(
        site.words("deploy", "apply", "--yes"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        await_that(lambda: len(standings(site)) >= 4, 120.0)
        running.send_signal(signal.SIGKILL)
    before = standings(site)
    assert set(before.values()) <= {"proven", "not testable"}
    site.done("evidence", "verify")
    planned = json.loads(site.done("deploy", "plan", "--json"))
    assert planned["done"] == len(before)
    assert not {(s["role"], s["host"]) for s in planned["steps"]} & set(before)


def test_from_there_it_goes_on_to_a_cluster_that_works(site: Rehearsal) -> None:
    site.done("deploy", "resume", "--yes")
    assert {standing for standing in standings(site).values()} == {"proven", "not testable"}
    check_work(site)


def test_another_run_does_nothing_and_proves_it(site: Rehearsal) -> None:
    plays = len(list(site.root.glob("runs/*/plays/*")))
    told = site.done("deploy", "apply", "--yes")
    assert re.match(r"nothing to do: \d+ roles on hosts stand already · SIMULATED", told)
    assert "slurm-node         gpu[1-4] (4)  not testable  this host cannot raise memlock" in told
    assert "limits             gpu[1-4],head-1 (5)  not testable  " in told
    assert "kernel-parameters  gpu[1-4],head-1 (5)  not testable  " in told
    assert len(list(site.root.glob("runs/*/plays/*"))) == plays


def test_what_breaks_afterwards_is_seen_and_named(site: Rehearsal) -> None:
    site.breaks("gpu1", "missing-gpu:3")
    answer = site.say("deploy", "verify")
    site.heals("gpu1")
    assert answer.status == 1
    assert "gpu-driver         gpu1 (1)  FAIL  7 GPUs" in answer.out
    assert site.say("deploy", "verify").status == 0


def test_a_node_that_somebody_drained_stays_drained(site: Rehearsal) -> None:
    drain = ("scontrol", "update", "NodeName=gpu1", "State=DRAIN", "Reason=by-hand")
    site.shell("head-1", *drain)
    site.done("deploy", "apply", "--yes")
    told = site.shell("head-1", "scontrol", "show", "node", "gpu1", "--oneliner")
    assert "DRAIN" in told
    assert "Reason=by-hand" in told
    site.shell("head-1", "scontrol", "update", "NodeName=gpu1", "State=RESUME")


def test_secrets_are_nowhere_but_on_hosts(site: Rehearsal) -> None:
    known = [secret(Workspace(site.root), name, 0) for name in ("munge-key", "slurmdbd-password")]
    assert [len(each) for each in known] == [1024, 24]
    for file in site.root.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(each in content for each in known), file
    assert site.shell("gpu1", "cat", "/etc/munge/munge.key").encode() == known[0]
    assert site.shell("gpu1", "stat", "-c", "%a %U", "/etc/munge/munge.key") == "400 munge\n"
