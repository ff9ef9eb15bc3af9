"""`build simulate` and `build score`, as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

FLEET = ("build", "simulate", "--nodes", "16", "--fault", "slow-gpu:12", "--noise", "quiet")


def test_a_fleet_of_any_size_is_tried_and_what_it_does_not_bear_is_told(
    run: Run, tmp_path: Path
) -> None:
    answer = run("-C", tmp_path, "build", "simulate", "--nodes", "8", "--json")
    assert answer.status == 0, answer.err
    (report,) = json.loads(answer.out)["reports"]
    assert [each["kind"] for each in report["scores"]] == ["slow-gpu", "slow-hbm"]
    assert "not tried" in answer.err
    for kind in ("jitter", "hot-rack", "bad-leaf"):
        assert kind in answer.err
    answer = run("-C", tmp_path, "build", "simulate", "--nodes", "7")
    assert (answer.status, answer.out) == (2, "")
    assert "8 to" in answer.err


@pytest.mark.parametrize(
    ("out", "truth", "word"),
    [
        ("m.jsonl", "m.jsonl", "said twice"),
        ("m.jsonl", "./x/../m.jsonl", "said twice"),
        ("m.jsonl", "folder", "it is a folder"),
        ("folder", "t.json", "it is a folder"),
        ("m.jsonl", "link", "it is a link"),
        ("m.jsonl", "flat/t.json", "no file can be made"),
    ],
)
def test_files_that_cannot_both_be_written_are_refused_and_none_is(
    run: Run, tmp_path: Path, out: str, truth: str, word: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "flat").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "flat")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    words = ("--out", f"{tmp_path}/{out}", "--truth", f"{tmp_path}/{truth}")
    answer = run("-C", tmp_path, *FLEET, *words)
    assert (answer.status, answer.out) == (2, "")
    assert word in " ".join(answer.err.split())
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert (tmp_path / "flat").read_text() == "kept"


def test_a_refused_fleet_leaves_former_files_as_they_were(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text("former")
    answer = run("-C", tmp_path, *FLEET, "--fault", "slow-node:8:9", "--out", tmp_path / "m.jsonl")
    assert (answer.status, answer.out) == (2, "")
    assert [path.name for path in tmp_path.iterdir()] == ["m.jsonl"]
    assert (tmp_path / "m.jsonl").read_text() == "former"


def test_a_score_tells_nothing_of_a_rule_that_was_not_asked(run: Run, tmp_path: Path) -> None:
    measured, truth, judged = (tmp_path / "new" / name for name in ("m.jsonl", "t.json", "v.json"))
    answer = run("-C", tmp_path, *FLEET, "--out", measured, "--truth", truth)
    assert answer.status == 0, answer.err
    assert "mean +/- 5 %" in answer.out
    judged.write_text(run("build", "verdict", "--measurements", measured, "--json").out)
    answer = run("build", "score", judged, "--truth", truth)
    assert answer.status == 0, answer.err
    assert "slow-gpu" in answer.out
    assert "mean" not in answer.out
    told = json.loads(run("build", "score", judged, "--truth", truth, "--json").out)
    assert [each["by_mean"] for each in told["scores"]] == [None]
    assert told["by_mean"] is None


def test_a_verdict_over_another_fleet_is_not_scored(run: Run, tmp_path: Path) -> None:
    truth, judged = tmp_path / "t.json", tmp_path / "v.json"
    assert run("-C", tmp_path, *FLEET, "--truth", truth).status == 0
    for nodes in ({}, {"elsewhere1": {"verdict": "PASS"}}):
        judged.write_text(json.dumps({"nodes": nodes}))
        answer = run("build", "score", judged, "--truth", truth)
        assert (answer.status, answer.out) == (2, "")
        assert "judges none of the 16 nodes" in " ".join(answer.err.split())
