"""The simulated data centre manager: dcgmi and dcgm-exporter."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import jsonschema
import pytest

from millwright.lab.profiles import profile_for

from .node import LabNode, sample

PENDING = {"id": "e", "kind": "ecc", "device": 1, "value": "2"}


def diagnose(node: LabNode, level: int) -> dict[str, Any]:
    """Return the JSON of a diagnostic, whatever its verdict."""
    content: dict[str, Any] = json.loads(node.run("dcgmi", "diag", "-r", str(level), "-j").stdout)
    return content


def failures(node: LabNode, level: int = 4) -> set[tuple[str, int]]:
    """Return (test, GPU) of everything that failed."""
    return {
        (test["name"], result["entity_id"])
        for category in diagnose(node, level)["DCGM Diagnostic"]["test_categories"]
        for test in category["tests"]
        for result in test["results"]
        if result["status"] == "Fail"
    }


def reported(content: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (category, test) of a report of either version."""
    (report,) = (value for key, value in content.items() if key.startswith("DCGM"))
    return [
        (part["category"], test["name"])
        for part in report["test_categories"]
        for test in part["tests"]
    ]


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_diagnostic_is_valid_by_the_vendors_schema(h100: LabNode, level: int) -> None:
    schema = json.loads(sample("dcgmi-diag/dcgm-diag-schema-v4.json"))
    h100.fault(PENDING, {"id": "p", "kind": "pcie-width", "device": 2})
    jsonschema.Draft7Validator(schema).validate(diagnose(h100, level))


def test_a_diagnostic_of_version_4_has_the_parts_of_the_real_one(h100: LabNode) -> None:
    real = json.loads(sample("dcgmi-diag/v4-gb10-level2-partial-skip.json"))
    ours = diagnose(h100, 2)
    assert reported(ours) == reported(real)
    assert set(ours) == {*real, "simulated"}
    assert set(ours["metadata"]) == set(real["metadata"])
    assert set(ours["entity_groups"][0]["entities"][0]) == set(
        real["entity_groups"][0]["entities"][0]
    )


@pytest.mark.parametrize("level", [1, 2])
def test_a_diagnostic_of_version_3_has_the_tests_of_the_real_one(h100: LabNode, level: int) -> None:
    real = json.loads(sample(f"dcgmi-diag/v3-r{level}-results.json"))
    profile = profile_for("node001", "h100")
    profile["software"]["dcgm_major"] = 3
    h100.lay(profile)
    assert reported(diagnose(h100, level)) == reported(real)


def test_a_healthy_node_passes_every_level(h100: LabNode) -> None:
    assert failures(h100) == set()
    assert "| software                  | Pass" in h100.answer("dcgmi", "diag", "-r", "1")
    assert h100.run("dcgmi", "diag", "-r", "9").returncode != 0


@pytest.mark.parametrize(
    ("fault", "failed"),
    [
        ({"kind": "ecc", "device": 1}, {"software", "memory", "memtest"}),
        ({"kind": "pcie-width", "device": 1}, {"pcie", "nvbandwidth"}),
        ({"kind": "slow-gpu", "device": 1}, {"diagnostic", "targeted_stress", "memory_bandwidth"}),
        (
            {"kind": "throttle", "device": 1},
            {"diagnostic", "targeted_stress", "targeted_power", "pulse_test"},
        ),
        ({"kind": "link-down", "value": "mlx5_1"}, set()),
        ({"kind": "xid", "device": 1, "value": "13"}, set()),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_each_fault_fails_its_own_tests_of_its_own_gpu(
    h100: LabNode, fault: dict[str, Any], failed: set[str]
) -> None:
    h100.fault({"id": "f", **fault})
    assert failures(h100) == {(name, 1) for name in failed}
    assert h100.run("dcgmi", "diag", "-r", "4", "-j").returncode == (226 if failed else 0)


def test_health_names_the_gpu_and_why(h100: LabNode) -> None:
    healthy = json.loads(h100.answer("dcgmi", "health", "-c", "-j"))
    assert healthy.pop("simulated")
    assert healthy == json.loads(sample("dcgmi/health-check.json"))
    h100.fault(PENDING)
    body = json.loads(h100.answer("dcgmi", "health", "-c", "-j"))["body"]
    assert body["Overall Health"]["value"] == "Failure"
    assert list(body["GPU"]["children"]) == ["1"]
    assert "row remappings are" in h100.answer("dcgmi", "health", "-c")
    assert "successfully" in h100.answer("dcgmi", "health", "-s", "a")


def test_discovery_and_modules_are_laid_out_as_the_real_ones(h100: LabNode) -> None:
    real = sample("dcgmi/discovery.txt").splitlines()
    ours = h100.answer("dcgmi", "discovery", "-l").splitlines()
    assert (ours[0], ours[1:4]) == ("8 GPUs found.", real[1:4])
    assert [line[:15] for line in ours[4:8]] == [line[:15] for line in real[4:8]]
    listed = h100.answer("dcgmi", "modules", "-l").splitlines()
    assert listed[:15] == sample("dcgmi/modules.txt").splitlines()[:15]


def test_dmon_has_the_columns_of_the_real_one(h100: LabNode) -> None:
    real = sample("dcgmi/dmon.txt").splitlines()
    ours = h100.answer("dcgmi", "dmon", "-e", "1001,1004,1005", "-c", "1").splitlines()
    assert ours[:3] == real[:3]
    assert len(ours) == 10
    assert h100.run("dcgmi", "dmon", "-e", "99999", "-c", "1").returncode == 1


def test_link_errors_are_told_as_the_real_tool_tells_them(h100: LabNode) -> None:
    real = json.loads(sample("dcgmi/nvlink-errors-good.json"))
    ours = json.loads(h100.answer("dcgmi", "nvlink", "-e", "-g", "0", "-j"))
    assert ours["header"] == real["header"]
    assert ours["body"]["Link 0"] == real["body"]["Link 0"]
    assert h100.answer("dcgmi", "nvlink", "-s").count("gpuId") == 8


def test_a_lost_gpu_is_a_failure_and_no_longer_found(h100: LabNode) -> None:
    h100.fault({"id": "x", "kind": "xid", "device": 3, "value": "79"})
    assert h100.answer("dcgmi", "discovery", "-l").startswith("7 GPUs found.")
    assert "XID 79" in h100.answer("dcgmi", "health", "-c")


@pytest.mark.enable_socket
def test_the_exporter_serves_what_the_faults_say(h100: LabNode) -> None:
    h100.fault(PENDING)
    port = _free_port()
    command = [sys.executable, "-m", "simulators", "dcgm-exporter", "-a", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, env=h100.environment()) as service:
        text = _fetch(f"http://127.0.0.1:{port}/metrics")
        service.terminate()
    names = set(re.findall(r"^(\w+)\{", sample("dcgm-exporter/a100-mig.txt"), re.M))
    ours = set(re.findall(r"^(\w+)\{", text, re.M))
    assert names - ours <= {"DCGM_FI_DEV_VGPU_LICENSE_STATUS"}
    assert re.search(r'^DCGM_FI_DEV_ECC_DBE_VOL_TOTAL\{gpu="1",.*\} 2$', text, re.M)
    assert text.count("DCGM_FI_DEV_GPU_TEMP{") == 8


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fetch(address: str) -> str:
    for _ in range(50):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("the exporter never answered")
