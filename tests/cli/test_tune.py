"""`manage tune` from recordings: verify and plan touch nobody, and say no where nodes differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millwright.adapters.tuningkeeper import EMPTY
from tests.conftest import Run


def recorded(root: Path, node: str, values: dict[str, str], **host: str) -> None:
    rows = [
        {"kind": "sysctl", "key": key, "instances": [""], "value": v, "ideal": "", "among": []}
        for key, v in values.items()
    ]
    document = {
        "schema": "millwright.tuning-facts/1",
        "boot_id": "b1",
        "values": rows,
        "failed": [],
        "persisted": [],
        "state": EMPTY,
        "files": [],
        "host": {"virtual": "none", "system": "debian", "server": "", "vendor": "", "mounts": []},
    }
    document["host"] = {**document["host"], **host}  # type: ignore[dict-item]
    path = root / node / "tuning.txt"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))


GOOD = {
    "net.ipv4.tcp_rmem": "4096 131072 33554432",
    "net.ipv4.tcp_wmem": "4096 16384 16777216",
    "net.ipv4.tcp_notsent_lowat": "131072",
}


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    folder = tmp_path / "rec"
    for number in range(1, 4):
        recorded(folder, f"gpu{number}", GOOD, vendor="nvidia")
    recorded(folder, "gpu4", {**GOOD, "net.ipv4.tcp_notsent_lowat": "4294967295"}, vendor="nvidia")
    return folder


def test_verify_names_who_differs_and_says_no(fleet: Path, tmp_path: Path, run: Run) -> None:
    answer = run("-C", tmp_path, "manage", "tune", "verify", "host-network", "--from", fleet)
    assert answer.status == 1
    assert "gpu4 (1)" in answer.out
    assert "unsent" in answer.out
    assert "gpu[1-3] (3)  host-network  PASS" in answer.out


def test_verify_is_content_with_those_that_comply(fleet: Path, tmp_path: Path, run: Run) -> None:
    answer = run(
        "-C", tmp_path, "manage", "tune", "verify", "host-network", "--from", fleet,
        "--only", "gpu[1-3]", "--json",
    )  # fmt: skip
    assert answer.status == 0
    document = json.loads(answer.out)
    assert document["schema"] == "millwright.tuning-verify/1"
    assert {each["node"] for each in document["findings"]} == {"gpu1", "gpu2", "gpu3"}
    assert {each["verdict"] for each in document["findings"]} == {"PASS"}


def test_a_note_that_is_for_nobody_there_is_no_yes(fleet: Path, tmp_path: Path, run: Run) -> None:
    answer = run("-C", tmp_path, "manage", "tune", "verify", "head-node", "--from", fleet)
    assert answer.status == 1
    assert "none of these notes is for any of these nodes" in answer.out


def test_plan_folds_nodes_that_change_alike(fleet: Path, tmp_path: Path, run: Run) -> None:
    answer = run(
        "-C", tmp_path, "manage", "tune", "plan", "host-network", "--from", fleet, "--json"
    )
    assert answer.status == 0
    nodes = json.loads(answer.out)["nodes"]
    assert [each["then"] for each in nodes["gpu4"]["writes"]] == ["131072"]
    assert nodes["gpu1"]["writes"] == []


def test_a_note_that_nobody_knows_is_told_with_those_that_are(tmp_path: Path, run: Run) -> None:
    answer = run("-C", tmp_path, "manage", "tune", "show", "no-such")
    assert answer.status == 2
    assert "gpu-training" in answer.err


def test_a_recording_without_facts_of_tuning_is_unknown(tmp_path: Path, run: Run) -> None:
    (tmp_path / "rec" / "gpu1").mkdir(parents=True)
    (tmp_path / "rec" / "gpu1" / "dmesg.txt").write_text("")
    answer = run(
        "-C", tmp_path, "manage", "tune", "verify", "host-network", "--from", tmp_path / "rec"
    )
    assert answer.status == 3
    assert "gpu1  UNKNOWN  it was not asked" in answer.out


def test_apply_wants_to_be_told_that_nothing_is_measured(tmp_path: Path, run: Run) -> None:
    answer = run("-C", tmp_path, "manage", "tune", "apply", "nfs-client", "--yes")
    assert answer.status == 2
    assert "--no-measure" in answer.err


def test_revert_wants_names_or_all(tmp_path: Path, run: Run) -> None:
    for words in ([], ["host-network", "--all"]):
        answer = run("-C", tmp_path, "manage", "tune", "revert", *words)
        assert answer.status == 2


def test_notes_are_listed_with_what_a_site_overrides_in_vain(tmp_path: Path, run: Run) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "site.yaml").write_text(
        "schema: millwright.catalog/1\ntuning_overrides: [{name: gone, wants: {a: '1'}}]\n"
    )
    answer = run("-C", tmp_path, "manage", "tune", "list")
    assert answer.status == 0
    assert "host-network" in answer.out
    assert "gone" in answer.err
