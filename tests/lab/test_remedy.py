"""Repair on real hosts: out of service, repaired, proven, and back; or to a person, or nobody."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.rehearsal import Rehearsal, await_that

SICK, OFF = "gpu2", "gpu3"
XID = "xid:79:1"


@pytest.fixture(autouse=True)
def well_again(deployed: Rehearsal) -> Iterator[None]:
    """Nodes are healed, and what a test left with us comes back."""
    yield
    for node in (SICK, OFF, "gpu1"):
        if deployed.faults(node):
            deployed.heals(node)
    for node, reason in reasons(deployed).items():
        if reason.startswith("millwright-"):
            deployed.tells("head-1", "scontrol", "update", f"NodeName={node}", "State=UNDRAIN")


def reasons(site: Rehearsal) -> dict[str, str]:
    told = site.shell("head-1", "sinfo", "--noheader", "--Node", "--format=%N|%T|%E")
    rows = [line.split("|", 2) for line in told.splitlines()]
    return {node: reason for node, state, reason in rows if not state.startswith(("idle", "mix"))}


def swept(site: Rehearsal, nodes: str) -> None:
    assert site.say("manage", "health", nodes).status in (0, 1, 3)


def remedy(site: Rehearsal, *words: str) -> tuple[int, dict[str, Any]]:
    answer = site.say("manage", "remedy", *words, "--json")
    assert answer.out, answer
    return answer.status, json.loads(answer.out)


def boot_id(site: Rehearsal, node: str) -> str:
    return site.shell(node, "cat", "/proc/sys/kernel/random/boot_id").strip()


def deeds(site: Rehearsal) -> list[dict[str, Any]]:
    with sqlite3.connect(f"file:{site.root / 'state.db'}?mode=ro", uri=True) as book:
        try:
            rows = book.execute("select document from remedy_journal order by id").fetchall()
        except sqlite3.OperationalError:
            return []
    return [json.loads(row[0]) for row in rows]


def test_a_node_without_power_is_given_it_proven_and_comes_back(deployed: Rehearsal) -> None:
    swept(deployed, OFF)
    status, _ = remedy(deployed, "apply", "--resume")
    assert status == 0
    deployed.tells(OFF, "systemctl", "poweroff", "--no-block")
    await_that(lambda: not deployed.status()[OFF]["answers_ssh"])
    swept(deployed, OFF)
    refused = deployed.say("manage", "remedy", "plan")
    assert "say --confirm=rehearsal" in refused.out
    status, told = remedy(deployed, "apply", "--yes", "--confirm=rehearsal")
    (incident,) = told["incidents"]
    assert (status, incident["stands"]) == (0, "returned"), incident["timeline"]
    whats = [moment["what"] for moment in incident["timeline"]]
    order = ["in-service > draining", "act power-cycle (try 1) intent", "validating > in-service"]
    assert [any(what.startswith(each) for what in whats) for each in order] == [True] * 3
    assert incident["simulated"] is True
    assert OFF not in reasons(deployed)


@pytest.mark.long
def test_killed_while_it_starts_again_it_goes_on_without_a_second_start_and_ends_with_a_person(
    deployed: Rehearsal,
) -> None:
    deployed.breaks(SICK, XID)
    swept(deployed, SICK)
    before, known = boot_id(deployed, SICK), len(deeds(deployed))

    def new(step: str, phase: str) -> list[dict[str, Any]]:
        found = deeds(deployed)[known:]
        return [deed for deed in found if (deed["step"], deed["phase"]) == (step, phase)]

    words = deployed.words("manage", "remedy", "apply", "--yes")
    first = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True)
    await_that(lambda: new("act", "intent"), 120.0)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    status, told = remedy(deployed, "apply", "--resume")
    (incident,) = told["incidents"]
    assert (status, incident["stands"]) == (1, "work-queue"), incident["timeline"]
    begun = new("act", "intent")
    assert [deed["remedy"] for deed in begun].count("reboot") == 1
    assert (begun[0]["remedy"], begun[0]["boot_id"]) == ("reboot", before)
    assert reasons(deployed)[SICK].startswith(f"millwright-remedy:{incident['id']}")
    with tarfile.open(deployed.root / incident["packet"]) as packet:
        names = {name.partition("/")[2] for name in packet.getnames()}
    assert {"incident.json", "README.txt", "SHA256SUMS"} <= names
    deployed.heals(SICK)
    status, told = remedy(deployed, "repaired", SICK, "--yes")
    assert (status, told["incidents"][0]["stands"]) == (0, "returned"), told["incidents"]
    assert SICK not in reasons(deployed)


def test_a_rail_that_fails_drains_nobody(deployed: Rehearsal) -> None:
    nodes = "gpu[1-3]"
    deployed.breaks(nodes, "link-down:mlx5_2")
    swept(deployed, nodes)
    status, told = remedy(deployed, "apply", "--yes")
    assert status == 1
    assert told["plan"]["breaker"], told["plan"]
    assert told["incidents"] == []
    ours = [r for r in reasons(deployed).values() if r.startswith("millwright-remedy:")]
    assert ours == []
