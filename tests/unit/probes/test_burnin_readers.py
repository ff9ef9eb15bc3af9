"""Burn-in tools one by one: what their layouts say, and what they say when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from millwright.probes import (
    fio,
    gpcnet,
    gpu_fryer,
    hpcg,
    hpl,
    iperf3,
    memtester,
    mlc,
    nccl_tests,
    ocptv,
    perftest,
    slurm,
    stream,
    stress_ng,
    stressapptest,
    superbench,
)
from millwright.probes.reading import Reading
from millwright.probes.slurm_facts import gpus_of, state_of

from . import burnin_texts as texts


def told(reading: Reading[Any]) -> list[tuple[str, str, float]]:
    """Return metric, device and value of every measurement."""
    return [(each.metric, each.device, each.value) for each in reading.measurements]


def test_a_stream_whose_rate_is_not_its_bytes_by_time_is_refused() -> None:
    wrong = stream.read(texts.STREAM.replace("Add:            24000.0", "Add:            84000.0"))
    assert "stream_add" not in [metric for metric, _, _ in told(wrong)]
    assert "add: its rate is not its bytes by time" in [each.message for each in wrong.problems]


def test_a_stream_without_a_heading_has_no_unit() -> None:
    lost = stream.read(texts.STREAM.replace("Function ", "Funct "))
    assert lost.measurements == ()
    assert lost.problems


def test_a_stream_that_is_not_valid_measures_nothing() -> None:
    wrong = stream.read(
        texts.STREAM.replace("Solution Validates: avg", "Failed Validation on array a[], avg")
    )
    assert (wrong.facts.valid, wrong.measurements) == (False, ())


def test_gigabytes_of_hpcc_s_stream_are_told_in_its_metric_s_unit() -> None:
    rows = texts.STREAM.replace("Best Rate MB/s", "Rate (GB/s)").replace("000.0  ", ".0000 ")
    assert told(stream.read(rows))[0] == ("stream_copy", "", 16000.0)


def test_gflops_follow_from_size_and_time() -> None:
    assert told(hpl.read(texts.HPL)) == [("hpl_tflops", "", 0.1)]
    wrong = hpl.read(texts.HPL.replace("1.0000e+02", "1.0000e+03"))
    assert (wrong.measurements, len(wrong.facts.tests)) == ((), 0)
    vendor = hpl.read(texts.HPL.replace("1.0000e+02", "1.0000e+02 ( 5.0000e+01)"))
    assert vendor.facts.tests[0].gflops_per_gpu == 50


def test_a_residual_that_failed_is_no_speed() -> None:
    failed = hpl.read(texts.HPL.replace("PASSED", "FAILED"))
    assert (failed.facts.tests[0].passed, failed.measurements) == (False, ())


def test_an_hpcg_result_that_is_not_valid_is_no_number() -> None:
    assert told(hpcg.read(texts.HPCG_2)) == [("hpcg_gflops", "", 23.4567)]
    invalid = texts.HPCG.replace("VALID with a GFLOP/s rating of=1.94783", "INVALID.")
    reading = hpcg.read(invalid)
    assert (reading.facts.valid, reading.facts.gflops, reading.measurements) == (False, None, ())
    other = hpcg.read(texts.HPCG.replace("rating of=1.94783", "rating of=9.94783"))
    assert (other.measurements, len(other.problems)) == ((), 1)


def test_a_whole_run_of_mlc_has_all_its_parts() -> None:
    facts = mlc.read(texts.MLC).facts
    assert [matrix.kind for matrix in facts.matrices] == ["latency", "bandwidth"]
    assert facts.matrices[1].rows[1] == (None, 177001.9)
    assert [each.delay for each in facts.loaded] == [0, 100]
    assert [mix.mix for mix in facts.mixes] == [
        "ALL Reads",
        "3:1 Reads-Writes",
        "Stream-triad like",
    ]


def test_a_matrix_that_lacks_a_row_is_no_matrix() -> None:
    lost = mlc.read(texts.MLC.replace("       1\t 199.0\t 117.9\t\n", ""))
    assert [matrix.kind for matrix in lost.facts.matrices] == ["bandwidth"]
    assert lost.problems


def test_a_miscompare_is_a_fact_and_counts() -> None:
    failed = stressapptest.read(texts.SAT_FAILED)
    assert (failed.facts.status, failed.facts.errors, len(failed.facts.reports)) == ("FAIL", 1, 2)
    assert ("stressapptest_hardware_incidents", "", 1.0) in told(failed)
    assert not failed.problems
    cut = stressapptest.read(texts.SAT[: texts.SAT.index("Stats: Completed")])
    assert (cut.facts.errors, cut.measurements) == (None, ())


def test_a_pattern_that_memory_did_not_keep_counts() -> None:
    reading = memtester.read(texts.MEMTESTER)
    failed = [each.pattern for each in reading.facts.patterns if each.passed is False]
    assert (failed, told(reading)) == (["Compare XOR"], [("memtester_failures", "", 1.0)])


def test_congestion_has_a_factor() -> None:
    reading = gpcnet.read(texts.GPCNET)
    assert reading.facts.impacts[0].p99 == 2.5
    assert ("gpcnet_rr_two_sided_latency_p99", "", 4.4) in told(reading)
    assert ("gpcnet_rr_two_sided_bw_sync_bandwidth", "", 11000.5) in told(reading)


def test_sizes_latencies_and_old_columns_of_perftest() -> None:
    assert told(perftest.read(texts.WRITE_BW))[-2:] == [
        ("ib_write_bw", "mlx5_0", 392.08),
        ("ib_write_bw_peak", "mlx5_0", 392.12),
    ]
    newer = perftest.read(texts.WRITE_BW.replace("Gb/sec", "MiB/sec").replace("392.08", "46738.15")
                          .replace("393.20", "46872.61"))  # fmt: skip
    speeds = [each.value for each in newer.measurements if each.metric == "ib_write_bw"]
    assert speeds == pytest.approx([393.2, 392.1], rel=0.001)
    old = perftest.read(texts.OLD_SEND_BW)
    assert told(old)[0][:2] == ("ib_send_bw", "mlx4_0")
    assert told(old)[0][2] == pytest.approx(95.63, abs=0.01)
    assert told(perftest.read(texts.WRITE_LAT)) == [
        ("ib_write_lat", "mlx5_0", 1.03),
        ("ib_write_lat_p99", "mlx5_0", 1.1),
    ]
    assert told(perftest.read(texts.LAT_DURATION)) == [("ib_send_lat", "mlx5_0", 1.5)]


def test_a_bandwidth_that_its_message_rate_contradicts_is_refused() -> None:
    wrong = perftest.read(texts.WRITE_BW.replace("392.08", "992.08"))
    assert 992.08 not in [value for _, _, value in told(wrong)]
    assert wrong.problems


@pytest.mark.parametrize(
    "said",
    [
        " Couldn't connect to 10.0.0.2:18515\n",
        " Completion with error at client\n Failed status 12: wr_id 0 syndrom 0x81\n",
        " Unable to find the Infiniband/RoCE device\n",
    ],
)
def test_an_error_of_perftest_is_told(said: str) -> None:
    messages = [each.message for each in perftest.read(said).problems]
    assert said.split("\n")[0].strip() in messages


def test_fio_is_read_in_three_layouts() -> None:
    text, old, json = (fio.read(t) for t in (texts.FIO_TEXT, texts.FIO_2, texts.FIO_JSON))
    side = text.facts.jobs[0].sides[0]
    assert (side.mbytes_per_s, side.iops, side.mean_us, side.p99_us) == (6816, 6500, 4900.5, 6933)
    assert (old.facts.jobs[0].sides[0].mbytes_per_s, old.facts.jobs[0].depth) == (104.8576, 16)
    job = json.facts.jobs[0]
    assert (job.block, job.depth, job.sides[0].mbytes_per_s) == ("8k", 64, 100.0)
    assert not text.problems + old.problems + json.problems


def test_a_job_that_failed_measures_nothing_but_that() -> None:
    text = (
        "fio: io_u error on file /dev/nvme0n1: Input/output error: read offset=0, buflen=4096\n"
        "fio: pid=12, err=5/file:io_u.c:1787, func=io_u error, error=Input/output error\n"
        "rand: (groupid=0, jobs=1): err= 5 (file:io_u.c:1787, func=io_u error): pid=12: Wed Nov\n"
        "Run status group 0 (all jobs):\n"
    )
    reading = fio.read(text)
    assert told(reading) == [("fio_errors", "", 1.0)]
    assert len(reading.problems) == 2


def test_json_whose_rate_its_total_contradicts_is_refused() -> None:
    wrong = fio.read(texts.FIO_JSON.replace('"iops" : 24414.0', '"iops" : 94414.0'))
    assert [metric for metric, _, _ in told(wrong)] == ["fio_errors"]
    assert wrong.problems


def test_stress_ng_says_operations_memory_rate_and_failures() -> None:
    reading = stress_ng.read(texts.STRESS_NG)
    assert told(reading) == [
        ("stress_ng_cpu_bogo_ops_per_s", "", 500.0),
        ("stress_ng_stream_bogo_ops_per_s", "", 2.0),
        ("stress_ng_memory_rate", "", 12345.67),
        ("stress_ng_failed", "", 0.0),
    ]
    failed = stress_ng.read(
        "stress-ng: fail:  [12] vm: detected 1 bit errors\n"
        "stress-ng: info:  [11] unsuccessful run completed in 60.06 secs\n"
    )
    assert (failed.facts.successful, failed.facts.failures) == (
        False,
        ("vm: detected 1 bit errors",),
    )
    assert told(failed) == [("stress_ng_failed", "", 1.0)]


def test_a_fried_gpu_has_speed_heat_and_what_held_it_back() -> None:
    reading = gpu_fryer.read(texts.FRYER)
    assert reading.facts.healthy is False
    assert ("gemm_bf16_tflops", "gpu1", 640.0) in told(reading)
    assert ("gpu_fryer_throttled", "gpu1", 1.0) in told(reading)
    assert not reading.problems


def test_ranks_of_superbench_are_conditions_and_failures_are_named() -> None:
    reading = superbench.read(texts.SUPERBENCH)
    first = reading.measurements[0]
    assert first.metric == "superbench_kernel_launch_event_time"
    assert dict(first.params) == {"rank": 0, "node": "gpu001"}
    assert [node.failed for node in reading.facts.nodes] == [(), ("mem-bw",)]


def test_a_diagnostic_of_edition_2_is_read() -> None:
    reading = ocptv.read(texts.OCPTV_2)
    facts = reading.facts
    assert (facts.edition, facts.hosts, facts.result) == ("2.0", ("gpu017",), "FAIL")
    assert told(reading) == [("ocptv_gemm_bf16", "gpu3", 712.3), ("ocptv_heat", "", 61.5)]
    assert [value.within for value in facts.values] == [False, None]
    assert [(each.verdict, each.parts) for each in facts.diagnoses] == [("FAIL", ("gpu3",))]


def test_records_that_are_lost_are_counted() -> None:
    lines = texts.OCPTV_2.splitlines(keepends=True)
    lost = ocptv.read("".join(lines[:5] + lines[6:]))
    assert lost.facts.missing == 1
    assert [each.message for each in lost.problems] == ["heat: 1 values, 0 are told"]


def test_iperf3_tells_the_sum_of_its_streams() -> None:
    assert told(iperf3.read(texts.IPERF3)) == [
        ("iperf3_sent", "", 3.76),
        ("iperf3_retransmits", "", 8.0),
        ("iperf3_bandwidth", "", 3.74),
    ]
    lost = {metric: value for metric, _, value in told(iperf3.read(texts.IPERF3_UDP))}
    assert lost["iperf3_lost"] == pytest.approx(100 * 4 / 382)
    assert ("iperf3_bandwidth", "", 9.432) in told(iperf3.read(texts.IPERF3_JSON))


def test_events_of_iperf3_are_read_like_its_document() -> None:
    import json

    document = json.loads(texts.IPERF3_JSON)
    lines = [
        json.dumps({"event": "start", "data": document["start"]}),
        json.dumps({"event": "interval", "data": {}}),
        json.dumps({"event": "end", "data": document["end"]}),
    ]
    assert told(iperf3.read("\n".join(lines))) == told(iperf3.read(texts.IPERF3_JSON))


def test_a_run_of_iperf3_that_failed_measures_nothing() -> None:
    reading = iperf3.read("iperf3: error - unable to connect to server: Connection refused\n")
    assert (reading.measurements, reading.facts.error) == (
        (),
        "unable to connect to server: Connection refused",
    )


def test_slurm_is_read_in_every_form() -> None:
    (node,) = slurm.read(texts.NODE).facts.nodes
    assert (node.state, node.flags, node.gpus, node.memory_mib) == ("idle", ("drain",), 8, 2051000)
    assert node.reason == "Kill task failed Xid=79 [root@2024-01-01T00:00:00]"
    assert [(n.name, n.state, n.flags, n.count) for n in slurm.read(texts.SINFO).facts.nodes] == [
        ("gpu[001-002]", "drain", ("not-responding",), 2),
        ("gpu[003-127]", "idle", (), 125),
    ]
    waits, runs = slurm.read(texts.SQUEUE).facts.jobs
    assert (waits.reason, waits.nodes, runs.nodes) == (
        "Nodes required for job are DOWN",
        None,
        "gpu001",
    )
    assert [job.partition for job in slurm.read(texts.SACCT).facts.jobs] == ["batch", None, "batch"]
    assert [job.gpus for job in slurm.read(texts.SACCT_BARS).facts.jobs] == [8, None]
    (folded,) = slurm.read(texts.SINFO_JSON).facts.nodes
    assert (folded.name, folded.state, folded.flags) == ("gpu[001-002]", "idle", ("drain",))


def test_an_error_of_slurm_is_a_problem() -> None:
    said = "slurm_load_partitions: Unable to contact slurm controller (connect failure)\n"
    assert [each.message for each in slurm.read(said).problems][0] == said.strip()


@pytest.mark.parametrize(
    ("told_", "state"),
    [
        ("IDLE+DRAIN", ("idle", ("drain",))),
        ("drained$", ("drained", ("maintenance",))),
        ("mixed-", ("mixed", ("planned",))),
        ("down*~", ("down", ("not-responding", "powered-off"))),
        ("n/a", (None, ())),
    ],
)
def test_a_state_has_marks(told_: str, state: tuple[str | None, tuple[str, ...]]) -> None:
    assert state_of(told_) == state


@pytest.mark.parametrize(
    ("told_", "gpus"),
    [
        ("cpu=224,mem=2051000M,gres/gpu=8", 8),
        ("gpu:h100:8(S:0-1)", 8),
        ("gpu:a100:4(S:0,1),gpu:t4:1", 5),
        ("gres/gpu:h100=8,gres/gpu=8", 8),
        ("(null)", None),
    ],
)
def test_gpus_are_counted_in_every_spelling(told_: str, gpus: int | None) -> None:
    assert gpus_of(told_) == gpus


def test_outputs_of_other_builds_and_years_are_read() -> None:
    gpu = hpl.read(texts.HPL_GPU)
    assert (gpu.facts.version, gpu.facts.tests[0].gflops_per_gpu) == ("25.4.0", 5000)
    assert told(gpu) == [("hpl_tflops", "", 40.0)]
    mixed = hpl.read(texts.HPL.replace("HPLinpack 2.3", "HPL-MxP 1.0, by HPLinpack 2.3"))
    assert told(mixed) == [("hpl_mxp_tflops", "", 0.1)]
    assert told(hpcg.read(texts.HPCG_3)) == [("hpcg_gflops", "", 3.28908)]
    assert hpcg.read(texts.HPCG_3).facts.version == "3.0"
    assert told(stress_ng.read(texts.STRESS_NG_BARE))[0][2] == 12000
    old = {metric: value for metric, _, value in told(iperf3.read(texts.IPERF3_UDP_OLD))}
    assert old["iperf3_lost"] == 12.5
    assert not iperf3.read(texts.IPERF3_UDP_OLD).problems


def test_the_file_of_nccl_tests_is_read_like_its_lines() -> None:
    reading = nccl_tests.read(texts.NCCL_JSON)
    (run,) = reading.facts.runs
    assert (run.collective, len(run.ranks), run.passed) == ("all_reduce", 2, True)
    assert reading.facts.nccl_version == "2.28.9"
    assert ("nccl_all_reduce_busbw", "", 272.7) in told(reading)
    assert ("nccl_all_reduce_avg_busbw", "", 272.785) in told(reading)
    assert not reading.problems
    assert "never-told" not in repr(reading)


NEWER_STREAM = """\
stress-ng: info:  [9018] dispatching hogs: 2 stream
stress-ng: metrc: [9018] stressor       bogo ops real time  usr time  sys time   bogo ops/s     bogo ops/s CPU used per       RSS Max
stress-ng: metrc: [9018]                           (secs)    (secs)    (secs)   (real time) (usr+sys time) instance (%)          (KB)
stress-ng: metrc: [9018] stream               40     10.57      0.91      0.19         3.78          36.31         5.21        199272
stress-ng: metrc: [9018] miscellaneous metrics:
stress-ng: metrc: [9018] stream               982.35 memory read rate (MB per sec) (geometic mean of 2 instances)
stress-ng: metrc: [9018] stream               654.90 memory write rate (MB per sec) (geometic mean of 2 instances)
stress-ng: info:  [9018] successful run completed in 10.64s
"""  # noqa: E501


def test_memory_rates_of_a_newer_stress_ng_are_told_apart_by_their_way() -> None:
    found = stress_ng.read(NEWER_STREAM).measurements
    rates = {dict(m.params)["way"]: m.value for m in found if m.metric == "stress_ng_memory_rate"}
    assert rates == {"read": 982.35, "write": 654.9}


@pytest.mark.parametrize("tag", ["[1,0]<stdout>:", "[1,12]<stderr>: ", "0: "])
@pytest.mark.parametrize(
    ("read", "text"),
    [
        (hpl.read, texts.HPL),
        (hpcg.read, texts.HPCG),
        (stream.read, texts.STREAM),
        (gpcnet.read, texts.GPCNET),
    ],
)
def test_ranks_that_a_launcher_writes_before_lines_change_nothing(
    tag: str, read: Callable[[str], Reading[Any]], text: str
) -> None:
    tagged = "".join(f"{tag}{line}" for line in text.splitlines(keepends=True))
    assert told(read(tagged)) == told(read(text))
    assert not read(tagged).problems
