"""Readers of burn-in tools against broken texts: no exception, no new value, no long wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.reading import Reading, Tool
from millwright.probes.registry import named

from .burnin_texts import CASES
from .laws import (
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_long_lines_are_read_quickly,
    known,
    scraps,
    torn,
)

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ALL = pytest.mark.parametrize(
    ("name", "text"), CASES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(CASES)]
)
NAMES = sorted({name for name, _ in CASES})
COUNTERS = ("ocptv",)
"""Whose facts count the lines that are there."""
PIECES = (
    "1",
    " ",
    "\n",
    "\r",
    "\b",
    "[",
    "{",
    '{"',
    '\n{"a": ',
    "a:",
    "| a ",
    "- ",
    "A=1 ",
    "Reason=",
    "Numa node 0 ",
    "1.0 ",
    "stress-ng: info: [1] ",
    "[  5] 0.00-1.00 sec ",
    "GPU #0: ",
    "x: (g=0): rw=",
    "||Ax-b||",
    "#bytes #iterations ",
    "RDMA_Write ",
    "a::b",
)


def tool(name: str) -> Tool:
    """Return a registered tool."""
    found = named(name)
    assert found is not None
    return found


def _known(measured: Measurement, whole: Reading[Any]) -> bool:
    """Return whether a whole output says this too, of that device or of one that it names."""
    devices = {measured.device} if measured.device else {m.device for m in whole.measurements}
    return any(known(replace(measured, device=device), whole) for device in devices)


@ALL
def test_a_cut_output_gives_no_new_value(name: str, text: str) -> None:
    step = 1 if len(text) < 2000 else 7
    assert_cuts_are_harmless(tool(name).read, text, facts=name not in COUNTERS, step=step)


@ALL
def test_line_ends_of_windows_change_nothing(name: str, text: str) -> None:
    if "\r" not in text:
        assert_line_ends_do_not_matter(tool(name).read, text)


@ALL
def test_lost_and_doubled_lines_give_no_new_value_unless_a_problem_says_so(
    name: str, text: str
) -> None:
    read = tool(name).read
    whole = read(text)

    @SLOW
    @given(torn(text))
    def holds(broken: str) -> None:
        reading = read(broken)
        if not reading.problems:
            for measured in reading.measurements:
                assert _known(measured, whole), (measured, broken)

    holds()


@ALL
def test_disorder_is_survived(name: str, text: str) -> None:
    read = tool(name).read

    @SLOW
    @given(scraps(text))
    def holds(broken: str) -> None:
        read(broken)

    holds()


@ALL
def test_bytes_that_flip_are_survived(name: str, text: str) -> None:
    read = tool(name).read
    raw = text.encode()

    @SLOW
    @given(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=5))
    def holds(flips: list[tuple[int, int]]) -> None:
        changed = bytearray(raw)
        for at, byte in flips:
            changed[at] = byte
        read(changed.decode("utf-8", "backslashreplace"))

    holds()


@pytest.mark.parametrize("name", NAMES)
def test_a_long_line_takes_a_moment(name: str) -> None:
    assert_long_lines_are_read_quickly(tool(name).read, PIECES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("said", ["", "\n", "bash: command not found\n", "\0\x01\x02\n"])
def test_what_says_nothing_is_a_problem(name: str, said: str) -> None:
    reading = tool(name).read(said)
    assert reading.problems
    assert not reading.measurements


@ALL
def test_every_measurement_is_of_a_known_metric_and_in_its_unit(name: str, text: str) -> None:
    for measured in tool(name).read(text).measurements:
        metric = metrics.named(measured.metric)
        assert metric is not None, measured.metric
        assert metric.unit in ("", measured.unit)
