"""`manage health`, `status` and `window`: recordings judged, statuses kept, mistakes told early."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

XID = "kern  :err   : 2026-01-05T09:00:00,0+00:00 NVRM: Xid (PCI:0000:1b:00): 79, pid=1, gone\n"


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    folder = tmp_path / "recorded"
    for node in ("gpu1", "gpu2"):
        (folder / node).mkdir(parents=True)
        (folder / node / "dmesg.txt").write_text(XID)
    return folder


def test_a_folder_of_outputs_is_judged_without_a_workspace(recorded: Path, run: Run) -> None:
    answer = run("-C", recorded.parent, "manage", "health", "--from", recorded, "--json")
    document = json.loads(answer.out)
    assert (answer.status, document["answer"]) == (1, "unhealthy")
    assert (document["schema"], document["expected_from"]) == ("millwright.health/1", "nothing")
    assert [(f["node"], f["check"], f["severity"], f["fault"]) for f in document["findings"]] == [
        (node, "gpu-xid", "critical", "xid:79") for node in ("gpu1", "gpu2")
    ]
    node = document["nodes"]["gpu1"]
    assert node["answered"] + sum(len(gap["checks"]) for gap in node["unknown"]) == node["checks"]


def test_nodes_with_the_same_finding_are_one_line_and_can_be_chosen(
    recorded: Path, run: Run
) -> None:
    answer = run("-C", recorded.parent, "manage", "health", "--from", recorded)
    assert "gpu[1-2] (2)  Xid 79" in answer.out
    assert "millwright explain xid:79" in answer.out
    assert "no design says" in answer.err
    one = run("-C", recorded.parent, "manage", "health", "gpu2", "--from", recorded, "--json")
    assert list(json.loads(one.out)["nodes"]) == ["gpu2"]
    assert run("-C", recorded.parent, "manage", "health", "gpu9", "--from", recorded).status == 2


def test_what_says_nothing_bad_and_leaves_much_open_is_unanswered(recorded: Path, run: Run) -> None:
    for node in ("gpu1", "gpu2"):
        (recorded / node / "dmesg.txt").write_text("[    0.0] Linux version 6\n")
    answer = run("-C", recorded.parent, "manage", "health", "--from", recorded)
    assert (answer.status, answer.out.startswith("UNANSWERED")) == (3, True)


def test_a_recording_is_written_again_as_it_was_read(recorded: Path, run: Run) -> None:
    new = recorded.parent / "new"
    words = ("-C", recorded.parent, "manage", "health", "--from")
    run(*words, recorded, "--record", new)
    assert (new / "gpu1/dmesg.txt").read_text() == XID
    assert run(*words, new, "--record", new).status == 2
    first, second = (json.loads(run(*words, each, "--json").out) for each in (recorded, new))
    assert first["findings"] == second["findings"]


def test_a_file_of_windows_that_is_wrong_is_told_before_anything(recorded: Path, run: Run) -> None:
    (recorded.parent / "maintenance.yaml").write_text("windows: 5\n")
    answer = run("-C", recorded.parent, "manage", "health", "--from", recorded)
    assert (answer.status, "maintenance.yaml:1" in answer.err, answer.out) == (2, True, "")


def test_a_window_explains_what_it_may_and_an_xid_stays(recorded: Path, run: Run) -> None:
    root = recorded.parent
    (root / "reach.yaml").write_text("hosts: {gpu1: {address: 192.0.2.1}}\n")
    window = run("-C", root, "manage", "window", "add", "gpu1", "--for", "2h", "--why", "fans")
    assert (window.status, window.out.startswith("w1  gpu1 (1)")) == (0, True)
    unit = "Id=slurmd.service\nActiveState=inactive\nUnitFileState=enabled\n"
    (recorded / "gpu1/units.txt").write_text(unit)
    told = json.loads(run("-C", root, "manage", "health", "--from", recorded, "--json").out)
    silenced = {f["check"]: f["silenced"] for f in told["findings"] if f["node"] == "gpu1"}
    assert silenced["gpu-xid"] is None
    assert "fans" in silenced["unit-down"]
    assert run("-C", root, "manage", "window", "end", "w1").status == 0
    assert "over" in run("-C", root, "manage", "window", "list").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("status",), "no sweep was made yet"),
        (("window", "end", "w7"), "no window w7"),
        (("window", "add", "gpu9", "--for", "2h", "--why", "x"), "unknown nodes: gpu9"),
        (("window", "add", "gpu1", "--for", "2 hours", "--why", "x"), "no length of time"),
        (("health", "--from", "nowhere"), "nowhere"),
        (("--json", "watch"), "has no JSON"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(
    words: tuple[str, ...], says: str, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "reach.yaml").write_text("hosts: {gpu1: {address: 192.0.2.1}}\n")
    front = ["--json"] if words[0] == "--json" else []
    answer = run(*front, "-C", tmp_path, "manage", *[w for w in words if w != "--json"])
    assert answer.status == 2
    assert says in answer.err + answer.out
    assert not (tmp_path / "maintenance.yaml").exists()


def test_every_check_can_be_explained(run: Run) -> None:
    answer = run("explain", "check:gpu-missing")
    assert (answer.status, "missing" in answer.out) == (0, True)
