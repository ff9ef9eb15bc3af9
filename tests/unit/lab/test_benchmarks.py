"""The simulated benchmarks: in the real ones' words, and slow where a fault makes them slow."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from millwright.lab.simulators.dispatch import COLLECTIVES
from millwright.lab.simulators.ranks import expand

from .node import LabNode, build, sample

SIZES = ("-b", "1G", "-e", "2G", "-f", "2")
TWO_NODES = {
    "SLURM_PROCID": "0",
    "SLURM_NTASKS": "16",
    "SLURM_NNODES": "2",
    "SLURM_JOB_NODELIST": "node[001-002]",
}
ROW = re.compile(r"^\s+\d+\s+\d+\s+\w+")


def average(text: str) -> float:
    """Return the average bus bandwidth of a run in GB/s."""
    found = re.search(r"^# Avg bus bandwidth    : ([\d.]+)", text, re.M)
    assert found
    return float(found[1])


def busbw(node: LabNode, *options: str, environment: dict[str, str] | None = None) -> float:
    """Return what an all-reduce reaches for large messages."""
    return average(node.answer("all_reduce_perf", *SIZES, *options, environment=environment))


def bandwidths(node: LabNode, case: str) -> list[float]:
    """Return the first row of one test of nvbandwidth, in GB/s."""
    content: dict[str, Any] = json.loads(node.answer("nvbandwidth", "-j", "-t", case))
    row = content["nvbandwidth"]["testcases"][0]["bandwidth_matrix"][0]
    return [float(cell) for cell in row if cell != "N/A"]


def burnt(text: str) -> list[int]:
    """Return the Gflop/s of each GPU in the last progress line."""
    last = text.rsplit("\r", 1)[1]
    return [int(speed) for speed in re.findall(r"\((\d+) Gflop/s\)", last)]


def test_a_collective_prints_the_columns_of_the_real_one(h100: LabNode) -> None:
    real = sample("nccl-tests/inline-allreduce-avg-150.txt").splitlines()
    ours = h100.answer(
        "all_reduce_perf", "-b", "32M", "-e", "1G", "-f", "2", "-g", "8"
    ).splitlines()
    real_rows = [line.split() for line in real if ROW.match(line)]
    our_rows = [line.split() for line in ours if ROW.match(line)]
    assert [row[:5] for row in our_rows] == [row[:5] for row in real_rows]
    assert {len(row) for row in our_rows} == {13}
    titles = [line.split() for line in real if "busbw" in line]
    assert titles == [line.split() for line in ours if "busbw" in line and "Avg" not in line]


@pytest.mark.parametrize("command", COLLECTIVES)
@pytest.mark.parametrize("model", ["b200", "mi300x"])
def test_every_collective_ends_with_its_average(tmp_path: Path, model: str, command: str) -> None:
    text = build(tmp_path, model).answer(command, *SIZES, "-g", "8", "-d", "bfloat16", "-c", "0")
    assert average(text) > 50
    assert "# Out of bounds values : 0 OK" in text
    assert " N/A" in text


def test_a_healthy_node_reaches_its_reference_within_two_percent(h100: LabNode) -> None:
    assert busbw(h100, "-g", "8") == pytest.approx(478, rel=0.02)


def test_two_runs_never_measure_quite_the_same(h100: LabNode) -> None:
    assert busbw(h100, "-g", "8") != busbw(h100, "-g", "8")


def test_a_slow_gpu_holds_a_collective_back_only_where_it_takes_part(h100: LabNode) -> None:
    h100.fault({"id": "s", "kind": "slow-gpu", "device": 3, "value": "0.5"})
    assert busbw(h100, "-g", "8") == pytest.approx(239, rel=0.03)
    pair = {"CUDA_VISIBLE_DEVICES": "0,1"}
    assert busbw(h100, "-g", "2", environment=pair) == pytest.approx(478, rel=0.05)


def test_a_link_that_is_down_shows_between_nodes_and_not_inside(h100: LabNode) -> None:
    before = busbw(h100, environment=TWO_NODES)
    h100.fault({"id": "l", "kind": "link-down", "value": "mlx5_2"})
    assert busbw(h100, environment=TWO_NODES) == pytest.approx(before * 7 / 8, rel=0.03)
    assert busbw(h100, "-g", "8") == pytest.approx(478, rel=0.02)


def test_a_node_is_slow_only_beside_those_that_it_is_slow_with(h100: LabNode) -> None:
    path = h100.root / "var/lib/millwright-lab/peers.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    healthy = busbw(h100, "-g", "1", environment=TWO_NODES)
    for others, share in ((["node007"], 1.0), (["node001"], 0.6)):
        path.write_text(json.dumps({"node002": {"fraction": 0.6, "with": others}}))
        found = busbw(h100, "-g", "1", environment=TWO_NODES)
        assert found == pytest.approx(share * healthy, rel=0.02)


def test_only_the_first_rank_speaks_and_names_every_host(h100: LabNode) -> None:
    text = h100.answer("all_gather_perf", *SIZES, environment=TWO_NODES)
    assert text.count("#  Rank") == 16
    assert text.count("node002") == 8
    later = h100.answer("all_gather_perf", *SIZES, environment={**TWO_NODES, "SLURM_PROCID": "3"})
    assert later == ""


def test_more_gpus_than_there_are_is_an_error(h100: LabNode) -> None:
    h100.fault({"id": "m", "kind": "missing-gpu", "device": 5})
    refused = h100.run("all_reduce_perf", *SIZES, "-g", "8")
    assert (refused.returncode, "invalid device ordinal" in refused.stdout) == (2, True)
    assert h100.run("all_reduce_perf", "-Q", "1").returncode == 1


def test_a_folded_list_of_nodes_is_unfolded() -> None:
    assert expand("node[001-003,7],head") == ["node001", "node002", "node003", "node7", "head"]


def test_nvbandwidth_has_the_keys_and_the_tests_of_the_real_one(h100: LabNode) -> None:
    real = json.loads(sample("nvbandwidth/json-verbose-full.json"))["nvbandwidth"]
    ours = json.loads(h100.answer("nvbandwidth", "-j"))["nvbandwidth"]
    assert set(ours) == set(real)
    assert {case["name"] for case in real["testcases"]} <= {
        case["name"] for case in ours["testcases"]
    }
    assert set(ours["testcases"][0]) == set(real["testcases"][0])


def test_nvbandwidth_tells_its_text_as_the_real_one(h100: LabNode) -> None:
    real = sample("nvbandwidth/v06-gh200.txt").splitlines()
    ours = h100.answer("nvbandwidth", "-t", "host_to_device_memcpy_ce").splitlines()
    for line in ("Running host_to_device_memcpy_ce.", real[9], real[-1]):
        assert line in ours
    assert re.fullmatch(r"SUM host_to_device_memcpy_ce \d+\.\d\d", ours[-4])
    assert h100.run("nvbandwidth", "-t", "warp_drive").returncode == 1


def test_a_narrow_link_halves_the_copies_of_its_gpu_alone(h100: LabNode) -> None:
    h100.fault({"id": "p", "kind": "pcie-width", "device": 1, "value": "8"})
    row = bandwidths(h100, "host_to_device_memcpy_ce")
    assert row[1] == pytest.approx(row[0] / 2, rel=0.03)
    assert bandwidths(h100, "device_local_copy")[1] == pytest.approx(1475, rel=0.02)


def test_a_burn_takes_its_time_and_shows_the_slow_gpu(h100: LabNode) -> None:
    h100.fault(
        {"id": "s", "kind": "slow-gpu", "device": 3, "value": "0.8"},
        {"id": "t", "kind": "throttle", "device": 6},
    )
    start = time.monotonic()
    text = h100.answer("gpu_burn", "1")
    assert time.monotonic() - start >= 1
    speeds = burnt(text)
    assert speeds[3] == pytest.approx(0.8 * speeds[0], rel=0.03)
    assert speeds[6] == pytest.approx(0.55 * speeds[0], rel=0.03)
    assert text.endswith("\tGPU 7: OK\n")


def test_a_burn_prints_the_lines_of_the_real_one(h100: LabNode) -> None:
    real, ours = sample("gpu-burn/a100-8gpu.txt"), h100.answer("gpu_burn", "1")
    forms = [
        re.sub(r"\d+(\.\d+)?", "0", text.split("\r")[1].splitlines()[0].rstrip())
        for text in (real, ours)
    ]
    assert forms[0] == forms[1]
    assert real.splitlines()[-9:] == ours.splitlines()[-9:]
    assert h100.run("gpu_burn", "--fast").returncode == 1
