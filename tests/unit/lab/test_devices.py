"""The adapters and the bus: ibstat, ibstatus, lspci and the small tools beside them."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from .node import LabNode, sample

DOWN = {"id": "l", "kind": "link-down", "value": "mlx5_2"}


def labels(text: str) -> list[str]:
    """Return what stands before the colon of each line of the first adapter, with its margin."""
    first = text.split("CA 'mlx5_1'")[0]
    return [line.partition(":")[0] for line in first.rstrip().splitlines()]


def states(text: str) -> dict[str, str]:
    """Return the state of each adapter by its name."""
    return dict(re.findall(r"CA '(\w+)'.*?State: (\w+)", text, re.S))


def test_ibstat_has_the_lines_of_the_real_one(h100: LabNode) -> None:
    assert labels(h100.answer("ibstat")) == labels(sample("ibstat/h100-12ca-some-down.txt"))


def test_ibstatus_has_the_lines_of_the_real_one(h100: LabNode) -> None:
    real, ours = sample("ibstat/ibstatus-a100.txt"), h100.answer("ibstatus").expandtabs(8)
    blocks = [
        re.sub(r"[0-9a-f]{4}(:[0-9a-f]{4})+|0x\w+|\d+ Gb.*", "X", text.split("\n\n")[0])
        for text in (real, ours)
    ]
    assert blocks[0].splitlines() == blocks[1].splitlines()


@pytest.mark.parametrize("fault", [DOWN, {**DOWN, "value": None, "device": 2}])
def test_one_link_is_down_and_the_others_are_not(h100: LabNode, fault: dict[str, object]) -> None:
    h100.fault(fault)
    found = states(h100.answer("ibstat"))
    assert found.pop("mlx5_2") == "Down"
    assert set(found.values()) == {"Active"}
    one = h100.answer("ibstat", "mlx5_2")
    assert "Physical state: Disabled" in one
    assert "Rate: 10\n" in one
    assert "1: DOWN" in h100.answer("ibstatus", "mlx5_2")


def test_adapters_are_listed_by_name_and_by_port(h100: LabNode) -> None:
    assert h100.answer("ibstat", "-l").split() == [f"mlx5_{number}" for number in range(8)]
    assert all(guid.startswith("0x02") for guid in h100.answer("ibstat", "-p").split())
    assert h100.run("ibstat", "mlx5_99").returncode == 255


def test_an_ethernet_port_has_no_lid(mi300x: LabNode) -> None:
    text = mi300x.answer("ibstat")
    assert text.count("Link layer: Ethernet") == text.count("Base lid: 0\n") == 8


def test_the_bus_shows_what_is_there_and_how_wide(h100: LabNode) -> None:
    h100.fault(
        {"id": "a", "kind": "missing-gpu", "device": 0},
        {"id": "b", "kind": "pcie-width", "device": 1, "value": "8"},
    )
    listed = h100.answer("lspci", "-nn")
    assert listed.count("3D controller [0302]: NVIDIA Corporation") == 7
    assert listed.count("Infiniband controller [0207]: Mellanox") == 8
    told = h100.answer("lspci", "-vvv", "-s", "0000:43:00.0")
    assert "LnkCap:\tPort #0, Speed 32GT/s, Width x16" in told
    assert "LnkSta:\tSpeed 32GT/s (ok), Width x8 (downgraded)" in told
    assert "ACSCtl:\tSrcValid-" in h100.answer("lspci", "-vvv", "-d", "1000:")


def test_lspci_lines_are_of_the_real_form(mi300x: LabNode) -> None:
    form = re.compile(r"[\da-f:]{5}\.\d [^:\[]+ \[[\da-f]{4}\]: .+ \[[\da-f]{4}:[\da-f]{4}\]")
    real = [line for line in sample("lspci/nn-a10.txt").splitlines() if line]
    assert all(form.match(line) for line in real)
    ours = mi300x.answer("lspci", "-nn").splitlines()
    assert all(form.match(line) for line in ours)
    assert sum("Instinct MI300X" in line for line in ours) == 8


def test_small_tools_tell_their_versions(h100: LabNode) -> None:
    assert h100.answer("ofed_info", "-s") == "OFED-internal-25.07-0.9.7:\n"
    assert "580.95.05" in h100.answer("nvidia-persistenced", "--version")
    assert "580.95.05" in h100.answer("nv-fabricmanager", "--version")
    assert "4.4.1" in h100.answer("nv-hostengine", "--version")
    assert h100.answer("nvidia-container-cli", "info").count("GPU UUID:") == 8
    assert "1.18.0" in h100.answer("nvidia-ctk", "--version")


def test_the_container_runtime_joins_what_docker_already_has(h100: LabNode) -> None:
    settings = h100.root / "etc/docker/daemon.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"log-driver": "journald"}', encoding="utf-8")
    h100.answer("nvidia-ctk", "runtime", "configure", "--runtime=docker")
    content = json.loads(settings.read_text(encoding="utf-8"))
    assert content["log-driver"] == "journald"
    assert "nvidia" in content["runtimes"]


def test_the_fabric_manager_serves_its_own_driver_only(h100: LabNode) -> None:
    command = [sys.executable, "-m", "simulators", "nv-fabricmanager"]
    with subprocess.Popen(
        command, env=h100.environment(), stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout
        assert "Successfully configured" in service.stdout.readline()
        service.terminate()
        assert service.wait(5) == 0
    newer = h100.root / "usr/share/millwright-lab/versions/fabricmanager"
    newer.parent.mkdir(parents=True)
    newer.write_text("580.105.08", encoding="utf-8")
    refused = h100.run("nv-fabricmanager")
    assert (refused.returncode, "580.105.08" in refused.stderr) == (1, True)
