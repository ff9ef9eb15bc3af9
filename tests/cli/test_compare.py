"""`build compare` as a person calls it: on files, and on runs of the workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from millwright.adapters.buildruns import write_plan
from millwright.adapters.workspace import Workspace
from millwright.build.plan import Wish, plan
from millwright.model.comparison import Comparison
from tests.cli.test_verdict import written
from tests.conftest import Run
from tests.unit.build.plans import basis


def stage(weak: float = 0.0) -> list[dict[str, Any]]:
    """Return a GEMM of each of sixteen GPUs, one of them weak by a share."""
    return [
        {
            "schema": "millwright.measurement/1", "at": "2026-01-05T10:00:00Z",
            "node": f"gpu{at // 8}", "device": f"gpu{at % 8}", "metric": "gemm_bf16_tflops",
            "value": (700 + at % 5) * (1 - weak * (at == 11)), "unit": "TFLOP/s", "tool": "t 1",
            "simulated": False, "serial": f"S{at:03d}",
        }
        for at in range(16)
    ]  # fmt: skip


def kept(root: Path, name: str, which: str | None, rows: list[dict[str, Any]]) -> None:
    """Keep a run of a stage, as `build run` leaves it."""
    folder = root / "runs" / name
    folder.mkdir(parents=True)
    made = plan(basis(), Wish()).model_copy(update={"stage": which})
    write_plan(Workspace(root), folder / "plan.json", made)
    written(folder / "measurements.jsonl", rows)


def test_two_files_are_compared_by_serial_number(tmp_path: Path, run: Run) -> None:
    fat = written(tmp_path / "fat.jsonl", stage())
    sat = written(tmp_path / "sat.jsonl", stage(0.1))
    words = ("build", "compare", "--fat", fat, "--sat", sat)
    answer = run(*words, "--json")
    told = Comparison.model_validate(json.loads(answer.out))
    assert answer.status == 1
    assert [(each.serial, each.node, each.device) for each in told.worse] == [
        ("S011", "gpu1", "gpu3")
    ]
    assert "S011 (gpu1 gpu3) gemm_bf16_tflops 701 became 630.9 TFLOP/s" in run(*words).out
    well = run("build", "compare", "--fat", fat, "--sat", fat)
    assert (well.status, well.out) == (
        0, "PASS  16 parts by serial number, 16 values compared: nothing changed for the worse\n"
    )  # fmt: skip


def test_a_comparison_is_a_page_for_who_receives_the_parts(tmp_path: Path, run: Run) -> None:
    fat = written(tmp_path / "fat.jsonl", stage())
    sat = written(tmp_path / "sat.jsonl", stage(0.1)[:-1])
    made = tmp_path / "paper"
    answer = run("build", "compare", "--fat", fat, "--sat", sat, "-o", str(made))
    assert answer.status == 1
    assert f"written: {made / 'comparison.html'}\n" in answer.err
    text = (made / "comparison.html").read_text()
    for told in ("S011", "630.9", "S015", "What did not arrive", "Carrier"):
        assert told in text
    assert (made / "comparison.pdf").read_bytes().startswith(b"%PDF-")


def test_the_last_runs_of_both_stages_are_compared_if_none_is_said(
    tmp_path: Path, run: Run
) -> None:
    kept(tmp_path, "20260101T000000.000000Z-build", "fat", stage())
    kept(tmp_path, "20260102T000000.000000Z-build", "sat", stage(0.1))
    kept(tmp_path, "20260103T000000.000000Z-build", None, [])
    told = json.loads(run("-C", tmp_path, "build", "compare", "--json").out)
    assert (told["fat"], told["sat"]) == (
        "20260101T000000.000000Z-build", "20260102T000000.000000Z-build"
    )  # fmt: skip
    named = ("build", "compare", told["sat"], told["fat"])
    assert run("-C", tmp_path, *named).status == 0
    wrong = run("-C", tmp_path, "build", "compare", "nothing", told["sat"])
    assert (wrong.status, "20260103T000000.000000Z-build" in wrong.err) == (2, True)


def test_a_stage_that_was_not_run_is_said(tmp_path: Path, run: Run) -> None:
    answer = run("-C", tmp_path, "build", "compare")
    assert answer.status == 2
    assert "build run --stage fat" in answer.err
