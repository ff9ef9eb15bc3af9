"""Outputs of real fabric tools, benchmarks, kernels and controllers, read to the values they hold.

The corpus lies outside of the project; `MILLWRIGHT_SAMPLES` names it. `SOURCES.md` there says where
each file is from and what stands in it.
"""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from millwright.probes import registry
from millwright.probes.gpu_burn import Burn
from millwright.probes.ibnetdiscover import Fabric, by_description
from millwright.probes.ibstat import Adapters
from millwright.probes.kernel_log import KernelLog
from millwright.probes.lspci import Bus
from millwright.probes.nccl_facts import Run, Runs
from millwright.probes.nvbandwidth_facts import Bandwidths
from millwright.probes.perfquery import Counters
from millwright.probes.reading import Reading
from millwright.probes.redfish_facts import Machine

FOLDERS = (
    "cuda-bandwidthtest",
    "dmesg",
    "gpu-burn",
    "gpu-copy",
    "gpu-stream",
    "ibnetdiscover",
    "ibstat",
    "lspci",
    "nccl-tests",
    "nvbandwidth",
    "perfquery",
    "redfish",
    "rocm-bandwidth",
    "syslog",
)
SUMMED_UP = {
    "allgather": 58.2651,
    "allreduce": 68.4048,
    "alltoall": 58.6481,
    "broadcast": 64.8653,
    "reduce": 65.018,
    "reducescatter": 60.168,
}


def text_of(path: Path) -> str:
    """Return a sample as text; a tar as the one object that maps its members to documents."""
    if path.suffix != ".tar":
        return path.read_bytes().decode("utf-8")
    documents = {}
    with tarfile.open(path) as archive:
        for member in archive:
            if stream := archive.extractfile(member):
                documents[member.name] = json.load(stream)
    return json.dumps(documents)


def read(samples: Path, path: str) -> Reading[Any]:
    """Return the reading of a sample by the tool of its folder."""
    tool = registry.named(path.partition("/")[0])
    assert tool is not None
    return tool.read(text_of(samples / path))


def run_of(samples: Path, path: str) -> Run:
    """Return the one run of a sample of nccl-tests."""
    facts: Runs = read(samples, f"nccl-tests/{path}").facts
    (run,) = facts.runs
    return run


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_sample_is_read_by_the_tool_of_its_folder(samples: Path, folder: str) -> None:
    paths = sorted((samples / folder).iterdir())
    assert paths
    for path in paths:
        reading = read(samples, f"{folder}/{path.name}")
        assert reading.tool == folder
        assert not reading.simulated


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_broken_samples_have_problems(samples: Path, folder: str) -> None:
    broken = {"a100-8ca-ibpanic.txt", "inline-mpi-slots-error.txt", "hdr-faked.txt"}
    for path in sorted((samples / folder).iterdir()):
        problems = read(samples, f"{folder}/{path.name}").problems
        assert bool(problems) == (path.name in broken), (path.name, problems)


def test_ibstat_of_twelve_adapters(samples: Path) -> None:
    facts: Adapters = read(samples, "ibstat/h100-12ca-all-active.txt").facts
    ports = [port for adapter in facts.adapters for port in adapter.ports]
    assert (len(facts.adapters), all(port.active for port in ports)) == (12, True)
    assert Counter(port.rate_gbps for port in ports) == {400.0: 8, 100.0: 4}
    assert Counter(port.link_layer for port in ports) == {"Ethernet": 12}


def test_ibstat_with_links_down(samples: Path) -> None:
    reading = read(samples, "ibstat/h100-12ca-some-down.txt")
    facts: Adapters = reading.facts
    down = [
        (adapter.name, port.state, port.physical_state)
        for adapter in facts.adapters
        for port in adapter.ports
        if not port.active
    ]
    assert down == [(name, "Down", "Disabled") for name in ("mlx5_2", "mlx5_7", "mlx5_8")]
    ports = [port for adapter in facts.adapters for port in adapter.ports]
    assert Counter(port.rate_gbps for port in ports) == {400.0: 8, 40.0: 3, 100.0: 1}
    assert Counter(port.link_layer for port in ports) == {"InfiniBand": 8, "Ethernet": 4}
    measured = Counter((found.metric, found.value) for found in reading.measurements)
    assert (measured["ib_port_active", 1.0], measured["ib_port_active", 0.0]) == (9, 3)
    assert len(reading.measurements) == 9 + 12


def test_ibstat_that_panics_at_the_last_adapter(samples: Path) -> None:
    reading = read(samples, "ibstat/a100-8ca-ibpanic.txt")
    rates = [found.value for found in reading.measurements if found.metric == "ib_port_rate"]
    assert rates == [200.0] * 8
    assert "mlx5_8" in reading.problems[0].message


def test_ibstatus_and_lists_of_guids(samples: Path) -> None:
    status: Adapters = read(samples, "ibstat/ibstatus-a100.txt").facts
    ports = [port for adapter in status.adapters for port in adapter.ports]
    assert Counter((port.link_layer, port.rate_gbps, port.width_speed) for port in ports) == {
        ("InfiniBand", 200.0, "4X HDR"): 8,
        ("Ethernet", 40.0, "4X QDR"): 1,
    }
    listed: Adapters = read(samples, "ibstat/host-port-guid-list.txt").facts
    assert len(listed.guids) == 10


def test_ibnetdiscover_of_forty_switches(samples: Path) -> None:
    facts: Fabric = read(samples, "ibnetdiscover/ndr-40sw.txt").facts
    names = [switch.description for switch in facts.switches]
    assert sum("IBLEAF" in name for name in names) == 31
    assert sum("IBSPINE" in name for name in names) == 9
    assert {switch.ports for switch in facts.switches} == {65}
    assert Counter(node.aggregation for node in facts.adapters) == {False: 542, True: 40}
    switches = {switch.guid for switch in facts.switches}
    between = [link for link in facts.links if {link.a.guid, link.b.guid} <= switches]
    assert (len(between), len(facts.links) - len(between)) == (532, 582)
    assert all(link.confirmed and link.gbps == 400.0 for link in facts.links)
    assert len(by_description(facts)["a08-p1-dgx-04-c01 mlx5_5"]) == 1
    assert facts.generated == "Wed Aug  6 16:11:23 2025"


def test_ibnetdiscover_of_a_fabric_with_one_node_left_out(samples: Path) -> None:
    reading = read(samples, "ibnetdiscover/hdr-faked.txt")
    facts: Fabric = reading.facts
    assert (len(facts.switches), len(facts.adapters)) == (8, 10)
    assert {(link.width, link.speed) for link in facts.links} == {(4, "HDR")}
    assert [problem.line for problem in reading.problems] == [10]


@pytest.mark.parametrize(
    ("guid", "port", "sent", "received", "downed"),
    [
        ("506b4b03005c2740", 0, 178791657177235, 178762341961629, 1),
        ("7cfe9003003b4b96", 0, 37108676853855, 37225401952885, 0),
        ("7cfe9003003b4bde", 0, 9049592493976, 9752484588300, 0),
        ("7cfe9003009ce5b0", 0, 36298026860928, 12279028775751, 0),
        ("7cfe9003009ce5b0", 1, 26006570014026, 39078804993378, 0),
    ],
)
def test_perfquery(
    samples: Path, guid: str, port: int, sent: int, received: int, downed: int
) -> None:
    facts: Counters = read(samples, f"perfquery/extended-0x{guid}.txt").facts
    found = facts.ports[port]
    assert found.value("PortXmitData") == sent
    assert found.value("PortRcvData") == received
    assert found.value("LinkDownedCounter") == downed
    assert found.value("SymbolErrorCounter") == 0


@pytest.mark.parametrize(("name", "average"), SUMMED_UP.items())
def test_nccl_tests_of_an_old_version(samples: Path, name: str, average: float) -> None:
    run = run_of(samples, f"a100-8gpu-{name}.txt")
    assert (len(run.ranks), len(run.rows)) == (8, 34)
    assert (run.average_busbw, run.out_of_bounds, run.passed) == (average, 0, True)
    assert run.collective is not None
    assert run.collective.replace("_", "") == name
    assert all(row.out_of_place and row.out_of_place.wrong is None for row in run.rows)
    assert run.rows[-1].bytes == 8 << 30


def test_nccl_tests_last_row(samples: Path) -> None:
    last = run_of(samples, "a100-8gpu-allreduce.txt").rows[-1]
    assert last.out_of_place is not None
    assert last.in_place is not None
    assert (last.out_of_place.busbw, last.in_place.busbw) == (235.26, 235.03)


@pytest.mark.parametrize(
    ("name", "ranks", "hosts", "average", "last"),
    [
        ("inline-allreduce-avg-150.txt", 16, 2, 150.209, 182.80),
        ("inline-allreduce-avg-210.txt", 8, 1, 210.99, 231.72),
    ],
)
def test_nccl_tests_of_newer_versions(
    samples: Path, name: str, ranks: int, hosts: int, average: float, last: float
) -> None:
    run = run_of(samples, name)
    assert (len(run.ranks), len({rank.host for rank in run.ranks})) == (ranks, hosts)
    assert (len(run.rows), run.average_busbw, run.collective) == (6, average, "all_reduce")
    assert run.rows[-1].out_of_place is not None
    assert (run.rows[-1].out_of_place.busbw, run.rows[-1].out_of_place.wrong) == (last, 0)


def test_nccl_tests_that_mpi_did_not_start(samples: Path) -> None:
    reading = read(samples, "nccl-tests/inline-mpi-slots-error.txt")
    assert "There are not enough slots available" in reading.problems[0].message
    assert (reading.facts.runs, reading.measurements) == ((), ())


@pytest.mark.parametrize("name", ["json-verbose-full.json", "json-log-lock-warning-prefix.txt"])
def test_nvbandwidth_in_json(samples: Path, name: str) -> None:
    facts: Bandwidths = read(samples, f"nvbandwidth/{name}").facts
    assert Counter(case.status for case in facts.testcases) == {"Passed": 15, "Waived": 17}
    assert (facts.version, facts.driver, facts.cuda_runtime) == (
        facts.version,
        "565.02",
        "12070",
    )
    first = facts.testcases[0]
    assert first.name == "host_to_device_memcpy_ce"
    assert first.sum == first.average == 12.396361291250001
    latency = next(case for case in facts.testcases if case.name == "host_device_latency_sm")
    assert latency.sum == pytest.approx(649.8785803834809)


def test_nvbandwidth_in_text(samples: Path) -> None:
    reading = read(samples, "nvbandwidth/v06-gh200.txt")
    facts: Bandwidths = reading.facts
    sums = {case.name: case.sum for case in facts.testcases if case.passed}
    assert (len(sums), facts.driver) == (15, "550.54.15")
    assert sums["host_to_device_memcpy_ce"] == 1985.60
    assert sums["device_to_host_memcpy_ce"] == 607.26
    assert sums["all_to_host_memcpy_ce"] == 295.15
    assert sums["host_device_latency_sm"] == 772.58
    cells = [
        (found.device, found.peer, found.value)
        for found in reading.measurements
        if found.metric == "nvbandwidth_host_to_device_memcpy_ce"
    ]
    assert ("gpu1", "cpu1", 299.33) in cells


def test_gpu_burn(samples: Path) -> None:
    reading = read(samples, "gpu-burn/a100-8gpu.txt")
    facts: Burn = reading.facts
    assert [gpu.verdict for gpu in facts.gpus] == ["OK"] * 8
    assert [gpu.errors for gpu in facts.gpus] == [0] * 8
    assert [gpu.temperature_c for gpu in facts.gpus] == [62, 59, 58, 60, 60, 59, 58, 61]
    assert (facts.records, facts.percent, facts.gpus[0].gflops) == (196, 100.0, 16942.0)
    assert len(reading.measurements) == 24


def test_micro_benchmarks(samples: Path) -> None:
    copies = read(samples, "gpu-copy/gpu-copy-bw.txt").facts.copies
    assert [
        each.gbytes_per_s
        for each in copies
        if (each.source, each.target, each.operation, each.engine)
        == ("gpu0", "gpu1", "write", "sm")
        and not each.both_ways
    ] == [258.397]
    assert copies[0].gbytes_per_s == 26.2409
    stream = read(samples, "gpu-stream/gpu-stream-sm10.txt").facts
    assert Counter(each.gpu for each in stream.kernels) == {0: 16, 1: 16}
    assert (stream.kernels[0].gbytes_per_s, stream.kernels[0].peak_percent) == (6711.67, 81.93)
    assert stream.gpus[0].multiprocessors == 152
    hip = read(samples, "rocm-bandwidth/h2d-mi100.txt").facts
    medians = {each.bytes: each.median for each in hip.results if each.unit == "GB/sec"}
    assert (medians[262144 << 10], medians[524288 << 10]) == (25.3280, 24.7523)


@pytest.mark.parametrize(("way", "last"), [("d2d", 762.8), ("d2h", 13.1), ("h2d", 12.4)])
def test_cuda_bandwidthtest(samples: Path, way: str, last: float) -> None:
    facts = read(samples, f"cuda-bandwidthtest/shmoo-{way}.txt").facts
    assert (len(facts.transfers), facts.passed) == (81, True)
    assert (facts.transfers[-1].bytes, facts.transfers[-1].gbytes_per_s) == (68000000, last)


@pytest.mark.parametrize(
    ("name", "device", "codes"),
    [
        ("dmesg-time-format-iso.txt", "0000:19:00", {48: 1, 63: 1, 94: 9}),
        ("oom-decode-iso.txt", "0000:38:00", {13: 16, 43: 1}),
        ("xid-119.txt", "0000:9b:00", {119: 5}),
        ("journalctl-short-iso.txt", "", {}),
        ("nccl-segfault-decode-iso.txt", "", {}),
    ],
)
def test_xids_of_kernel_logs(samples: Path, name: str, device: str, codes: dict[int, int]) -> None:
    facts: KernelLog = read(samples, f"dmesg/{name}").facts
    found = {each.code: each.count for each in facts.tallies if each.kind == "xid"}
    assert found == codes
    assert {each.device for each in facts.tallies if each.kind == "xid"} <= {device}


def test_segfaults_kills_and_flaps_of_logs(samples: Path) -> None:
    faults: KernelLog = read(samples, "dmesg/nccl-segfault-decode-iso.txt").facts
    assert [(each.count, each.library) for each in faults.events] == [(2, "libnccl.so.2")]
    kills: KernelLog = read(samples, "dmesg/oom-decode-iso.txt").facts
    assert sum(each.count for each in kills.tallies if each.kind == "oom") == 7
    calm: KernelLog = read(samples, "syslog/ib-0-flaps.txt").facts
    assert calm.events == ()
    flaps: KernelLog = read(samples, "syslog/ib-6-flaps.txt").facts
    assert [(each.kind, each.device, each.count) for each in flaps.tallies] == [
        ("link-down", "ib6", 6),
        ("link-up", "ib6", 6),
    ]


def test_lspci_of_a_whole_server(samples: Path) -> None:
    facts: Bus = read(samples, "lspci/vvv-dell-xe9680.txt").facts
    assert len(facts.devices) == 517
    gpus = [each for each in facts.devices if each.name and each.name.endswith("Device 2330")]
    assert len(gpus) == 8
    assert gpus[0].slot == "19:00.0"
    for gpu in gpus:
        assert gpu.link is not None
        assert (gpu.link.speed_gt_s, gpu.link.width) == (32.0, 16)
        assert not gpu.link.speed_downgraded
        assert not gpu.link.width_downgraded
    names = [each.name or "" for each in facts.devices]
    assert sum("ConnectX-7" in name for name in names) == 8
    assert sum("ConnectX-6 Dx" in name for name in names) == 4
    assert sum("NVIDIA" in name for name in names) == 12


@pytest.mark.parametrize(
    ("name", "devices", "nvidia"),
    [("gb200.txt", 87, 16), ("nn-a10.txt", 20, 1), ("nn-a100.txt", 31, 14)],
)
def test_lspci_lists(samples: Path, name: str, devices: int, nvidia: int) -> None:
    facts: Bus = read(samples, f"lspci/{name}").facts
    assert len(facts.devices) == devices
    assert sum("NVIDIA" in (each.name or "") for each in facts.devices) == nvidia
    ids = {each.device_id for each in facts.devices if each.class_id == "0302"}
    assert ids == {"gb200.txt": set(), "nn-a10.txt": {"2236"}, "nn-a100.txt": {"20b2"}}[name]


def test_redfish_of_a_server(samples: Path) -> None:
    facts: Machine = read(samples, "redfish/dell-idrac.tar").facts
    (system,) = facts.systems
    assert (system.bios_version, system.power_state, system.cpu_count) == ("2.3.10", "On", 2)
    assert system.model == "PowerEdge R640"
    assert [each.reading for each in facts.powers] == [429]
    assert (len(facts.supplies), len(facts.voltages), len(facts.fans)) == (1, 3, 16)
    assert [(each.name, each.reading) for each in facts.temperatures] == [("CPU1 Temp", 40)]
    assert (facts.fans[0].name, facts.fans[0].reading) == ("System Board Fan1A", 17760)


def test_redfish_of_a_gpu_baseboard(samples: Path) -> None:
    facts: Machine = read(samples, "redfish/dgx-h100-subset.tar").facts
    members = {each.path: each.members for each in facts.collections}
    assert members == {"/redfish/v1/Systems": 2, "/redfish/v1/Chassis": 47}
    (gpu,) = facts.processors
    assert (gpu.name, gpu.model, gpu.firmware) == ("GPU_SXM_1", "H100 80GB HBM3", "96.00.89.00.01")
    assert (gpu.pcie, gpu.lanes, gpu.health) == ("Gen5", 16, "OK")
    assert [part.max_power_w for part in facts.parts] == [700]
    assert (facts.ports[0].link_status, facts.ports[0].speed_gbps) == ("LinkUp", 212.496)
    assert (facts.temperatures[0].name, facts.temperatures[0].reading) == ("TEMP_GB_SXM1", 27)
    assert facts.temperatures[0].upper_critical == 88
    assert {each.name: each.version for each in facts.firmware}["HostBIOS_0"] == "01.01.03"
    assert facts.systems[0].memory_gib == 632
