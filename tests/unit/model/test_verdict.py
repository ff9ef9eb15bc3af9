"""The four words and their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from millwright.model.verdict import Verdict, worst

words = st.lists(st.sampled_from(list(Verdict)))


def test_unknown_is_worse_than_warn_and_better_than_fail() -> None:
    assert Verdict.PASS < Verdict.WARN < Verdict.UNKNOWN < Verdict.FAIL
    assert sorted(Verdict, reverse=True)[0] is Verdict.FAIL
    assert max(Verdict) is Verdict.FAIL


def test_the_worst_of_nothing_is_unknown() -> None:
    assert worst([]) is Verdict.UNKNOWN


@given(words, words)
def test_more_verdicts_never_make_it_better(first: list[Verdict], more: list[Verdict]) -> None:
    if first:
        assert worst([*first, *more]) >= worst(first)
        assert worst([*first, *more]) is worst([*more, *first])
