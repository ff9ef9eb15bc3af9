"""nccl-tests: tables of old and new versions, interrupted, tagged and cut, and errors instead."""

from __future__ import annotations

import pytest
from hypothesis import given

from millwright.probes.nccl_tests import command, read

from .laws import (
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_nothing_new,
    scraps,
    torn,
)

HEAD = """# nccl-tests version 2.17.6 nccl-headers=22304 nccl-library=22304
# Collective test starting: all_reduce_perf
# nThread 1 nGpus 4 minBytes 1048576 maxBytes 4194304 step: 2(factor) warmup iters: 1 iters: 20 agg iters: 1 validation: 1 graph: 0
#
# Using devices
#  Rank  0 Group  0 Pid   4711 on    node001 device  0 [0000:1b:00] NVIDIA H100 80GB HBM3
#  Rank  1 Group  0 Pid   4711 on    node001 device  1 [0000:43:00] NVIDIA H100 80GB HBM3
#  Rank  2 Group  0 Pid   4711 on    node001 device  2 [0000:52:00] NVIDIA H100 80GB HBM3
#  Rank  3 Group  0 Pid   4711 on    node001 device  3 [0000:61:00] NVIDIA H100 80GB HBM3
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
"""  # noqa: E501
ROWS = """     1048576        262144     float     sum      -1    50.00   20.97   31.46      0    52.43   20.00   30.00      0
     2097152        524288     float     sum      -1    62.42   33.60   50.40      0    61.68   34.00   51.00      0
     4194304       1048576     float     sum      -1    69.91   60.00   90.00      0    70.02   59.90   89.85      2
"""  # noqa: E501
TAIL = """# Out of bounds values : 2 FAILED
# Avg bus bandwidth    : 57.1183
#
# Collective test concluded: all_reduce_perf

"""
WHOLE = HEAD + ROWS + TAIL
LOG = "node001:4711:4720 [0] NCCL INFO Channel 00/02 :    0   1   2   3\n"
OLD = """# nThread 1 nGpus 4 minBytes 4194304 maxBytes 8388608 step: 2(factor) warmup iters: 5 iters: 20 validation: 0
#
# Using devices
#   Rank  0 Pid 112424 on localhost device  0 [0x00] A100-SXM4-40GB
#   Rank  1 Pid 112424 on localhost device  1 [0x00] A100-SXM4-40GB
#   Rank  2 Pid 112424 on localhost device  2 [0x00] A100-SXM4-40GB
#   Rank  3 Pid 112424 on localhost device  3 [0x00] A100-SXM4-40GB
#
#                                             out-of-place                       in-place
#       size         count    type     time   algbw   busbw  error     time   algbw   busbw  error
#        (B)    (elements)             (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
     4194304        262144   float    100.7   41.64   31.23    N/A    99.56   42.13   31.60    N/A
     8388608        524288   float    123.5   67.94   50.96    N/A    120.7   69.51   52.13    N/A
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 41.48
#
"""  # noqa: E501


def test_a_table_has_rows_with_both_halves_ranks_and_a_summary() -> None:
    reading = read(WHOLE)
    (run,) = reading.facts.runs
    assert (run.collective, run.average_busbw, run.out_of_bounds) == ("all_reduce", 57.1183, 2)
    assert (run.passed, run.complete, len(run.ranks)) == (False, True, 4)
    assert (run.ranks[3].host, run.ranks[3].device, run.ranks[3].pci) == (
        "node001",
        3,
        "0000:61:00",
    )
    last = run.rows[-1]
    assert (last.bytes, last.elements, last.type, last.op, last.root) == (
        4194304,
        1048576,
        "float",
        "sum",
        -1,
    )
    assert last.out_of_place is not None
    assert last.in_place is not None
    assert (last.out_of_place.busbw, last.in_place.busbw, last.in_place.wrong) == (90.0, 89.85, 2)
    assert (reading.facts.nccl_version, reading.facts.tests_version) == ("2.23.4", "2.17.6")
    assert not reading.problems


def test_every_half_is_measured_under_its_conditions() -> None:
    measured = read(WHOLE).measurements[0]
    assert (measured.metric, measured.value, measured.unit) == (
        "nccl_all_reduce_busbw",
        31.46,
        "GB/s",
    )
    told = dict(measured.params)
    assert (told["bytes"], told["ranks"], told["nodes"], told["in_place"]) == (1048576, 4, 1, 0)
    averages = [each for each in read(WHOLE).measurements if "avg" in each.metric]
    assert [each.value for each in averages] == [57.1183]


def test_an_old_table_without_names_is_known_by_the_law_of_its_bandwidths() -> None:
    reading = read(OLD)
    (run,) = reading.facts.runs
    assert (run.collective, run.settings.validation) == ("all_gather", False)
    assert run.rows[0].out_of_place is not None
    assert (run.rows[0].out_of_place.wrong, run.rows[0].out_of_place.error) == (None, None)
    assert not reading.problems


def test_an_error_is_no_count_of_wrong_values() -> None:
    cell = read(OLD.replace("31.23    N/A", "31.23  4e-07")).facts.runs[0].rows[0].out_of_place
    assert cell is not None
    assert (cell.wrong, cell.error) == (None, 4e-07)


def test_what_the_law_cannot_tell_apart_stays_unnamed() -> None:
    unnamed = WHOLE.replace("all_reduce_perf", "it")
    assert read(unnamed).facts.runs[0].collective == "all_reduce"
    two = "".join(line for line in unnamed.splitlines(True) if "Rank  2" not in line)
    two = "".join(line for line in two.splitlines(True) if "Rank  3" not in line)
    assert read(two.replace("nGpus 4", "nGpus 2")).facts.runs[0].collective is None


def test_logs_of_nccl_between_and_inside_of_rows_cost_no_row() -> None:
    rows = ROWS.splitlines(keepends=True)
    broken = rows[1][:52] + LOG + rows[1][52:]
    after_half = rows[2][:84] + LOG + LOG + rows[2][84:]
    reading = read(HEAD + LOG + rows[0] + LOG + broken + after_half + TAIL)
    assert reading.facts.runs == read(WHOLE).facts.runs
    assert not reading.problems


def test_warnings_of_nccl_are_kept_as_they_stand() -> None:
    warning = "node001:4711:4720 [0] transport/net_ib.cc:75 NCCL WARN NET/IB : Got async event\n"
    reading = read(HEAD + warning + ROWS + TAIL)
    assert reading.facts.warnings == (warning.strip(),)
    assert reading.facts.runs == read(WHOLE).facts.runs


def test_a_launcher_may_tag_every_line() -> None:
    tagged = "".join(f"[1,0]<stdout>: {line}\n" for line in WHOLE.splitlines())
    assert read(tagged).facts.runs == read(WHOLE).facts.runs


def test_each_table_of_an_output_is_a_run_of_its_own() -> None:
    reading = read(WHOLE + OLD + WHOLE.replace("all_reduce_perf", "reduce_perf"))
    assert [run.collective for run in reading.facts.runs] == ["all_reduce", "all_gather", "reduce"]
    assert not reading.problems


def test_a_table_that_ends_before_its_summary_has_no_average() -> None:
    reading = read(HEAD + ROWS)
    (run,) = reading.facts.runs
    assert (run.average_busbw, run.out_of_bounds, run.complete) == (None, None, False)
    assert [problem.message for problem in reading.problems] == [
        "the table ends before its summary"
    ]


def test_an_average_cut_inside_of_its_digits_is_none() -> None:
    reading = read(WHOLE[: WHOLE.index("57.1183") + 4])
    assert reading.facts.runs[0].average_busbw is None


def test_a_lost_row_shows_in_the_average() -> None:
    lost = HEAD + "".join(ROWS.splitlines(keepends=True)[1:]) + TAIL
    assert any("do not make the average" in each.message for each in read(lost).problems)


def test_a_lost_rank_leaves_their_number_untold() -> None:
    lost = "".join(line for line in WHOLE.splitlines(True) if "Rank  3" not in line)
    reading = read(lost)
    assert reading.facts.runs[0].ranks == ()
    assert "ranks" not in dict(reading.measurements[0].params)
    assert reading.problems


@pytest.mark.parametrize(
    "words",
    [
        "There are not enough slots available in the system to satisfy the 16",
        "node001: Test NCCL failure common.cu:961 'unhandled system error'",
        "node001: Test CUDA failure common.cu:1024 'invalid device ordinal'",
        "mpirun noticed that process rank 0 with PID 0 on node node001 exited on signal 9",
        "MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD",
        "all_reduce_perf: error while loading shared libraries: libnccl.so.2: cannot open",
        "bash: all_reduce_perf: command not found",
        "srun: error: node002: task 3: Exited with exit code 2",
    ],
)
def test_errors_in_place_of_a_table_are_problems(words: str) -> None:
    reading = read(f"{words}\n")
    assert reading.problems[0].message == words
    assert reading.facts.runs == ()


def test_bandwidths_tell_that_a_process_of_one_rank_is_lost() -> None:
    many = WHOLE.replace("nGpus 4", "nGpus 1")
    assert len(read(many).facts.runs[0].ranks) == 4
    lost = "".join(line for line in many.splitlines(True) if "Rank  3" not in line)
    assert read(lost).facts.runs[0].ranks == ()


def test_groups_side_by_side_have_the_law_of_their_own_size() -> None:
    rows = ROWS.replace("90.00", "60.00").replace("89.85", "59.90")
    two = HEAD.replace("Rank  2 Group  0", "Rank  2 Group  1")
    two = two.replace("Rank  3 Group  0", "Rank  3 Group  1")
    run = read(two + rows + TAIL).facts.runs[0]
    assert [rank.group for rank in run.ranks] == [0, 0, 1, 1]


def test_what_is_asked_is_a_list_of_words() -> None:
    assert command("all_gather", 4, 1024) == [
        "all_gather_perf", "-b", "8", "-e", "1024", "-f", "2", "-g", "4",
    ]  # fmt: skip


def test_a_cut_at_any_place_gives_no_new_value() -> None:
    assert not assert_cuts_are_harmless(read, WHOLE).problems
    assert not assert_cuts_are_harmless(read, OLD).problems


def test_line_ends_do_not_matter() -> None:
    assert_line_ends_do_not_matter(read, WHOLE)


@given(torn(WHOLE))
def test_lost_and_doubled_lines_give_no_new_value(text: str) -> None:
    assert_nothing_new(read, text, read(WHOLE))


@given(scraps(WHOLE + OLD))
def test_no_text_is_too_much(text: str) -> None:
    read(text)
