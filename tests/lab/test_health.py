"""One sweep over a lab: each fault is found for its reason, and health is found healthy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.redfish import bmc
from tests.lab.rehearsal import Rehearsal, await_that

FAULTS: dict[str, tuple[str, ...]] = {
    "gpu1": ("xid:48:1", "swapped-cables:mlx5_0+mlx5_1"),
    "gpu2": ("ecc:1:2", "throttle:4"),
    "gpu3": ("missing-gpu:3", "pcie-width:5"),
    "gpu4": ("link-down:mlx5_2", "clock-skew:600"),
    "gpu5": ("hung-smi",),
    "gpu6": ("dead",),
    "gpu7": ("full-disk", "package-lock"),
    "gpu8": ("fan:1", "psu:1"),
}
FOUND: dict[str, set[str]] = {
    "gpu1": {"gpu-xid", "cable-misplaced"},
    "gpu2": {"gpu-ecc-uncorrected", "gpu-thermal-slowdown"},
    "gpu3": {"gpu-missing", "gpu-pcie-width"},
    "gpu4": {"port-down", "clock-apart"},
    "gpu5": {"gpu-tools-hang"},
    "gpu6": {"power-off"},
    "gpu7": {"disk-full", "package-lock-held"},
    "gpu8": {"fan-failed", "psu-failed"},
}
RELATED = {
    "dcgm-failure",
    "dcgm-warning",
    "gpu-ecc-uncorrected",
    "gpu-heat-share",
    "gpu-remap-pending",
    "gpu-recovery-action",
    "gpu-thermal-margin",
    "log-critical",
}
"""What else the same faults show; a controller keeps in its log that power was lost."""


@pytest.fixture
def broken(lab: Rehearsal) -> Iterator[Rehearsal]:
    try:
        for node, faults in FAULTS.items():
            lab.breaks(node, *faults)
        yield lab
    finally:
        for node in FAULTS:
            lab.heals(node)


def health(lab: Rehearsal, *words: str) -> tuple[int, dict[str, Any]]:
    answer = lab.say("manage", "health", *words, "--json")
    return answer.status, json.loads(answer.out)


def found(document: dict[str, Any], *, young: bool = False) -> dict[str, set[str]]:
    """Return checks by node; those of `young` nodes as well, which their boot explains."""
    checks: dict[str, set[str]] = {}
    for each in document["findings"]:
        if each["silenced"] is None or young:
            checks.setdefault(each["node"], set()).add(each["check"])
    return checks


def test_a_healthy_lab_has_no_finding_and_what_it_cannot_say_is_said(lab: Rehearsal) -> None:
    status, document = health(lab)
    assert document["findings"] == []
    assert (status, document["answer"], document["simulated"]) == (3, "unanswered", True)
    for name, node in document["nodes"].items():
        gaps = {check for gap in node["unknown"] for check in gap["checks"]}
        assert all(check.startswith("slurm-") for check in gaps), (name, gaps)
        assert node["checks"] == node["answered"] + len(gaps) + len(node["not_testable"])
        assert name == "head-1" or node["answered"] > 60


def test_each_fault_is_found_for_its_reason_in_one_sweep(
    broken: Rehearsal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("recorded") / "new"
    status, document = health(broken, "--record", str(folder))
    assert status == 1
    seen = found(document, young=True)
    for node, wanted in FOUND.items():
        assert wanted <= seen.get(node, set()), (node, seen.get(node))
        assert seen[node] - wanted <= RELATED, node
    assert seen.keys() == FOUND.keys()
    skew = next(each for each in document["findings"] if each["check"] == "clock-apart")
    assert 595 < skew["value"] < 605
    again, read = health(broken, "--from", str(folder))
    assert (again, found(read, young=True)) == (1, seen)
    shown = broken.say("manage", "status")
    assert (shown.status, "SIMULATED" in shown.out, "gpu-tools-hang" in shown.out) == (
        1,
        True,
        True,
    )


def test_a_reboot_raises_nothing(lab: Rehearsal) -> None:
    assert bmc(lab, "gpu2").reset("ForceRestart") == 204
    await_that(lambda: lab.status()["gpu2"]["answers_ssh"])
    status, document = health(lab, "gpu2")
    assert found(document) == {}
    assert status in (0, 3)
    assert document["nodes"]["gpu2"]["up_s"] < 300


def test_a_node_behind_a_black_hole_and_one_with_another_key_are_told_apart(
    lab: Rehearsal,
) -> None:
    try:
        lab.breaks("gpu3", "black-hole")
        lab.breaks("gpu4", "wrong-host-key")
        status, document = health(lab, "gpu[3-4]")
        assert (status, found(document)) == (
            1,
            {"gpu3": {"silent-for-now"}, "gpu4": {"host-key-changed"}},
        )
        lab.done("manage", "window", "add", "gpu[3-4]", "--for", "1h", "--why", "new cables")
        status, document = health(lab, "gpu3")
        assert (status, found(document)) == (0, {})
        assert "new cables" in document["nodes"]["gpu3"]["explained"]
        lab.done("manage", "window", "end", "w1")
    finally:
        lab.heals("gpu3")
        lab.heals("gpu4")
