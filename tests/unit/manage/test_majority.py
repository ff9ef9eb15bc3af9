"""Peers: one rule for all who hold nodes against each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.majority import majority


def test_more_than_half_rule_and_half_does_not() -> None:
    most = majority(["a", "a", "b"])
    assert most is not None
    assert (most.value, most.count, most.of, most.rules, most.alike) == ("a", 2, 3, True, False)
    split = majority(["a", "b"])
    assert split is not None
    assert not split.rules
    assert majority([]) is None


@given(st.lists(st.sampled_from("abc"), min_size=1))
def test_who_rules_is_named_by_more_than_all_others_together(told: list[str]) -> None:
    most = majority(told)
    assert most is not None
    assert most.count == told.count(most.value) == max(map(told.count, told))
    assert most.rules == (2 * most.count > len(told))
    assert most.alike == (len(set(told)) == 1)
