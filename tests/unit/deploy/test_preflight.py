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
    "names": {"own": "gpu1", "resolves": True},
    "sources": [["archive.example.org", False, "open"]],
    "uris": 1,
    "head": "open",
    "links": [],
    "faces": None,
    "read_only": [],
    "disks": [["nvme0n1", 900_000, False]],
    "root_free_mib": 90_000,
    "files_free": 1_000_000,
    "container": "",
    "nouveau": False,
    "docker": False,
    "driver_by_hand": False,
    "upgrading": [],
}


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


def told(inputs: Inputs, host: str = "gpu1", **facts: Any) -> list[tuple[str, str]]:
    node = inputs.nodes[host]
    rates = [each.rate_gbps for each in node.fabric.adapters]
    own = {
        "faces": [{"name": "eno1", "mtu": 9000, "addresses": [node.address]}],
        "links": [[f"/dev/{n}", "1", rate, True] for n, rate in enumerate(rates)],
    }
    said = json.dumps({**WELL, **own, **facts}).encode()
    answer = Answer(host, tuple(command(inputs)), "exit", 0, 0.1, said)
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
        ({"names": {"own": "x", "resolves": False}}, ("failed", "its own name x does not resolve")),
        ({"uris": 0}, ("failed", "apt has no source of packages")),
        (
            {"sources": [["a.example", True, "refused"]]},
            ("failed", "the way to a.example is refused"),
        ),
        ({"faces": None}, ("unknown", "it does not tell its addresses")),
        ({"read_only": ["/var"]}, ("failed", "/var is mounted read-only")),
        ({"root_free_mib": 100}, ("failed", "/ has 100 MiB left")),
        ({"files_free": 10}, ("failed", "/var has room for 10 more files")),
        ({"disks": []}, ("unknown", "it does not tell its disks")),
        ({"disks": [["sda", 9, True]]}, ("failed", "disk sda is read-only")),
        ({"disks": [["sda", 0, False]]}, ("failed", "disk sda has no size")),
        ({"nouveau": True}, ("failed", "nouveau drives its GPUs")),
        (
            {"driver_by_hand": True},
            ("failed", "a driver was installed by hand from a .run file"),
        ),
        ({"docker": True}, ("failed", "docker writes packet rules of its own there")),
        (
            {"upgrading": ["unattended-upgr"]},
            ("failed", "unattended-upgr upgrades packages right now"),
        ),
    ],
)
def test_one_thing_wrong_is_one_remark(
    inputs: Inputs, facts: dict[str, Any], remark: tuple[str, str]
) -> None:
    assert told(inputs, **facts) == [remark]


def test_what_a_lab_cannot_show_is_not_testable(inputs: Inputs) -> None:
    found = told(inputs, simulated=True, container="systemd-nspawn", disks=[])
    assert {standing for standing, _ in found} == {"not testable"}
    whats = {what for _, what in found}
    assert {"its GPUs are simulated and on no bus", "its disks are its machine's"} <= whats
    assert ("its network adapters are simulated" in whats) is bool(
        inputs.nodes["gpu1"].fabric.adapters
    )


def test_an_address_of_the_design_that_is_nowhere_is_named(inputs: Inputs) -> None:
    faces = [{"name": "eno1", "mtu": 1500, "addresses": ["192.0.2.1"]}]
    ((standing, what),) = told(inputs, faces=faces)
    assert (standing, what.startswith("no interface of it has 10.")) == ("failed", True)
    own = inputs.nodes["gpu1"].address
    faces = [{"name": "eno1", "mtu": 1400, "addresses": [own]}]
    assert told(inputs, faces=faces) == [("failed", "the MTU of eno1 is 1400")]


def test_who_does_not_reach_the_head_node_is_named(inputs: Inputs) -> None:
    ((standing, what),) = told(inputs, head="timed out")
    assert (standing, "does not reach the head node" in what) == ("failed", True)
    assert told(inputs, head="refused") == []
    assert told(inputs, "head-1", head="timed out", gpu_vendors=[]) == []


def test_only_who_goes_out_itself_must_reach_the_sources(inputs: Inputs) -> None:
    far = [["archive.example.org", False, "timed out"], ["other.example", False, "no such name"]]
    assert told(inputs, sources=far) == []
    assert {what for _, what in told(inputs, "head-1", gpu_vendors=[], sources=far)} == {
        "archive.example.org is timed out, and packages come from there",
        "other.example does not resolve, and its packages come from there",
    }


def test_a_link_that_is_down_or_slower_is_one_too_few(inputs: Inputs) -> None:
    adapters = inputs.nodes["gpu1"].fabric.adapters
    assert adapters
    rates = [each.rate_gbps for each in adapters]
    links: list[list[Any]] = [[f"/dev/{n}", "1", r, n > 0] for n, r in enumerate(rates)]
    ((standing, what),) = told(inputs, links=links)
    assert standing == "failed"
    assert f"{len(rates) - 1} links of {rates[0]:g} Gb/s are up" in what
    assert told(inputs, links=[[d, p, r / 2, True] for d, p, r, _ in links])


def test_everything_wrong_is_told_at_once(inputs: Inputs) -> None:
    assert len(told(inputs, uid=1000, disk_free_mib=1, cpus=1, package_lock_held=True)) == 4


def test_a_silent_host_is_unknown_and_one_without_python_told(inputs: Inputs) -> None:
    lost = Answer("gpu1", (), "lost", None, 0.1, reason="timed out")
    assert [r.standing for r in remarks(lost, inputs, NOW)] == ["unknown"]
    bare = Answer("gpu1", (), "exit", 127, 0.1, b"", b"bash: python3: command not found\n")
    assert "no python3" in remarks(bare, inputs, NOW)[0].what
    half = Answer("gpu1", (), "exit", 0, 0.1, b'{"os": "debian", "names": 7}')
    assert [r.standing for r in remarks(half, inputs, NOW)] == ["unknown"]
    odd = Answer("gpu1", (), "exit", 0, 0.1, b"welcome\n")
    assert [r.standing for r in remarks(odd, inputs, NOW)] == ["failed"]


def test_the_question_is_answered_by_this_very_machine(inputs: Inputs) -> None:
    words = [sys.executable, *command(inputs)[1:-1], "127.0.0.1"]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    found = json.loads(done.stdout)
    assert set(found) == set(WELL)
    assert found["cpus"] >= 1
