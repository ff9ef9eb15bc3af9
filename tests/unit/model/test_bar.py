"""Bars: what they hold of, and whom they may judge."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from millwright.model.bar import Bar
from millwright.model.verdict import Verdict

numbers = st.floats(-1e9, 1e9)


def bar(**keys: Any) -> Bar:
    """Return a bar on a collective, with some keys of its own."""
    plain = {"name": "b", "metric": "nccl_all_reduce_busbw", "rule": "at_least", "value": 431}
    return Bar.model_validate({**plain, "unit": "GB/s", "source": "s", **keys})


def test_nothing_hidden_widens_a_bar() -> None:
    assert bar().holds(431)
    assert not bar().holds(430.999)
    assert bar(rule="within", tolerance_percent=3).holds(431 * 0.97)
    assert not bar(rule="equals").holds(431.0001)
    assert bar(rule="within", tolerance_percent=3).told == "= 431 +/- 3 % GB/s"


@given(numbers, st.sampled_from(["at_least", "at_most", "equals"]))
def test_not_a_number_meets_no_bar(value: float, rule: str) -> None:
    assert not bar(rule=rule, value=value).holds(float("nan"))
    assert bar(rule=rule, value=value).holds(value)


def test_a_bar_of_a_virtual_machine_never_judges_bare_metal() -> None:
    cloud = bar(platform="azure-vm", skus=["dgx-h200"])
    assert cloud.fits("DGX-H200", "azure-vm", {}, {})
    assert not cloud.fits("dgx-h200", "bare-metal", {}, {})
    assert not cloud.fits("dgx-h100", "azure-vm", {}, {})


def test_a_condition_that_is_not_said_is_not_met() -> None:
    large = bar(conditions={"bytes": {"at_least": 2**33}, "nodes": 1, "algo": "Ring"})
    assert large.fits("", "bare-metal", {"bytes": 2**34, "nodes": 1, "algo": "ring"}, {})
    assert not large.fits("", "bare-metal", {"bytes": 2**20, "nodes": 1, "algo": "ring"}, {})
    assert not large.fits("", "bare-metal", {"nodes": 1, "algo": "ring"}, {})
    assert bar(versions={"driver": "550."}).fits("", "bare-metal", {}, {"driver": "550.54"})
    assert not bar(versions={"driver": "550."}).fits("", "bare-metal", {}, {"driver": "535.1"})


def test_an_estimate_may_warn_and_never_fail() -> None:
    assert bar(confidence="estimate").worst_verdict is Verdict.WARN
    assert bar(confidence="measured").worst_verdict is Verdict.FAIL
    assert bar().worst_verdict is Verdict.WARN


def test_a_tolerance_belongs_to_within_alone() -> None:
    for wrong in ({"rule": "within"}, {"tolerance_percent": 3}):
        with pytest.raises(ValidationError):
            bar(**wrong)
