"""A burn-in on a deployed cluster: a healthy one passes, broken nodes are named for the right
reason, and a run that is killed loses nothing."""

from __future__ import annotations

import json
import signal
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.lab.rehearsal import Rehearsal, await_that


def run_folder(site: Rehearsal) -> Path:
    return sorted((site.root / "runs").glob("*-build"))[-1]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def judged(site: Rehearsal) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.say("build", "verdict", "--json").out)
    return found


def findings(document: dict[str, Any], node: str) -> set[tuple[str, str, str]]:
    """Return kind, device and metric of what a verdict holds against a node."""
    return {
        (each["kind"], each["device"], each["metric"])
        for each in document["nodes"][node]["findings"]
        if each["verdict"] in ("WARN", "UNKNOWN", "FAIL")
    }


def test_a_healthy_cluster_has_all_tools_is_measured_whole_and_passes(deployed: Rehearsal) -> None:
    told = deployed.done("build", "plan", "--class", "smoke", "--level", "l11")
    assert "SIMULATED" in told
    assert deployed.say("build", "check").status == 0
    assert deployed.say("build", "run").status == 2
    ran = json.loads(deployed.done("build", "run", "--yes", "--json"))
    assert set(ran["counts"]) == {"measured"}
    assert ran["simulated"] is True
    verdict = judged(deployed)
    assert verdict["completeness"] == 1.0, verdict["nodes"]
    assert verdict["verdict"] in ("PASS", "WARN"), verdict["nodes"]
    rows = lines(run_folder(deployed) / "measurements.jsonl")
    assert all(row["simulated"] and row["schema"] == "millwright.measurement/1" for row in rows)
    by_hand = {"stress_ng_cpu_bogo_ops_per_s", "fio_read_bandwidth", "hpl_tflops"}
    assert by_hand | {"iperf3_bandwidth"} <= {row["metric"] for row in rows}
    assert deployed.say("evidence", "verify", run_folder(deployed).name).status == 0


def test_broken_nodes_are_named_for_the_right_reason(deployed: Rehearsal) -> None:
    few = "gpu-inventory,gpu-burn,kernel-log,fabric-ports"
    deployed.done("build", "plan", "--tests", few)
    deployed.breaks("gpu1", "slow-gpu:3:0.8", "link-down:mlx5_2")
    deployed.breaks("gpu2", "throttle:5", "xid:94:2")
    try:
        ran = deployed.say("build", "run", "--yes", "--json")
        first = judged(deployed)
        deployed.say("build", "retest", "--yes")
        last = judged(deployed)
    finally:
        deployed.heals("gpu1")
        deployed.heals("gpu2")
    assert ran.status in (0, 3)
    assert ("outlier", "gpu3", "gpu_burn_gflops") in findings(first, "gpu1")
    assert ("gate", "mlx5_2", "ib_port_active") in findings(first, "gpu1")
    assert ("missing", "mlx5_2", "ib_port_rate") in findings(first, "gpu1")
    assert ("gate", "", "kernel_errors") in findings(first, "gpu2")
    assert ("gate", "gpu5", "gpu_throttled") in findings(first, "gpu2")
    assert last["nodes"]["gpu1"]["outliers"] == "FAIL"
    assert last["nodes"]["gpu2"]["gates"] == "FAIL"


def test_a_hung_tool_and_a_silent_node_leave_themselves_unknown(deployed: Rehearsal) -> None:
    deployed.done("build", "plan", "--tests", "gpu-inventory,kernel-log")
    deployed.breaks("gpu1", "hung-smi")
    deployed.breaks("gpu2", "black-hole")
    try:
        ran = deployed.say("build", "run", "--yes", "--patience", "20")
        verdict = judged(deployed)
        checked = deployed.say("build", "check", "--json")
    finally:
        deployed.heals("gpu1")
        deployed.heals("gpu2")
    assert ran.status == 3
    reasons = {
        node: {each["reason"] for each in verdict["nodes"][node]["findings"]}
        for node in ("gpu1", "gpu2")
    }
    assert any("nvidia-smi did not end within" in reason for reason in reasons["gpu1"])
    assert all(reason.startswith("lost: gpu2 is silent") for reason in reasons["gpu2"])
    assert verdict["verdict"] == "UNKNOWN"
    assert (checked.status, json.loads(checked.out)["lacks"][0]["silent"]) == (3, True)
    assert deployed.say("build", "resume", "--yes").status == 3
    assert judged(deployed)["nodes"]["gpu2"]["completeness"] == 1.0


def test_a_run_that_is_killed_goes_on_and_loses_and_repeats_nothing(deployed: Rehearsal) -> None:
    deployed.done("build", "plan", "--tests", "gpu-inventory,gpu-burn,kernel-log")
    run = subprocess.Popen(
        deployed.words("build", "run", "--yes"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    burning = ("pgrep", "--full", "gpu_burn -tc")
    await_that(lambda: deployed.tells("gpu1", *burning).status == 0, 60.0)
    run.send_signal(signal.SIGKILL)
    run.wait()
    folder = run_folder(deployed)
    before = {(o["node"], o["test"]) for o in lines(folder / "outcomes.jsonl")}
    assert ("gpu1", "gpu-burn") not in before
    assert "not ended" in deployed.done("build", "status")
    await_that(lambda: deployed.tells("gpu1", *burning).status != 0, 90.0)
    resumed = datetime.now(UTC)
    deployed.done("build", "resume", "--yes")
    burnt = next(
        datetime.fromisoformat(each["at"])
        for each in lines(folder / "outcomes.jsonl")
        if (each["node"], each["test"]) == ("gpu1", "gpu-burn")
    )
    assert burnt - resumed < timedelta(seconds=25), "what ran meanwhile was run again"
    done = Counter((o["node"], o["test"], o["number"]) for o in lines(folder / "outcomes.jsonl"))
    assert set(done.values()) == {1}
    assert judged(deployed)["completeness"] == 1.0
    assert "nothing to resume" in deployed.done("build", "resume")
    assert deployed.say("evidence", "verify", folder.name).status == 0


def test_a_node_that_is_slow_only_in_groups_is_found_by_groups_and_through_a_kill(
    deployed: Rehearsal,
) -> None:
    words = ("build", "bisect", "gpu[1-2]", "--good", "gpu[3-4]", "--run", "nccl-fabric", "--yes")
    deployed.breaks("gpu2", "slow-group:0.6")
    try:
        begun = subprocess.Popen(
            deployed.words(*words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await_that(lambda: searched(deployed), 90.0)
        begun.send_signal(signal.SIGKILL)
        begun.wait()
        before = searched(deployed)
        found = deployed.say("build", "bisect", "--resume", "--json")
    finally:
        deployed.heals("gpu2")
    told = json.loads(found.out)
    assert (found.status, told["verdict"], told["simulated"]) == (1, "FAIL", True)
    assert [(each["nodes"], each["sure"]) for each in told["named"]] == [(["gpu2"], "sure")]
    assert 38 < told["named"][0]["worse_percent"] < 42
    tests = [each["test"] for each in searched(deployed)]
    assert tests[: len(before)] == [each["test"] for each in before]
    assert len(set(tests)) == len(tests) == len(told["groups"])
    assert deployed.say("evidence", "verify", told["run"]).status == 0


def searched(site: Rehearsal) -> list[dict[str, Any]]:
    """Return what came of the groups of the last search until now."""
    found = sorted((site.root / "runs").glob("*-bisect/outcomes.jsonl"))
    return lines(found[-1]) if found else []
