"""The vocabulary of metrics is one table, and a name finds its row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.model.catalog import Catalog
from millwright.probes import metrics
from millwright.probes.metric import Metric
from millwright.reports.metrics import metrics_document, metrics_table

NAMES = [metric.name.format(test="all_reduce") for metric in metrics.ALL]


@pytest.mark.parametrize(
    ("name", "unit", "worse", "percent"),
    [
        ("gemm_bf16_tflops", "TFLOP/s", "lower", 2),
        ("hbm_bandwidth", "GB/s", "lower", 2),
        ("nccl_all_reduce_busbw", "GB/s", "lower", 3),
        ("stream_triad", "MB/s", "lower", 2),
        ("fio_read_iops", "1/s", "lower", 5),
        ("ib_write_bw", "Gb/s", "lower", 3),
        ("step_time", "s", "higher", 3),
        ("hpl_tflops", "TFLOP/s", "lower", 2),
    ],
)
def test_a_name_finds_its_metric(name: str, unit: str, worse: str, percent: float) -> None:
    found = metrics.named(name)
    assert found is not None
    assert (found.name, found.unit, found.worse) == (name, unit, worse)
    assert (found.practical_delta_percent, found.gate) == (percent, True)


def test_the_pattern_with_more_letters_of_its_own_holds() -> None:
    average, sums = metrics.named("nccl_all_reduce_avg_busbw"), metrics.named("nvbandwidth_d2d_sum")
    assert (average and average.meaning) == metrics.NCCL_AVERAGE_BUSBW.meaning
    assert (sums and sums.meaning) == metrics.NVBANDWIDTH_SUM.meaning


@pytest.mark.parametrize("name", ["", "gemm__tflops", "wholly_unknown", "nccl_busbw", "GPU_COUNT"])
def test_a_stranger_has_no_metric(name: str) -> None:
    assert metrics.named(name) is None


@given(st.text())
def test_any_name_may_be_asked_for(name: str) -> None:
    found = metrics.named(name)
    assert found is None or found.name == name


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_is_found_by_its_name(name: str) -> None:
    found = metrics.named(name)
    assert found is not None
    assert found.name == name


def test_no_name_and_no_alias_stands_twice() -> None:
    aliases = [(alias.system, alias.name) for metric in metrics.ALL for alias in metric.aliases]
    assert len(set(NAMES)) == len(NAMES)
    assert len(set(aliases)) == len(aliases)


def test_what_tells_of_load_alone_neither_gates_nor_is_compared() -> None:
    assert not metrics.GPU_UTILIZATION.gate
    assert metrics.GPU_UTILIZATION.practical_delta_percent is None
    assert metrics.GPU_UTILIZATION.practical_delta_absolute is None


def test_telemetry_finds_its_metric_and_scale() -> None:
    told = metrics.told_as("node-exporter", "node_infiniband_rate_bytes_per_second")
    assert told is not None
    metric, alias = told
    assert (metric.name, metric.unit, 50e9 * alias.scale) == ("ib_port_rate", "Gb/s", 400)
    assert metrics.told_as("dcgm", "DCGM_FI_DEV_GPU_TEMP") == (
        metrics.GPU_TEMPERATURE,
        metrics.GPU_TEMPERATURE.aliases[0],
    )
    assert metrics.told_as("dcgm", "DCGM_FI_NOTHING") is None


def test_a_judged_metric_says_how_much_matters_and_by_whose_word() -> None:
    rows = metrics_document(metrics.ALL)["metrics"]
    assert [row["name"] for row in rows] == sorted(metric.name for metric in metrics.ALL)
    for row in rows:
        delta = row["practical_delta"]
        assert delta is None or (delta["source"], delta["confidence"]) == (
            "millwright-estimate",
            "estimate",
        )
        assert delta is None or (delta["percent"] is None) != (delta["absolute"] is None)
    assert len(metrics_table(metrics.ALL).rows) == len(rows)


def test_a_pattern_makes_one_metric_a_test() -> None:
    made: Metric = metrics.GEMM_TFLOPS.named("fp8")
    assert made.of(1400.0, "gpu0").metric == "gemm_fp8_tflops"


def test_what_bars_judge_and_burn_in_tests_yield_is_in_the_vocabulary(catalog: Catalog) -> None:
    for bar in catalog.bars.values():
        found = metrics.named(bar.metric)
        assert found is not None, bar.name
        assert (found.unit, found.gate) == (bar.unit, True), bar.name
    for test in catalog.burnin.values():
        for each in test.yields:
            assert metrics.named(each.metric) is not None, (test.name, each.metric)
