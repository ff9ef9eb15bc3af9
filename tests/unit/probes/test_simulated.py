"""What the lab's simulators print is read back as what it is, with its faults and its mark."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.lab.simulators.mark import MARK as SIMULATORS_MARK
from millwright.probes import (
    dmesg,
    gpu_burn,
    ibstat,
    lspci,
    nccl_tests,
    nvbandwidth,
)
from millwright.probes.reading import MARK
from tests.unit.lab.node import LabNode, build

from .laws import Reader, assert_cuts_are_harmless, assert_nothing_new, torn

COLLECTIVES = ("all_reduce", "all_gather", "reduce_scatter", "alltoall", "broadcast", "sendrecv")
SIZES = ("-b", "64M", "-e", "256M", "-f", "2", "-g", "8")
TWO_NODES = {
    "SLURM_PROCID": "0",
    "SLURM_NTASKS": "16",
    "SLURM_NNODES": "2",
    "SLURM_JOB_NODELIST": "node[001-002]",
}


@pytest.fixture
def h100(tmp_path: Path) -> LabNode:
    return build(tmp_path, "h100")


@pytest.fixture
def mi300x(tmp_path: Path) -> LabNode:
    return build(tmp_path, "mi300x")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One output of each simulator, of a node with a fault that each of them shows."""
    node = build(tmp_path_factory.mktemp("node"), "h100")
    node.fault(
        {"id": "x", "kind": "xid", "device": 1, "value": "94"},
        {"id": "l", "kind": "link-down", "value": "mlx5_2"},
        {"id": "p", "kind": "pcie-width", "device": 0, "value": "8"},
    )
    slot = lspci.read(node.answer("lspci")).facts.devices[1].slot
    return {
        "nccl": node.answer("all_reduce_perf", *SIZES),
        "json": node.answer("nvbandwidth", "-j", "-t", "host_to_device_memcpy_ce"),
        "text": node.answer("nvbandwidth", "-t", "host_to_device_memcpy_ce", "0"),
        "burn": node.answer("gpu_burn", "-i", "3", "1"),
        "ibstat": node.answer("ibstat"),
        "ibstatus": node.answer("ibstatus"),
        "lspci": node.answer("lspci", "-nn", "-vvv", "-s", slot),
        "dmesg": node.answer("dmesg", "--decode", "--time-format", "iso"),
    }


READERS: dict[str, Reader] = {
    "nccl": nccl_tests.read,
    "json": nvbandwidth.read,
    "text": nvbandwidth.read,
    "burn": gpu_burn.read,
    "ibstat": ibstat.read,
    "ibstatus": ibstat.read,
    "lspci": lspci.read,
    "dmesg": dmesg.read,
}
EXACT = {"nccl", "json", "text", "ibstat", "ibstatus", "lspci"}
"""Those whose facts hold whole words and numbers only; a log's text may be cut."""
MARKED = {"nccl", "json", "text", "burn"}


def test_simulators_and_readers_know_the_same_mark() -> None:
    assert SIMULATORS_MARK == MARK


@pytest.mark.parametrize("name", READERS)
def test_what_is_simulated_is_read_without_problems_and_says_so(
    told: dict[str, str], name: str
) -> None:
    reading = READERS[name](told[name])
    assert not reading.problems
    assert reading.simulated == (name in MARKED)


@pytest.mark.parametrize("name", READERS)
def test_a_simulated_output_cut_anywhere_gives_nothing_new(told: dict[str, str], name: str) -> None:
    assert_cuts_are_harmless(READERS[name], told[name], facts=name in EXACT)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_a_simulated_output_torn_anywhere_measures_nothing_new(
    told: dict[str, str], name: str, data: st.DataObject
) -> None:
    read = READERS[name]
    assert_nothing_new(read, data.draw(torn(told[name])), read(told[name]), facts=False)


@pytest.mark.parametrize("name", COLLECTIVES)
def test_every_collective_has_its_name_its_rows_and_its_average(h100: LabNode, name: str) -> None:
    reading = nccl_tests.read(h100.answer(f"{name}_perf", *SIZES))
    (run,) = reading.facts.runs
    assert (run.collective, len(run.rows), len(run.ranks)) == (name, 3, 8)
    assert run.complete
    assert not reading.problems


def test_a_run_over_two_nodes_has_the_ranks_of_both(h100: LabNode) -> None:
    reading = nccl_tests.read(
        h100.answer("all_reduce_perf", *SIZES[:-1], "1", environment=TWO_NODES)
    )
    (run,) = reading.facts.runs
    assert (len(run.ranks), {rank.host for rank in run.ranks}) == (16, {"node001", "node002"})
    assert not reading.problems


def test_rccl_tests_are_read_too(mi300x: LabNode) -> None:
    reading = nccl_tests.read(mi300x.answer("all_reduce_perf", *SIZES))
    assert reading.facts.runs[0].ranks[0].name.startswith("AMD")
    assert reading.facts.runs[0].average_busbw
    assert not reading.problems


def test_more_gpus_than_there_are_is_told_as_the_tools_failure(h100: LabNode) -> None:
    refused = h100.run("all_reduce_perf", *SIZES[:-1], "9")
    assert "invalid device ordinal" in nccl_tests.read(refused.stdout).problems[0].message


def test_text_and_json_of_nvbandwidth_name_the_same_cells(h100: LabNode) -> None:
    def names(reading: Any) -> set[tuple[str, str, str, str]]:
        return {(each.metric, each.device, each.peer, each.unit) for each in reading.measurements}

    text, document = (
        nvbandwidth.read(h100.answer("nvbandwidth", *options)) for options in ((), ("-j",))
    )
    assert names(text) == names(document)
    assert not text.problems + document.problems


def test_a_narrow_link_is_seen_by_copies_and_by_the_bus(h100: LabNode) -> None:
    h100.fault({"id": "p", "kind": "pcie-width", "device": 1, "value": "8"})
    copies = nvbandwidth.read(h100.answer("nvbandwidth", "-j", "-t", "host_to_device_memcpy_ce"))
    speeds = {each.device: each.value for each in copies.measurements if each.params}
    assert speeds["gpu1"] == pytest.approx(speeds["gpu0"] / 2, rel=0.05)
    bus = lspci.read(h100.answer("lspci", "-nn", "-vvv"))
    narrow = [each for each in bus.facts.devices if each.link and each.link.width_downgraded]
    assert [(each.class_id, each.link.width) for each in narrow if each.link] == [("0302", 8)]
    assert not bus.problems


@pytest.mark.parametrize("options", [(), ("-D",), ("-n",), ("-nn",), ("-vv",), ("-k",)])
def test_every_form_of_lspci_lists_the_same_devices(
    h100: LabNode, options: tuple[str, ...]
) -> None:
    plain = lspci.read(h100.answer("lspci")).facts.devices
    reading = lspci.read(h100.answer("lspci", *options))
    slots = [each.slot.removeprefix("0000:") for each in reading.facts.devices]
    assert slots == [each.slot for each in plain]
    assert not reading.problems


def test_a_slow_gpu_shows_in_its_burn(h100: LabNode) -> None:
    h100.fault({"id": "s", "kind": "slow-gpu", "device": 3, "value": "0.5"})
    reading = gpu_burn.read(h100.answer("gpu_burn", "1"))
    speeds = [gpu.gflops for gpu in reading.facts.gpus]
    assert speeds[3] == min(speed for speed in speeds if speed is not None)
    assert speeds[3] is not None
    assert speeds[0] is not None
    assert speeds[3] < 0.7 * speeds[0]
    assert [gpu.verdict for gpu in reading.facts.gpus] == ["OK"] * 8
    assert not reading.problems


def test_a_gpu_that_is_missing_is_missing_in_the_burn(h100: LabNode) -> None:
    h100.fault({"id": "m", "kind": "missing-gpu", "device": 5})
    assert len(gpu_burn.read(h100.answer("gpu_burn", "1")).facts.gpus) == 7


def test_a_link_that_is_down_is_down_in_both_tools(h100: LabNode) -> None:
    h100.fault({"id": "l", "kind": "link-down", "value": "mlx5_2"})
    for tool in ("ibstat", "ibstatus"):
        reading = ibstat.read(h100.answer(tool))
        down = [
            (adapter.name, port.state, port.physical_state)
            for adapter in reading.facts.adapters
            for port in adapter.ports
            if not port.active
        ]
        assert down == [("mlx5_2", "Down", "Disabled")]
        told = [(m.metric, m.device) for m in reading.measurements if m.value]
        assert Counter(metric for metric, _ in told) == {"ib_port_rate": 7, "ib_port_active": 7}
        assert ("ib_port_active", "mlx5_2") not in told
        assert not reading.problems


def test_guids_of_ports_are_those_of_the_adapters(h100: LabNode) -> None:
    listed = [f"0x{each.guid}" for each in ibstat.read(h100.answer("ibstat", "-p")).facts.guids]
    adapters = ibstat.read(h100.answer("ibstat")).facts.adapters
    assert listed == [adapter.ports[0].guid for adapter in adapters]


@pytest.mark.parametrize(
    "options", [(), ("-T",), ("--time-format", "iso"), ("-x",), ("-r",), ("-t",)]
)
@pytest.mark.parametrize("code", ["48", "79", "94", "119"])
def test_an_xid_is_read_in_every_time_format(
    h100: LabNode, options: tuple[str, ...], code: str
) -> None:
    h100.fault({"id": "x", "kind": "xid", "device": 2, "value": code})
    facts = dmesg.read(h100.answer("dmesg", *options)).facts
    (xid,) = [each for each in facts.events if each.kind == "xid"]
    assert (xid.code, xid.device is not None) == (int(code), True)
    assert (xid.at is None) == (options == ("-t",))
    assert any(each.kind == "fallen-off-bus" for each in facts.events) == (code == "79")
