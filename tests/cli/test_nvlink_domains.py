"""`build cables --format nvlink` as a person calls it, on recorded outputs of a real GB200."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: nvl
blueprint: dgx-superpod-gb200
compute: [{name: gpu, scalable_units: 1}]
"""


@pytest.fixture
def recorded(tmp_path: Path, run: Run, samples: Path) -> Path:
    """Outputs of the first two racks; a tray of each stands in the other."""
    (tmp_path / "factory.yaml").write_text(SPEC)
    assert run("-C", str(tmp_path), "design", "solve").status == 0
    cluster = json.loads((tmp_path / "design" / "cluster.json").read_text())
    racks: dict[str, list[str]] = {}
    for device in cluster["devices"]:
        if device["role"] == "compute":
            racks.setdefault(device["rack"], []).append(device["name"])
    text = (samples / "nvidia-smi" / "qx-gb200-4gpu.xml").read_text()
    first, second = list(racks.items())[:2]
    own = dict.fromkeys(first[1], "1") | dict.fromkeys(second[1], "2")
    own |= {first[1][0]: "2", second[1][0]: "1"}
    for node, domain in own.items():
        place = tmp_path / "heard" / node
        place.mkdir(parents=True)
        uuid = f"<clusterUuid>0000000{domain}-0000-0000-0000-000000000001</clusterUuid>"
        told = text.replace("<clusterUuid>00000001-0000-0000-0000-000000000001</clusterUuid>", uuid)
        (place / "nvidia-smi-xml.txt").write_text(told)
    return tmp_path / "heard"


def test_trays_in_each_others_rack_are_one_finding(recorded: Path, run: Run) -> None:
    words = (
        "-C",
        str(recorded.parent),
        "build",
        "cables",
        "--format",
        "nvlink",
        "--observed",
        str(recorded),
    )
    answer = run(*words)
    assert answer.status == 1
    assert "swapped     " in answer.out
    assert "are in each other's rack" in answer.out
    told = json.loads(run(*words, "--json").out)
    assert [each["class"] for each in told["findings"]] == ["swapped"]
    assert told["nodes_right"] == 34
    assert len(told["not_observed"]) == told["nodes_planned"] - 36


def test_a_design_without_such_racks_has_nothing_to_compare(tmp_path: Path, run: Run) -> None:
    (tmp_path / "factory.yaml").write_text(SPEC.replace("dgx-superpod-gb200", "dgx-superpod-h100"))
    assert run("-C", str(tmp_path), "design", "solve").status == 0
    answer = run(
        "-C", str(tmp_path), "build", "cables", "--format", "nvlink", "--observed", str(tmp_path)
    )
    assert answer.status == 2
    assert "no rack that is one NVLink domain" in answer.err
