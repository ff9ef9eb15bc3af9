"""Parts of a whole and growth: slips of a hand that would make a design far too small."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from millwright.adapters.catalogs import load
from millwright.model.sizing import Assumption, past_whole
from millwright.model.workload import Growth, Workload


def _measured(name: str, value: float) -> Workload:
    said = {name: {"value": value, "source": "bench"}}
    return Workload.model_validate({"name": "w", "kind": "notebooks", "measured": said})


@pytest.mark.parametrize(
    "name", ["load-share", "memory-share", "prefill-mfu", "mfu-dense", "goodput"]
)
def test_percent_written_for_a_share_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=r"part of 1 .0.65 is 65 %., and not 65"):
        _measured(name, 65)
    assert _measured(name, 0.65).measured[name].value == 0.65


def test_a_notebook_may_have_two_gpus_and_a_cache_two_bytes() -> None:
    assert _measured("notebook-gpu-share", 2).measured
    assert _measured("kv-bytes", 2).measured


@pytest.mark.parametrize(("name", "value"), [("filesystem-overhead", 1.0), ("spare-chance", 1.5)])
def test_an_assumption_of_the_sites_own_is_held_to_the_same(name: str, value: float) -> None:
    entry: dict[str, Any] = {
        "name": name, "title": "t", "source": "site", "confidence": "estimate", "value": value,
    }  # fmt: skip
    with pytest.raises(ValidationError):
        Assumption.model_validate(entry)


def test_every_assumption_of_the_catalogue_is_a_part_where_its_name_says_so() -> None:
    for name, entry in load(None).catalog.assumptions.items():
        assert entry.value is None or past_whole(name, entry.value.value) == ""


@given(st.lists(st.floats(0.1, 10), min_size=3, max_size=3))
def test_growth_is_low_likely_and_high_in_this_order(factors: list[float]) -> None:
    keys = {"after_months": 12, "factor": factors}
    if factors == sorted(factors):
        assert Growth.model_validate(keys).factor == tuple(factors)
    else:
        with pytest.raises(ValidationError, match="low, likely and high"):
            Growth.model_validate(keys)
