"""Preflight: everything wrong at once, each with a fix; silence is unknown and never fine."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from millwright.deploy.inputs import Inputs
from millwright.deploy.preflight import command, remarks
from millwright.model.catalog import Catalog
from millwright.ports import Answer
from tests.unit.deploy.fakes import lab_inputs

NOW = 1_767_607_200.0
WELL = {
    "os": "debian",
    "version": "12",
    "kernel": "6.1.0",
    "machine": "x86_64",
    "uid": 0,
    "cpus": 2,
    "memory_mib": 20100,
    "disk_free_mib": 90000,
    "time": NOW,
    "package_lock_held": False,
    "gpu_vendors": ["0x10de"] * 8,
    "simulated": False,
    "systemd": True,
}


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


def told(inputs: Inputs, host: str = "gpu1", **facts: Any) -> list[tuple[str, str]]:
    said = json.dumps({**WELL, **facts}).encode()
    answer = Answer(host, tuple(command()), "exit", 0, 0.1, said)
    return [(remark.standing, remark.what) for remark in remarks(answer, inputs, NOW)]


def test_a_host_as_designed_has_no_remark(inputs: Inputs) -> None:
    assert told(inputs) == []
    assert told(inputs, "head-1", gpu_vendors=[], cpus=64) == []


@pytest.mark.parametrize(
    ("facts", "remark"),
    [
        ({"version": "11"}, ("failed", "it runs debian 11")),
        ({"os": "", "version": ""}, ("failed", "it runs an unknown system ")),
        ({"machine": "i686"}, ("failed", "its processors are i686")),
        ({"systemd": False}, ("failed", "systemd does not run")),
        ({"uid": 1000}, ("failed", "commands run as user 1000")),
        ({"disk_free_mib": 100}, ("failed", "/var has 100 MiB left")),
        ({"disk_free_mib": None}, ("unknown", "it does not tell how much room /var has")),
        ({"time": NOW + 600}, ("failed", "its clock is 600 s ahead")),
        ({"time": None}, ("unknown", "it does not tell the time")),
        ({"package_lock_held": True}, ("failed", "its package lock is held")),
        ({"package_lock_held": None}, ("unknown", "its package lock cannot be read")),
        ({"cpus": 1}, ("failed", "it has 1 processors, and the design 2")),
        (
            {"memory_mib": 10000},
            ("failed", "it has 10000 MiB of memory, and the design 20000"),
        ),
        (
            {"gpu_vendors": ["0x10de"] * 7 + ["0x1002"]},
            ("failed", "7 GPUs of nvidia are on its bus, and the design has 8"),
        ),
        ({"gpu_vendors": None}, ("unknown", "it does not tell its PCI devices")),
        ({"simulated": True}, ("not testable", "its GPUs are simulated and on no bus")),
    ],
)
def test_one_thing_wrong_is_one_remark(
    inputs: Inputs, facts: dict[str, Any], remark: tuple[str, str]
) -> None:
    assert told(inputs, **facts) == [remark]


def test_everything_wrong_is_told_at_once(inputs: Inputs) -> None:
    assert len(told(inputs, uid=1000, disk_free_mib=1, cpus=1, package_lock_held=True)) == 4


def test_a_silent_host_is_unknown_and_one_without_python_told(inputs: Inputs) -> None:
    lost = Answer("gpu1", (), "lost", None, 0.1, reason="timed out")
    assert [r.standing for r in remarks(lost, inputs, NOW)] == ["unknown"]
    bare = Answer("gpu1", (), "exit", 127, 0.1, b"", b"bash: python3: command not found\n")
    assert "no python3" in remarks(bare, inputs, NOW)[0].what
    odd = Answer("gpu1", (), "exit", 0, 0.1, b"welcome\n")
    assert [r.standing for r in remarks(odd, inputs, NOW)] == ["failed"]


def test_the_question_is_answered_by_this_very_machine() -> None:
    words = [sys.executable, *command()[1:]]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    found = json.loads(done.stdout)
    assert set(found) == set(WELL)
    assert found["cpus"] >= 1
