"""gpu_burn: the last of many progress lines, a verdict a GPU, and nothing measured before that."""

from __future__ import annotations

import pytest
from hypothesis import given

from millwright.probes.gpu_burn import read

from .laws import assert_cuts_are_harmless, assert_nothing_new, scraps, torn

LIST = "".join(f"GPU {at}: NVIDIA H100 80GB HBM3 (UUID: GPU-{at}{at}{at})\n" for at in (0, 1))


def progress(percent: str, speeds: str, errors: str, heat: str) -> str:
    """Return one progress as the tool prints it over the one before."""
    return f"\r{percent}%  proc'd: {speeds}   errors: {errors}   temps: {heat} "


FIRST = progress("5.0", "10 (900 Gflop/s) - 0 (0 Gflop/s)", "0 - 0", "40 C - --")
MIDDLE = progress("50.0", "100 (51200 Gflop/s) - 99 (50900 Gflop/s)", "0 - 0", "66 C - 70 C")
LAST = progress(
    "100.0", "200 (51300 Gflop/s) - 180 (25100 Gflop/s)", "0 - 12  (WARNING!)", "65 C - 71 C"
)
END = """
Killing processes with SIGTERM (soft kill)
Initialized device 0 with 81251 MB of memory (80493 MB available, using 72443 MB of it), using FLOATS, using Tensor Cores
Freed memory for dev 0
done

Tested 2 GPUs:
\tGPU 0: OK
\tGPU 1: FAULTY
"""  # noqa: E501
SUMMARY = "\n\tSummary at:   Thu Mar 10 19:21:17 UTC 2022\n\n"
WHOLE = LIST + FIRST + MIDDLE + SUMMARY + MIDDLE + LAST + END


def test_the_last_progress_and_the_verdict_count() -> None:
    reading = read(WHOLE)
    first, second = reading.facts.gpus
    assert (first.verdict, first.gflops, first.temperature_c) == ("OK", 51300.0, 65.0)
    assert (second.verdict, second.errors, second.gflops) == ("FAULTY", 12, 25100.0)
    assert (first.hottest_c, second.hottest_c) == (66.0, 71.0)
    assert (first.name, second.uuid) == ("NVIDIA H100 80GB HBM3", "GPU-111")
    assert (reading.facts.records, reading.facts.percent) == (4, 100.0)
    assert (reading.facts.precision, reading.facts.tensor_cores) == ("floats", True)
    assert not reading.problems


def test_speed_errors_and_heat_are_measured_by_gpu() -> None:
    found = {(each.metric, each.device): each.value for each in read(WHOLE).measurements}
    assert found == {
        ("gpu_burn_gflops", "gpu0"): 51300.0,
        ("gpu_burn_gflops", "gpu1"): 25100.0,
        ("gpu_burn_errors", "gpu0"): 0,
        ("gpu_burn_errors", "gpu1"): 12,
        ("gpu_burn_temperature", "gpu0"): 65.0,
        ("gpu_burn_temperature", "gpu1"): 71.0,
    }


def test_a_burn_that_is_broken_off_measures_nothing() -> None:
    reading = read(LIST + FIRST + MIDDLE + MIDDLE[:60])
    assert reading.measurements == ()
    assert [gpu.gflops for gpu in reading.facts.gpus] == [51200.0, 50900.0]
    assert any("verdict" in each.message for each in reading.problems)


def test_a_gpu_that_died_is_told_apart() -> None:
    dead = progress("90.0", "100 (51200 Gflop/s) - -1 (0 Gflop/s)", "0 - -1  (DIED!)", "66 C - --")
    reading = read(LIST + MIDDLE + dead + END)
    assert [gpu.died for gpu in reading.facts.gpus] == [False, True]
    assert reading.facts.gpus[1].temperature_c is None


def test_a_count_of_gpus_that_changes_is_a_problem() -> None:
    three = progress("100.0", "1 (2 Gflop/s) - 3 (4 Gflop/s) - 5 (6 Gflop/s)", "0 - 0 - 0",
                     "6 C - 7 C - 8 C")  # fmt: skip
    reading = read(LIST + MIDDLE + three + END)
    assert reading.measurements == ()
    assert any("number of GPUs changes" in each.message for each in reading.problems)


@pytest.mark.parametrize(
    "words",
    [
        "Couldn't init a GPU test: Error (gpu_burn-drv.cpp): No CUDA devices",
        "No clients are alive!",
    ],
)
def test_what_the_tool_says_of_its_failure_is_a_problem(words: str) -> None:
    assert read(f"{words}\n").problems[0].message == words


def test_a_verdict_needs_no_newline() -> None:
    assert read(WHOLE.rstrip("\n")) == read(WHOLE)


def test_a_cut_at_any_place_measures_nothing_new() -> None:
    whole = assert_cuts_are_harmless(read, WHOLE, facts=False)
    assert not whole.problems
    last = WHOLE.rindex("FAULTY")
    assert all(read(WHOLE[:at]).problems for at in range(last))


@given(torn(WHOLE))
def test_lost_and_doubled_lines_measure_nothing_new(text: str) -> None:
    assert_nothing_new(read, text, read(LIST + FIRST + MIDDLE + LAST + END), facts=False)


@given(scraps(WHOLE))
def test_no_text_is_too_much(text: str) -> None:
    read(text)
