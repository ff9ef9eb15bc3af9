"""Drills on real hosts: a node without power, a head beside itself, a site without its WAN."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.rehearsal import Rehearsal, await_that

CONF = "/etc/slurm/slurm.conf"
QUICK = """\
cp -p "$1" /root/before-drill
sed -i -e '/^AuthInfo=/d' -e 's/^SlurmdTimeout=.*/SlurmdTimeout=20/' "$1"
echo AuthInfo=cred_expire=10 >>"$1"
systemctl restart slurmctld
"""
BACK = 'cp -p /root/before-drill "$1" && rm /root/before-drill && systemctl restart slurmctld'


@pytest.fixture
def impatient(deployed: Rehearsal) -> Iterator[Rehearsal]:
    """Slurm gives a silent node up after 20 s instead of 300, and requeues after 10."""
    deployed.shell("head-1", "sh", "-c", QUICK, "sh", CONF)
    await_that(lambda: set(states(deployed).values()) == {"idle"}, 60.0)
    yield deployed
    deployed.shell("head-1", "sh", "-c", BACK, "sh", CONF)
    for node, state in states(deployed).items():
        if state.startswith("down"):
            deployed.tells("head-1", "scontrol", "update", f"NodeName={node}", "State=RESUME")
    await_that(lambda: set(states(deployed).values()) == {"idle"}, 60.0)


def states(site: Rehearsal) -> dict[str, str]:
    told = site.tells("head-1", "sinfo", "--noheader", "--Node", "--format=%N %T").out
    return {line.split()[0]: line.split()[1] for line in told.splitlines() if line.strip()}


def drill(site: Rehearsal, *words: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    answer = site.say("manage", "drill", *words, "--json")
    assert answer.out, answer
    told = json.loads(answer.out)
    return answer.status, told, {each["name"]: each for each in told.get("figures", ())}


def cut(site: Rehearsal, host: str) -> bool:
    return "millwright_drill" in site.tells(host, "nft", "list", "tables").out


def test_a_node_loses_its_power_its_job_goes_on_elsewhere_and_it_comes_back_proven(
    impatient: Rehearsal,
) -> None:
    refused = impatient.say("manage", "drill", "run", "node-loss", "--nodes", "gpu3")
    assert (refused.status, "--confirm=rehearsal" in refused.err) == (2, True)
    words = ("run", "node-loss", "--nodes", "gpu3", "--confirm=rehearsal")
    status, told, figures = drill(impatient, *words)
    assert (status, told["stands"], told["simulated"]) == (1, "done", True), told
    assert told["verdict"] == "UNKNOWN"
    assert "no objective is set" in told["why"]
    for name in ("scheduler-knows", "job-requeued", "job-elsewhere", "health-names", "node-back"):
        assert 0 < figures[name]["value"] < 600, figures[name]
    steps = [(each["step"], each["phase"]) for each in told["timeline"]]
    assert steps.index(("lose", "intent")) < steps.index(("lose", "done"))
    await_that(lambda: states(impatient)["gpu3"] == "idle", 60.0)
    await_that(lambda: impatient.shell("head-1", "squeue", "--noheader") == "")


def test_a_second_head_answers_from_the_newest_backup_and_the_first_is_not_touched(
    deployed: Rehearsal,
) -> None:
    # A controller saves what it knows of accounting when it ends, and every five minutes.
    deployed.shell("head-1", "systemctl", "restart", "slurmctld")
    await_that(lambda: set(states(deployed).values()) == {"idle"}, 60.0)
    deployed.shell("head-1", "/usr/local/lib/millwright/backup", "take")
    pid = deployed.shell("head-1", "systemctl", "show", "--property=MainPID", "slurmctld")
    status, told, figures = drill(deployed, "run", "head-restore", "--yes")
    assert (status, told["stands"]) == (1, "done"), told
    assert figures["rows"]["verdict"] == "PASS"
    assert figures["controller"]["verdict"] == "PASS", figures["controller"]
    assert figures["missing"]["verdict"] == "PASS", figures["missing"]
    assert figures["backup-age"]["verdict"] == "UNKNOWN"
    assert figures["backup-age"]["value"] > 0
    assert deployed.shell("head-1", "systemctl", "show", "--property=MainPID", "slurmctld") == pid
    left = deployed.shell("head-1", "ls", "/var/tmp")
    assert "millwright-trial-" not in left


def test_without_its_wan_the_site_goes_on_and_each_host_undoes_the_cut_itself(
    deployed: Rehearsal,
) -> None:
    status, told, figures = drill(deployed, "run", "wan-loss", "--minutes", "0.5", "--yes")
    assert (status, told["stands"]) == (1, "done"), told
    assert figures["cut"]["value"] == 2, figures["cut"]
    assert figures["inside-broken"]["value"] == 0, figures["inside-broken"]
    assert figures["standstill"]["value"] < 15
    assert figures["new-work"]["value"] > 0
    assert figures["outside-stopped"]["value"] > 0
    assert figures["whole-again"]["why"] == "each host undid it by its own timer"
    assert not any(cut(deployed, host) for host in told["plan"]["nodes"])


@pytest.mark.long
def test_killed_within_the_cut_hosts_undo_it_and_resume_closes_the_drill(
    deployed: Rehearsal,
) -> None:
    words = deployed.words("manage", "drill", "run", "wan-loss", "--minutes", "0.5", "--yes")
    first = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True)
    await_that(lambda: cut(deployed, "head-1"), 60.0)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    await_that(lambda: not cut(deployed, "head-1"), 60.0)
    status, told, _ = drill(deployed, "resume")
    assert (told["stands"], told["verdict"]) == ("done", "UNKNOWN")
    # A kill after the last look within the cut leaves nothing unseen.
    assert status in (1, 3)
    await_that(lambda: deployed.shell("head-1", "squeue", "--noheader") == "")


@pytest.mark.long
def test_killed_while_a_node_is_without_power_resume_gives_it_back(impatient: Rehearsal) -> None:
    words = ("manage", "drill", "run", "node-loss", "--nodes", "gpu2", "--confirm=rehearsal")
    first = subprocess.Popen(
        impatient.words(*words), stdin=subprocess.DEVNULL, start_new_session=True
    )
    await_that(lambda: not impatient.status()["gpu2"]["answers_ssh"], 120.0)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    status, told, figures = drill(impatient, "resume")
    assert (status, told["stands"]) == (3, "done"), told
    assert figures["node-back"]["value"] > 0
    assert figures["job-elsewhere"]["verdict"] == "UNKNOWN"
    await_that(lambda: states(impatient)["gpu2"] == "idle", 60.0)
    await_that(lambda: impatient.shell("head-1", "squeue", "--noheader") == "")
