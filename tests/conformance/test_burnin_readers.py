"""Real outputs of burn-in tools, read to the values they hold.

The corpus lies outside of the project; `MILLWRIGHT_SAMPLES` names it, and its `SOURCES.md` says
what stands in each file. `captured/` beside this file holds outputs of Debian's packages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from millwright.probes import registry
from millwright.probes.reading import Reading

CAPTURED = Path(__file__).parent / "captured"
FOLDERS = (
    "fio",
    "gpcnet",
    "hpcg",
    "hpl",
    "mlc",
    "ocptv",
    "perftest",
    "slurm",
    "stream",
    "stress-ng",
    "stressapptest",
    "superbench",
)
TOOL_OF = {
    "fio": "fio",
    "hpcc": "hpl",
    "ip-link": "ip-link",
    "iperf3": "iperf3",
    "memtester": "memtester",
    "node-exporter": "node-exporter",
    "stress-ng": "stress-ng",
    "stressapptest": "stressapptest",
}
RECORDS = {
    "cpu-functional-test": (799, 1, 2),
    "cpu-integrity-test": (29, 6, 4),
    "cpu-power-virus-test": (7, 1, 1),
    "example-monitor-test": (51, 16, 0),
    "fanspeed-test": (243, 51, 12),
    "memtester-test": (76, 4, 16),
    "mlc-test": (29, 6, 0),
    "sat-test": (46, 4, 0),
    "sensor-monitor-test": (889, 128, 118),
}


def read(path: Path, tool: str = "") -> Reading[Any]:
    """Read a file with the tool of its folder, or another one."""
    known = registry.named(tool or path.parent.name)
    assert known is not None
    return known.read(path.read_bytes().decode("utf-8"))


def told(reading: Reading[Any]) -> dict[str, float]:
    """Return values by metric, of readings that have one of each."""
    return {each.metric: each.value for each in reading.measurements}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_sample_is_read_by_the_tool_of_its_folder(samples: Path, folder: str) -> None:
    files = sorted((samples / folder).iterdir())
    assert files
    for path in files:
        reading = read(path)
        assert not reading.problems, (path.name, reading.problems)
        assert not reading.simulated


@pytest.mark.parametrize("path", sorted(CAPTURED.glob("[!R]*")), ids=lambda path: path.name)
def test_what_debian_s_tools_print_is_read(path: Path) -> None:
    tool = next(name for prefix, name in TOOL_OF.items() if path.name.startswith(prefix))
    reading = read(path, tool)
    refused = "refused" in path.name
    assert bool(reading.problems) == refused, reading.problems
    assert bool(reading.measurements) != (refused or tool == "ip-link")


def test_a_fio_job_says_both_ways(samples: Path) -> None:
    reading = read(samples / "fio" / "fio-3.16-mixed-log.txt")
    (job,) = reading.facts.jobs
    assert (reading.facts.version, job.name, job.error) == ("fio-3.16", "rand_read_write", 0)
    assert [(side.way, side.iops) for side in job.sides] == [
        ("read", 85138.890741),
        ("write", 85066.128925),
    ]
    assert [side.mbytes_per_s for side in job.sides] == [348.743777, 348.450387]
    assert reading.facts.disks[0].busy_percent == 99.840351


def test_captured_fio_agrees_in_text_and_json() -> None:
    text, both = (
        read(CAPTURED / "fio-randrw.txt", "fio"),
        read(CAPTURED / "fio-write-both.txt", "fio"),
    )
    (job,) = text.facts.jobs
    assert [(side.way, side.mbytes_per_s, side.iops) for side in job.sides] == [
        ("read", 24.9, 6075),
        ("write", 24.8, 6053),
    ]
    assert (job.sides[0].p99_us, job.sides[0].mean_us, job.pattern) == (2933, 128.56, "randrw")
    assert both.facts.jobs[0].block == "1M"


def test_gpcnet_tells_tests_alone_and_congested(samples: Path) -> None:
    load, plain = (read(samples / "gpcnet" / f"network-{name}.txt") for name in ("load", "test"))
    assert (plain.facts.version, plain.facts.ranks, len(plain.facts.tests)) == ("1.3", 2, 8)
    assert (load.facts.ranks, len(load.facts.tests), len(load.facts.impacts)) == (10, 22, 3)
    assert {test.phase for test in load.facts.tests} == {
        "isolated",
        "congestors",
        "RR Two-sided Lat",
        "RR Two-sided BW+Sync",
        "Multiple Allreduce",
    }


def test_linpack_and_gradients_have_their_ratings(samples: Path) -> None:
    hpl = read(samples / "hpl" / "hpl-2.3-cpu.txt")
    (test,) = hpl.facts.tests
    assert (test.variant, test.n, test.nb, test.p, test.q) == ("WR0XR8C48", 384000, 384, 1, 2)
    assert (test.time_s, test.gflops, hpl.facts.passed, hpl.facts.failed) == (4645.37, 8126.1, 1, 0)
    assert told(hpl)["hpl_tflops"] == pytest.approx(8.1261)
    hpcg = read(samples / "hpcg" / "hpcg-3.1.txt")
    assert (hpcg.facts.valid, hpcg.facts.gflops, hpcg.facts.gflops_2_4) == (True, 1.94783, 1.99533)
    assert (hpcg.facts.processes, hpcg.facts.threads) == (2, 2)


def test_linpack_is_found_inside_of_hpcc() -> None:
    (test,) = read(CAPTURED / "hpcc.txt", "hpcc").facts.tests
    assert (test.n, test.gflops, test.passed) == (1000, 1.528, True)


def test_memory_is_told_by_node_and_by_mix(samples: Path) -> None:
    bandwidth, latency, most = (
        read(samples / "mlc" / f"v3.9a-{name}.txt")
        for name in ("bandwidth-matrix", "latency-matrix", "max-bandwidth")
    )
    assert bandwidth.facts.matrices[0].rows == ((82542.2, 76679.9), (76536.0, 82986.5))
    assert latency.facts.matrices[0].rows == ((87.0, 101.0), (101.9, 86.9))
    assert [mix.mbytes_per_s for mix in most.facts.mixes] == [
        165400.60,
        154975.19,
        158433.32,
        157352.05,
        157878.32,
    ]


@pytest.mark.parametrize(
    ("name", "threads", "rates"),
    [
        ("neo", 4, (108180.5, 108572.8, 104571.7, 105256.0)),
        ("zen", 32, (342008.3, 342409.6, 343827.7, 363208.7)),
    ],
)
def test_stream_has_four_kernels(
    samples: Path, name: str, threads: int, rates: tuple[float, ...]
) -> None:
    reading = read(samples / "stream" / f"stream-{name}.txt")
    assert (reading.facts.threads, reading.facts.valid) == (threads, True)
    assert tuple(each.value for each in reading.measurements) == rates


@pytest.mark.parametrize("name", RECORDS)
def test_a_diagnostic_has_its_records(samples: Path, name: str) -> None:
    facts = read(samples / "ocptv" / f"{name}.jsonl").facts
    found = (facts.records, len(facts.steps), len(facts.diagnoses))
    assert (found, facts.status, facts.result) == (RECORDS[name], "COMPLETE", "PASS")


def test_a_value_beyond_its_own_bound_is_seen(samples: Path) -> None:
    values = read(samples / "ocptv" / "mlc-test.jsonl").facts.values
    assert (values[0].name, values[0].number, values[0].within) == (
        "inter_node_bandwidth_min",
        46757.6,
        False,
    )


def test_pairs_of_ports_tell_gigabits(samples: Path) -> None:
    doc, gb10, loop, sizes = (
        read(samples / "perftest" / f"ib-{name}.txt").facts
        for name in (
            "bw-roce-100g-doc",
            "write-bw-gb10-roce-4qp",
            "write-bw-loopback-8m",
            "write-bw-loopback-all-sizes",
        )
    )
    (row,) = doc.bandwidths
    assert (row.bytes, row.iterations, row.peak_gbps, row.average_gbps) == (
        65536,
        5000,
        92.42,
        92.4,
    )
    (row,) = gb10.bandwidths
    assert (row.bytes, row.iterations, row.peak_gbps, row.average_gbps) == (
        1048576,
        71244,
        None,
        99.61,
    )
    assert (gb10.settings.gid_index, gb10.settings.link, gb10.settings.queue_pairs) == (
        3,
        "Ethernet",
        4,
    )
    (row,) = loop.bandwidths
    assert (row.bytes, row.told, row.told_unit) == (8388608, 24056.72, "MB/sec")
    assert row.average_gbps == pytest.approx(201.802, abs=0.001)
    assert len(sizes.bandwidths) == 23
    assert {row.bytes: row.told for row in sizes.bandwidths}[8388608] == 23240.68
    assert {row.bytes: row.told for row in sizes.bandwidths}[65536] == 21167.79


def test_slurm_tells_nodes_jobs_and_partitions(samples: Path) -> None:
    nodes = read(samples / "slurm" / "rest-nodes-22.05.9.json").facts.nodes
    assert [(node.name, node.state, node.flags, node.cpus) for node in nodes] == [
        ("naboo145", "idle", ("drain",), 36),
        ("naboo146", "idle", ("drain",), 36),
        ("naboo147", "allocated", (), 36),
    ]
    facts = {path.stem: read(path).facts for path in (samples / "slurm").iterdir()}
    assert len(facts["rest-jobs-22.05.9"].jobs) == 3
    assert len(facts["rest-partitions-22.05.9"].partitions) == 1
    assert facts["rest-reservations-22.05.9"].reservations == 0
    many = facts["scontrol-job-multi-node"].jobs[0]
    assert (many.id, many.state, many.node_count, many.gpus) == ("8401413", "RUNNING", 8, 64)
    assert [job.id for job in facts["scontrol-job-main-array-job"].jobs] == ["30214", "31214"]
    assert [job.node_count for job in facts["scontrol-job-main-array-job"].jobs] == [1, 3]
    assert [job.id for job in facts["scontrol-job-repeated-entry"].jobs] == ["30214"]
    assert facts["scontrol-job-all-gpus"].jobs[0].gpus == 8
    assert facts["scontrol-show-config"].version == "23.02.2"
    assert len(facts["scontrol-show-partition"].partitions) == 3
    assert len(facts["scontrol-show-partition-large"].partitions) == 8
    piped = facts["sinfo-pipe"].nodes
    assert [(node.name, node.state, node.cpus) for node in piped] == [
        ("node0201", "drain", 80),
        ("node0201", "drain", 80),
        ("node1537", "alloc", 80),
        ("node4180", "alloc", 80),
    ]
    assert len(facts["sinfo-structured"].nodes) == 10


def test_stress_says_what_it_did(samples: Path) -> None:
    (cpu,) = read(samples / "stress-ng" / "cpu-0.09.25.yaml").facts.stressors
    assert (cpu.bogo_ops, cpu.bogo_ops_per_s, cpu.wall_clock_s) == (31532, 3239.115687, 10.045186)
    sat = read(samples / "stressapptest" / "pass.txt").facts
    assert (sat.status, sat.incidents, sat.errors, sat.elapsed_s) == ("PASS", 0, 0, 60.0)


def test_a_summary_of_superbench_has_48_numbers_of_one_node(samples: Path) -> None:
    (node,) = read(samples / "superbench" / "results-summary.jsonl").facts.nodes
    assert (node.node, len(node.results)) == ("GPU-vc-vcuser1-02", 48)
    values = {result.name: result.value for result in node.results}
    assert values["bert_models/pytorch-bert-base/steptime_train_float32"] == 358.4588002413511


def test_captured_iperf3_agrees_in_text_and_json() -> None:
    text = read(CAPTURED / "iperf3-tcp-2streams.txt", "iperf3").facts
    assert (text.streams, text.protocol, [flow.gbps for flow in text.flows]) == (
        2,
        "TCP",
        [3.79, 3.78],
    )
    both = read(CAPTURED / "iperf3-bidir.json", "iperf3").facts
    assert [(flow.end, flow.back) for flow in both.flows] == [
        ("sender", False),
        ("receiver", False),
        ("sender", True),
        ("receiver", True),
    ]
    udp = read(CAPTURED / "iperf3-udp.txt", "iperf3")
    assert told(udp)["iperf3_lost"] == 0
    assert told(udp)["iperf3_bandwidth"] == pytest.approx(0.0501)
