"""`build verdict` on files alone, as a person calls it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from millwright.adapters.buildruns import MEASUREMENTS, begin, write_plan
from millwright.adapters.workspace import Workspace
from millwright.build.plan import Wish, plan
from millwright.build.running import turn_id
from millwright.build.schedule import turns
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.model.verdict import VerdictDocument
from tests.conftest import Run
from tests.unit.build.plans import basis


def fleet(slow: float = 0.0) -> list[dict[str, Any]]:
    """Return sixteen nodes of eight GPUs, with one slow in all of three attempts."""
    dice = random.Random(4)
    return [
        {
            "schema": "millwright.measurement/1", "at": f"2026-01-05T10:00:0{attempt}Z",
            "node": f"gpu{node:03d}", "device": f"gpu{gpu}", "metric": "gemm_bf16_tflops",
            "value": 720 * dice.gauss(1, 0.005) * (1 - slow * ((node, gpu) == (5, 2))),
            "unit": "TFLOP/s", "tool": "t 1", "simulated": False, "sku": "dgx-h100",
            "test": "gemm", "attempt": attempt,
        }
        for node in range(16) for gpu in range(8) for attempt in (1, 2, 3)
    ]  # fmt: skip


def written(path: Path, rows: list[dict[str, Any]]) -> str:
    """Return the file of these rows."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_a_file_is_judged_without_a_node(tmp_path: Path, run: Run) -> None:
    file = written(tmp_path / "m.jsonl", fleet(0.09))
    words = ("-C", tmp_path, "build", "verdict", "--measurements", file)
    answer = run(*words, "--json")
    told = json.loads(answer.out)
    assert answer.status == 1
    assert (told["schema"], told["verdict"]) == ("millwright.verdict/1", "FAIL")
    assert told["completeness"] == 1
    outliers = [f for f in told["nodes"]["gpu005"]["findings"] if f["kind"] == "outlier"]
    assert [finding["device"] for finding in outliers] == ["gpu2"]
    assert {"metric", "device", "value", "unit", "bar", "bar_source", "peer_median", "robust_z",
            "kind", "reason", "disposition"} <= set(outliers[0])  # fmt: skip
    VerdictDocument.model_validate(told)
    assert run(*words, "--json").out == answer.out
    printed = run(*words)
    assert "gpu[000-004,006-015] (15)  PASS" in printed.out
    assert run(*words[:-1], written(tmp_path / "well.jsonl", fleet())).status == 0


def test_the_sites_bars_and_waivers_are_taken(tmp_path: Path, run: Run) -> None:
    file = written(tmp_path / "m.jsonl", fleet())
    bars, waivers = tmp_path / "bars.yaml", tmp_path / "waivers.yaml"
    bars.write_text(
        "bars:\n  - {name: mine, metric: gemm_bf16_tflops, rule: at_least, value: 800, "
        "unit: TFLOP/s, source: contract, confidence: spec}\n"
    )
    waivers.write_text("waivers:\n" + "".join(
        f"  - {{node: gpu{node:03d}, owner: Ada, reason: 'as agreed', expires: '2999-01-01'}}\n"
        for node in range(16)
    ))  # fmt: skip
    words = ("-C", tmp_path, "build", "verdict", "--measurements", file, "--bars", bars)
    answer = run(*words, "--json")
    assert (answer.status, json.loads(answer.out)["nodes"]["gpu000"]["gates"]) == (1, "FAIL")
    answer = run(*words, "--waivers", waivers, "--json")
    assert answer.status == 0
    told = json.loads(answer.out)
    assert told["nodes"]["gpu000"]["findings"][0]["disposition"] == "waived"
    bars.write_text("bars:\n  - {name: mine, metric: gemm_bf16_tflops, rule: almost, value: 1}\n")
    answer = run(*words)
    assert answer.status == 2
    assert f"{bars}:2" in answer.err
    assert "rule" in answer.err


def test_a_wrong_line_ends_with_two_and_names_line_and_key(tmp_path: Path, run: Run) -> None:
    rows = fleet()
    del rows[6]["unit"]
    file = written(tmp_path / "m.jsonl", rows)
    answer = run("build", "verdict", "--measurements", file)
    assert answer.status == 2
    assert f"{file}:7:1  unit" in answer.err


def test_without_a_run_and_without_a_file_it_says_what_to_do(tmp_path: Path, run: Run) -> None:
    answer = run("-C", tmp_path, "build", "verdict")
    assert answer.status == 2
    assert "--measurements" in answer.err


def test_nearly_complete_is_not_printed_as_complete(tmp_path: Path, run: Run) -> None:
    rows = [row for row in fleet() if row["attempt"] == 1]
    more = [{**row, "test": f"gemm-{n}"} for n in range(20) for row in rows]
    file = written(tmp_path / "m.jsonl", more[:-1])
    answer = run("-C", tmp_path, "build", "verdict", "--measurements", file)
    assert "100.0 % complete" not in answer.out
    assert "UNKNOWN  99.9 % complete" in answer.out


def reboots(folder: Path, done: int) -> BuildPlan:
    """Leave a run of three reboots a node that was killed after some turns."""
    made = plan(basis(), Wish(class_="standard", tests=frozenset({"reboot"})))
    with begin(Workspace(folder), made) as kept:
        for test, number, node in map(turn_id, turns(made)[:done]):
            kept.measured([
                {**row, "node": node, "metric": each.metric, "device": device, "test": test,
                 "value": 90 if each.metric == "boot_time" else 0,
                 "unit": "s" if each.metric == "boot_time" else "count", "attempt": 1}
                for row in fleet()[:1]
                for each in made.tests[0].expects for device in each.devices
            ])  # fmt: skip
            kept.done(Outcome(at="", node=node, test=test, number=number, came="measured"))
        name = kept.folder
    assert (name / MEASUREMENTS).is_file()
    return made


def test_a_run_that_was_killed_is_neither_complete_nor_passed(tmp_path: Path, run: Run) -> None:
    reboots(tmp_path, 2)
    answer = run("-C", tmp_path, "build", "verdict", "--json")
    told = json.loads(answer.out)
    assert (answer.status, told["verdict"]) == (1, "UNKNOWN")
    assert round(told["completeness"], 3) == 0.333
    for node in told["nodes"].values():
        assert [each["reason"] for each in node["findings"]] == [
            "not run: the run has not come to it, 2 times"
        ]


def test_the_last_run_is_judged_though_it_was_killed_before_it_measured(
    tmp_path: Path, run: Run
) -> None:
    reboots(tmp_path, 6)
    folder = sorted((tmp_path / "runs").glob("*-build"))[-1]
    killed = folder.with_name(f"9999{folder.name[4:]}")
    killed.mkdir()
    made = plan(basis(), Wish(tests=frozenset({"gpu-inventory"})))
    write_plan(Workspace(tmp_path), killed / "plan.json", made)
    answer = run("-C", tmp_path, "build", "verdict", "--json")
    told = json.loads(answer.out)
    assert (answer.status, told["verdict"], told["completeness"]) == (1, "UNKNOWN", 0)
    assert "nothing was measured" in told["notes"]
    assert {node["verdict"] for node in told["nodes"].values()} == {"UNKNOWN"}
    assert (killed / "verdict.json").is_file()


def test_a_plan_without_measurements_is_refused_and_not_ignored(tmp_path: Path, run: Run) -> None:
    reboots(tmp_path, 6)
    answer = run("-C", tmp_path, "build", "verdict", "--plan", tmp_path / "other.json")
    assert answer.status == 2
    assert "--measurements" in answer.err


def test_without_a_run_it_is_said_what_may_be_judged_instead(tmp_path: Path, run: Run) -> None:
    answer = run("-C", tmp_path, "build", "verdict")
    assert answer.status == 2
    assert "no burn-in was run here" in answer.err
    assert "--measurements FILE" in answer.err


def test_a_platform_of_no_bar_is_refused_with_those_that_are_known(
    tmp_path: Path, run: Run
) -> None:
    file = written(tmp_path / "m.jsonl", fleet())
    ask = ("-C", tmp_path, "build", "verdict", "--measurements", file, "--json", "--platform")
    answer = run(*ask, "bogus")
    told = json.loads(answer.out)
    assert (answer.status, told["schema"]) == (2, "millwright.error/1")
    assert "'bogus'" in told["message"]
    assert "any, azure-vm, bare-metal" in told["hint"]
    for known in ("azure-vm", "any"):
        assert json.loads(run(*ask, known).out)["platform"] == known
