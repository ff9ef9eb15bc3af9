"""The simulated amd-smi and rocm-smi."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .node import LabNode, sample

RENAMED = {
    "Card Series",
    "Card Model",
    "Card Vendor",
    "Subsystem ID",
    "Node ID",
    "GUID",
    "GFX Version",
    "Device Name",
    "Current Socket Graphics Package Power (W)",
    "GPU Memory Allocated (VRAM%)",
    "UMC RAS",
    "Card SKU",
}
"""What newer releases than the sample's call otherwise or add."""


def ask(node: LabNode, *command: str) -> Any:
    """Return what a tool answers as JSON."""
    return json.loads(node.answer(*command, "--json"))


def metrics(node: LabNode, group: str) -> list[dict[str, Any]]:
    """Return one group of measurements of every accelerator."""
    rows = ask(node, "amd-smi", "metric", f"--{group.replace('_', '-')}")["gpu_data"]
    return [row[group] for row in rows]


@pytest.mark.parametrize(
    "command", ["list", "static", "metric", "monitor", "topology", "firmware", "version"]
)
def test_every_command_answers_as_json_and_as_text(mi300x: LabNode, command: str) -> None:
    content = ask(mi300x, "amd-smi", command)
    rows = content["gpu_data"] if isinstance(content, dict) else content
    assert len(rows) == (1 if command == "version" else 8)
    assert mi300x.answer("amd-smi", command).strip()


def test_an_accelerator_says_what_it_is(mi300x: LabNode) -> None:
    first = ask(mi300x, "amd-smi", "static", "-g", "0")["gpu_data"]
    assert len(first) == 1
    assert first[0]["asic"]["market_name"] == "AMD Instinct MI300X"
    assert first[0]["vram"]["size"] == {"value": 196592, "unit": "MB"}
    assert set(ask(mi300x, "amd-smi", "static", "--driver")["gpu_data"][0]) == {"gpu", "driver"}


def test_all_are_one_hop_apart(mi300x: LabNode) -> None:
    for row in ask(mi300x, "amd-smi", "topology"):
        assert sorted(link["num_hops"] for link in row["links"]) == [0] + [1] * 7


def test_faults_show_where_they_belong(mi300x: LabNode) -> None:
    mi300x.fault(
        {"id": "a", "kind": "ecc", "device": 1, "value": "4"},
        {"id": "b", "kind": "pcie-width", "device": 2, "value": "8"},
        {"id": "c", "kind": "throttle", "device": 3},
        {"id": "d", "kind": "slow-gpu", "device": 4},
    )
    counts = [row["total_uncorrectable_count"] for row in metrics(mi300x, "ecc")]
    assert counts == [0, 4, 0, 0, 0, 0, 0, 0]
    assert [row["width"] for row in metrics(mi300x, "pcie")] == [16, 16, 8, 16, 16, 16, 16, 16]
    held = [row["throttle_status"] for row in metrics(mi300x, "power")]
    assert (held.count("THROTTLED"), held[3]) == (1, "THROTTLED")
    assert metrics(mi300x, "temperature")[3]["hotspot"]["value"] > 90


def test_a_missing_accelerator_is_gone_from_every_tool(mi300x: LabNode) -> None:
    mi300x.fault({"id": "m", "kind": "missing-gpu", "device": 7})
    assert len(ask(mi300x, "amd-smi", "list")) == 7
    assert len(ask(mi300x, "rocm-smi", "--showid")) == 7
    assert mi300x.answer("lspci", "-d", "1002:").count("Instinct MI300X") == 7


def test_rocm_smi_uses_the_keys_of_the_real_one(mi300x: LabNode) -> None:
    real = json.loads(sample("rocm-smi/mi100-rocm602.json"))
    ours = ask(mi300x, "rocm-smi", "--showallinfo")
    assert set(ours["card0"]) - set(real["card0"]) <= RENAMED
    assert set(ours["system"]) - {"simulated"} <= set(real["system"])
    assert [key for key in ours if key != "system"] == [f"card{number}" for number in range(8)]


def test_rocm_smi_shows_what_is_asked_and_refuses_the_rest(mi300x: LabNode) -> None:
    assert set(ask(mi300x, "rocm-smi", "--showuse")["card0"]) == {"GPU use (%)"}
    assert "GPU[0]\t\t: Card Series: AMD Instinct MI300X" in mi300x.answer(
        "rocm-smi", "--showproductname"
    )
    assert "Concise Info" in mi300x.answer("rocm-smi")
    assert mi300x.run("rocm-smi", "--showcolour").returncode == 2
    assert mi300x.run("amd-smi", "dance").returncode == 255
