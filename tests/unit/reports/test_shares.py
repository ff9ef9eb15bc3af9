"""Completeness in per cent: what is missing shows, however little it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.reports.acceptance import percent
from millwright.reports.shares import percent_of


@given(st.integers(1, 10_000_000), st.data())
def test_what_is_not_whole_never_reads_as_more_than_it_is(wanted: int, data: st.DataObject) -> None:
    there = data.draw(st.integers(0, wanted))
    told = percent_of(there / wanted)
    assert (told == 100.0) is (there == wanted)
    assert 100 * there / wanted - 0.1001 < told <= 100 * there / wanted + 1e-6


def test_a_share_of_tenths_of_a_per_cent_is_told_as_it_is() -> None:
    assert [percent_of(n / 1000) for n in range(1001)] == [n / 10 for n in range(1001)]


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "100 %"), (0.9997, "99.9 %"), (0.9999999999, "99.9 %"), (0.5, "50 %"), (0, "0 %")],
)
def test_a_report_says_it_in_the_same_words(share: float, words: str) -> None:
    assert percent(share) == words
