"""Node sets: folded and unfolded without loss, and never larger than what was checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.model.nodeset import WrongNodeSet, chosen, expanded, folded


def test_a_set_is_expanded_in_its_order() -> None:
    assert expanded("gpu[08-10],head1") == ("gpu08", "gpu09", "gpu10", "head1")


@given(st.sets(st.integers(1, 999), min_size=1, max_size=60))
def test_folding_and_expanding_lose_nothing(numbers: set[int]) -> None:
    names = [f"gpu{number:03d}" for number in numbers]
    assert set(expanded(folded(names))) == set(names)


@pytest.mark.parametrize(
    "text", ["", "@all", "gpu[1-", "gpu 1", "gpu1;id", "GPU1", "gpu[1-9999999]", "../x", "gpu[a-b]"]
)
def test_what_is_no_set_is_refused_before_it_is_expanded(text: str) -> None:
    with pytest.raises(WrongNodeSet):
        expanded(text)


def test_strangers_are_named_folded() -> None:
    with pytest.raises(WrongNodeSet, match=r"unknown nodes: gpu\[3-4\]"):
        chosen("gpu[1-4]", ["gpu1", "gpu2"])
