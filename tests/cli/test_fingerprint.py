"""`build fingerprint`: what accepted parts reached is kept by serial number, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.test_compare import kept
from tests.cli.test_verdict import written
from tests.conftest import Run

NAME = "20260101T000000.000000Z-build"


def readings(attempts: int = 3) -> list[dict[str, Any]]:
    """Return a GEMM of two GPUs on each of two nodes; one has no serial number."""
    return [
        {
            "schema": "millwright.measurement/1", "at": f"2026-01-05T10:00:0{attempt}Z",
            "node": f"gpu{node}", "device": f"gpu{gpu}", "metric": "gemm_bf16_tflops",
            "value": 700.0 + attempt, "unit": "TFLOP/s", "tool": "t 1", "simulated": False,
            "attempt": attempt, "params": {"size": 8192}, "env": {"driver": "550", "vbios": "96"},
            **({"serial": f"S{node}{gpu}"} if (node, gpu) != (1, 1) else {}),
        }
        for node in (1, 2) for gpu in (1, 2) for attempt in range(1, attempts + 1)
    ]  # fmt: skip


def judged(root: Path, words: dict[str, str], measurements: int) -> None:
    """Keep a verdict in the run, with a word for each node."""
    nodes = {
        name: {"verdict": word, "gates": word, "outliers": word, "completeness": 1}
        for name, word in words.items()
    }
    document = {
        "verdict": "PASS", "completeness": 1, "expected_from": "plan", "simulated": False,
        "platform": "bare-metal", "measurements": measurements, "nodes": nodes,
    }  # fmt: skip
    (root / "runs" / NAME / "verdict.json").write_text(json.dumps(document))


def test_accepted_parts_are_kept_once_and_shown_by_serial_number(tmp_path: Path, run: Run) -> None:
    kept(tmp_path, NAME, "sat", readings())
    judged(tmp_path, {"gpu1": "PASS", "gpu2": "WARN"}, 12)
    words = ("-C", tmp_path, "build", "fingerprint")
    told = json.loads(run(*words, "--json").out)
    assert (told["added"], told["not_accepted"], told["without_serial"]) == (1, ["gpu2"], 1)
    assert run(*words).out == "1 fingerprints of 1 serial numbers, 0 new\n"
    assert run(*words, "--warned").out == "3 fingerprints of 3 serial numbers, 2 new\n"
    shown = json.loads(run(*words, "--show", "--serial", "S12", "--json").out)
    assert shown["schema"] == "millwright.fingerprints/1"
    one = shown["fingerprints"][0]
    assert (one["serial"], one["node"], one["place"]) == ("S12", "gpu1", "gpu2")
    assert (one["median"], one["count"], one["run"]) == (702, 3, NAME)
    assert round(one["spread"], 4) == 1.4826
    assert one["versions"] == {"driver": "550", "vbios": "96"}
    assert one["params"] == {"size": 8192}
    assert "S22" in run(*words, "--show").out


def test_more_readings_of_a_run_are_a_new_fingerprint_and_the_last_counts(
    tmp_path: Path, run: Run
) -> None:
    kept(tmp_path, NAME, None, readings(1))
    judged(tmp_path, {"gpu1": "PASS"}, 4)
    words = ("-C", tmp_path, "build", "fingerprint")
    first = json.loads(run(*words, NAME, "--json").out)
    assert (first["fingerprints"][0]["spread"], first["added"]) == (None, 1)
    written(tmp_path / "runs" / NAME / "measurements.jsonl", readings(3))
    stale = run(*words)
    assert (stale.status, "judge it again" in stale.err) == (2, True)
    judged(tmp_path, {"gpu1": "PASS"}, 12)
    assert json.loads(run(*words, "--json").out)["added"] == 1
    shown = json.loads(run(*words, "--show", "--json").out)["fingerprints"]
    assert [each["count"] for each in shown] == [3]


def test_nothing_is_golden_that_was_not_accepted(tmp_path: Path, run: Run) -> None:
    kept(tmp_path, NAME, None, readings())
    words = ("-C", tmp_path, "build", "fingerprint")
    unjudged = run(*words)
    assert (unjudged.status, "was not judged" in unjudged.err) == (2, True)
    judged(tmp_path, {"gpu1": "FAIL", "gpu2": "UNKNOWN"}, 12)
    assert run(*words, "--warned").status == 1
    assert run(*words, "--show").status == 1
    assert not (tmp_path / "state.db").exists()


def test_rows_that_are_said_twice_count_once_as_they_do_for_the_judge(
    tmp_path: Path, run: Run
) -> None:
    kept(tmp_path, NAME, "sat", readings() + readings())
    judged(tmp_path, {"gpu1": "PASS", "gpu2": "PASS"}, 12)
    answer = run("-C", tmp_path, "build", "fingerprint", "--json")
    assert answer.status == 0, answer.err
    assert json.loads(answer.out)["added"] == 3
