"""nvbandwidth: the same tests from JSON and from text, and no number of a test that did not run."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from millwright.probes.nvbandwidth import read

from .laws import (
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_nothing_new,
    scraps,
    torn,
)

UP = "memcpy CE CPU(row) -> GPU(column) bandwidth (GB/s)"
PEERS = "memcpy CE GPU(row) -> GPU(column) bandwidth (GB/s)"
DOCUMENT = {
    "nvbandwidth": {
        "CUDA Runtime Version": 12070,
        "Driver Version": "565.02",
        "GPU Device list": ["0: NVIDIA H100 80GB HBM3 (00000000:1B:00): node001"],
        "git_version": "v0.8",
        "testcases": [
            {
                "average": 55.25,
                "bandwidth_description": UP + " ",
                "bandwidth_matrix": [["55.5", "55"]],
                "max": 55.5,
                "min": 55.0,
                "name": "host_to_device_memcpy_ce",
                "status": "Passed",
                "sum": 110.5,
            },
            {
                "bandwidth_description": PEERS,
                "bandwidth_matrix": [["N/A", "390.5"], ["391.25", "N/A"]],
                "name": "device_to_device_memcpy_write_ce",
                "status": "Passed",
                "sum": 781.75,
            },
            {"name": "multinode_device_to_device_memcpy_read_ce", "status": "Waived"},
            {"name": "device_local_copy", "status": "Error", "error": "out of memory"},
        ],
        "version": "v0.8",
    }
}
JSON = json.dumps(DOCUMENT, indent="\t", separators=(",", " : ")) + "\n"
TEXT = f"""nvbandwidth Version: v0.6
Built from Git version: v0.6

CUDA Runtime Version: 12040
CUDA Driver Version: 12040
Driver Version: 550.54.15

Device 0: NVIDIA H100 80GB HBM3 (0000001b:00:00)
Device 1: NVIDIA H100 80GB HBM3 (00000043:00:00)

Running host_to_device_memcpy_ce.
{UP}
           0         1
 0     55.50     55.00

SUM host_to_device_memcpy_ce 110.50

Running device_to_device_memcpy_write_ce.
{PEERS}
           0         1
 0       N/A    390.50
 1    391.25       N/A

SUM device_to_device_memcpy_write_ce 781.75

Waived:
Running host_device_latency_sm.
memory latency SM CPU(row) <-> GPU(column) (ns)
           0         1
 0    772.58    649.88

SUM host_device_latency_sm 1422.46

NOTE: The reported results may not reflect the full capabilities of the platform.
"""


def cells(text: str) -> dict[tuple[str, str, str], float]:
    """Return every cell that was measured, by metric, device and peer."""
    return {
        (each.metric.removeprefix("nvbandwidth_"), each.device, each.peer): each.value
        for each in read(text).measurements
        if each.params
    }


def test_both_forms_give_the_same_cells() -> None:
    expected = {
        ("host_to_device_memcpy_ce", "gpu0", "cpu0"): 55.5,
        ("host_to_device_memcpy_ce", "gpu1", "cpu0"): 55.0,
        ("device_to_device_memcpy_write_ce", "gpu0", "gpu1"): 390.5,
        ("device_to_device_memcpy_write_ce", "gpu1", "gpu0"): 391.25,
    }
    assert cells(JSON) == expected
    assert expected.items() <= cells(TEXT).items()


def test_sums_are_measured_of_bandwidths_and_not_of_latencies() -> None:
    sums = {each.metric: each.value for each in read(TEXT).measurements if not each.params}
    assert sums == {
        "nvbandwidth_host_to_device_memcpy_ce_sum": 110.5,
        "nvbandwidth_device_to_device_memcpy_write_ce_sum": 781.75,
    }
    latencies = [each for each in read(TEXT).measurements if each.unit == "ns"]
    assert [each.value for each in latencies] == [772.58, 649.88]


def test_tests_that_did_not_run_are_facts_without_numbers() -> None:
    waived, failed = read(JSON).facts.testcases[2:]
    assert (waived.status, waived.matrix, waived.sum) == ("Waived", (), None)
    assert (failed.status, failed.error) == ("Error", "out of memory")
    assert [case.status for case in read(TEXT).facts.testcases] == [
        "Passed",
        "Passed",
        "Waived",
        "Passed",
    ]
    assert not read(JSON).problems
    assert not read(TEXT).problems


def test_versions_and_devices_are_told() -> None:
    facts = read(JSON).facts
    assert (facts.version, facts.driver, facts.cuda_runtime) == ("v0.8", "565.02", "12070")
    assert facts.devices[0].bus_id == "00000000:1B:00"
    assert len(read(TEXT).facts.devices) == 2


def test_words_with_braces_before_the_document_are_passed_by() -> None:
    before = 'WARNING: lock {\nWARNING: {{{}}}}}\n{ "a": 1 }\n'
    assert read(before + JSON) == read(JSON)


def test_a_document_that_is_cut_is_a_problem() -> None:
    reading = read(JSON[:-40])
    assert [each.message for each in reading.problems] == ["the JSON document is not whole"]
    assert reading.facts.testcases == ()


def test_an_error_of_the_whole_run_is_a_problem() -> None:
    assert read('{"nvbandwidth": {"error": "No CUDA device"}}').problems
    assert read("ERROR: No CUDA devices found\n").problems
    assert read("").problems


def test_a_test_without_its_sum_has_no_numbers() -> None:
    reading = read(TEXT[: TEXT.index("SUM device_to_device")])
    assert len(reading.measurements) == 3
    assert "ends before its sum" in reading.problems[0].message


def test_cells_that_do_not_make_the_sum_do_not_count() -> None:
    reading = read(TEXT.replace(" 1    391.25       N/A\n", ""))
    assert all("device_to_device" not in each.metric for each in reading.measurements)
    assert any("do not make the sum" in each.message for each in reading.problems)


def test_a_cell_that_stands_twice_in_a_document_makes_no_sum() -> None:
    doubled = JSON.replace('"55.5",', '"55.5", "55.5",')
    reading = read(doubled)
    assert all("host_to_device" not in each.metric for each in reading.measurements)
    assert len(reading.problems) == 1


def test_strange_values_in_a_document_are_none() -> None:
    case = {"name": "x", "status": "Passed", "bandwidth_description": UP}
    strange: list[list[object]] = [[True, None, 1e999, "1.5", {}], []]
    odd: dict[str, object] = {**case, "bandwidth_matrix": strange[:1], "average": 1.5}
    text = json.dumps({"nvbandwidth": {"testcases": [odd]}})
    assert [each.value for each in read(text).measurements] == [1.5]
    odd["bandwidth_matrix"] = strange
    text = json.dumps({"nvbandwidth": {"testcases": [odd, "no"]}})
    assert len(read(text).problems) == 2


def test_a_cut_at_any_place_gives_no_new_value() -> None:
    assert_cuts_are_harmless(read, TEXT)
    assert_cuts_are_harmless(read, JSON)


def test_line_ends_do_not_matter() -> None:
    assert_line_ends_do_not_matter(read, TEXT)
    assert_line_ends_do_not_matter(read, JSON)


@given(torn(TEXT))
def test_lost_and_doubled_lines_give_no_new_value(text: str) -> None:
    assert_nothing_new(read, text, read(TEXT))


@given(scraps(TEXT) | scraps(JSON))
def test_no_text_is_too_much(text: str) -> None:
    read(text)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "status", "bandwidth_matrix", "sum", "testcases", "error"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_no_document_is_too_much(value: object) -> None:
    read(json.dumps({"nvbandwidth": value}))
    read(json.dumps({"nvbandwidth": {"testcases": [value]}}))
