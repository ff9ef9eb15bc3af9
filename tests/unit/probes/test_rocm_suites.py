"""RVS and TransferBench: what is told is read; broken output gives problems and nothing new."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.probes import rvs, transferbench
from millwright.probes.metrics import named as metric_named
from millwright.probes.registry import named

from .laws import (
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_long_lines_are_read_quickly,
    known,
    scraps,
    torn,
)
from .rocm_texts import (
    ALL_TO_ALL,
    ALL_TO_ALL_BOXED,
    CASES,
    RVS,
    RVS_NEWER,
    TRANSFERS,
    TRANSFERS_BETWEEN,
)

ALL = pytest.mark.parametrize(("name", "text"), CASES)


def test_a_stress_test_is_measured_against_its_target_and_its_progress_is_not() -> None:
    reading = rvs.read(RVS)
    assert reading.problems == ()
    stress = [each for each in reading.measurements if each.metric == "rvs_gst_gflops"]
    assert [(each.device, each.value) for each in stress] == [
        ("kfd3254", 61200.5),
        ("kfd50599", 42100.25),
    ]
    told = [(each.module, each.ends, each.passed) for each in reading.facts.results]
    assert told[:4] == [
        ("gst", "3254", True), ("gst", "50599", False), ("gst", "3254", True),
        ("gst", "50599", False),
    ]  # fmt: skip
    assert told[-1] == ("smqt", None, False)


def test_speeds_between_devices_say_between_which() -> None:
    speeds = [(each.metric, each.value, dict(each.params)["ends"])
              for each in rvs.read(RVS).measurements[2:]]  # fmt: skip
    assert speeds == [
        ("rvs_p2p_bandwidth", 24.3, "3254 50599 bidirectional: true"),
        ("rvs_pcie_bandwidth", 13.1, "0 3254 h2d: true d2h: false"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "[RESULT] [1.5] [peers] p2p-bandwidth [1/2] 3 5 bidirectional: true (not measured) 0 sec",
        "[ERROR ] [1.5] [gpustress] gst 3254 memory/blas error!",
        "[RESULT] [1.5] [gpustress] gst 3254 Gflops 1e9 Met target stress : 5.0 PASS",
        "terminate called after throwing an instance of 'std::bad_alloc'",
    ],
)
def test_what_rvs_could_not_do_is_a_problem_and_no_number(line: str) -> None:
    reading = rvs.read(f"{RVS}{line}\n")
    assert len(reading.problems) == 1
    assert reading.measurements == rvs.read(RVS).measurements


def test_a_newer_log_names_gpus_in_place_of_modules_and_ends_with_a_table() -> None:
    reading = rvs.read(RVS_NEWER)
    assert reading.problems == ()
    assert [(each.metric, each.device, each.value) for each in reading.measurements] == [
        ("rvs_gst_gflops", "kfd3254", 1600000.0),
        ("rvs_gst_gflops", "kfd50599", 1100000.5),
        ("rvs_gst_gflops", "kfd50599", 61000.5),
        ("rvs_pcie_bandwidth", "", 56.298),
        ("rvs_p2p_bandwidth", "", 48.962),
        ("rvs_babel_bandwidth", "kfd3254", 4000.0),
    ]
    failed = [(r.action, r.module, r.ends) for r in reading.facts.results if r.passed is False]
    assert failed == [
        ("gst-fp8", "gst", "50599"),
        ("watch", "gm", "3254 mem_clock"),
        ("action_6", "gst", None),
    ]


def test_a_table_of_pairs_is_read_and_says_which_device_it_lacks() -> None:
    reading = transferbench.read(TRANSFERS_BETWEEN)
    told = {(m.metric.removeprefix("transferbench_"), m.device, m.peer): m.value
            for m in reading.measurements if dict(m.params)["way"] != "<-"}  # fmt: skip
    assert told["p2p_gpu_gpu_bandwidth", "gpu1", "gpu0"] == 57.41
    assert told["p2p_gpu_own_bandwidth", "gpu0", "gpu0"] == 2132.28
    assert told["p2p_both_gpu_gpu_bandwidth", "gpu0", "gpu1"] == 99.0
    assert [each.message for each in reading.problems] == [
        "a table of pairs is not whole: p2p_both has no row of CPU 00"
    ]
    assert ("GPU->GPU one way", 57.4) in reading.facts.averages


@pytest.mark.parametrize("text", [ALL_TO_ALL, ALL_TO_ALL_BOXED])
def test_all_to_all_is_read_with_borders_and_without(text: str) -> None:
    reading = transferbench.read(text)
    assert reading.problems == ()
    assert [(c.source, c.target) for c in reading.facts.cells] == [
        ("GPU 00", "GPU 01"),
        ("GPU 01", "GPU 00"),
    ]
    assert reading.measurements[-1].metric.startswith("transferbench_a2a_a")


def test_transfers_are_read_with_either_kind_of_bar() -> None:
    reading = transferbench.read(TRANSFERS)
    assert reading.problems == ()
    assert reading.facts.version == "1.64.00"
    assert [(row.test, row.who, row.gbytes_per_s) for row in reading.facts.rows] == [
        (1, "DMA 0", 14.25), (1, "transfer 0", 14.3), (1, "all", 14.2),
        (2, "GPU 1", 41.5), (2, "transfer 0", 41.6), (2, "all", 40.1),
    ]  # fmt: skip
    assert reading.facts.rows[4].way == "G1 -> G1:8 -> G0"
    assert {each.device for each in reading.measurements} == {"gpu0", "gpu1", ""}


def test_a_preset_table_and_an_error_are_told_as_not_read() -> None:
    reading = transferbench.read("[ERROR] No valid transfers\n   G0   14.3   14.5\n")
    assert len(reading.problems) == 3
    assert not reading.measurements


@ALL
def test_the_readers_are_told_to_be_unproven_and_their_metrics_are_known(
    name: str, text: str
) -> None:
    tool = named(name)
    assert tool is not None
    assert not tool.proven
    assert all(metric_named(each.metric) for each in tool.read(text).measurements)


@ALL
def test_broken_texts_are_harmless(name: str, text: str) -> None:
    tool = named(name)
    assert tool is not None
    assert_cuts_are_harmless(tool.read, text)
    assert_line_ends_do_not_matter(tool.read, text)
    pieces = ("[RESULT] [1.1] [a] gst ", "1 / ", "Executor: GPU 00 | ", "| ", "A=1 : ", "-> ", "[")
    assert_long_lines_are_read_quickly(tool.read, pieces)


@ALL
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_torn_texts_have_no_value_that_the_whole_has_not(
    name: str, text: str, data: st.DataObject
) -> None:
    tool = named(name)
    assert tool is not None
    whole = tool.read(text)
    for each in tool.read(data.draw(torn(text))).measurements:
        assert known(replace(each), whole)
    tool.read(data.draw(scraps(text)))
