"""Shares of hours of which some are unknown are told as what they are at least."""

from __future__ import annotations

import pytest

from millwright.reports.account import least


@pytest.mark.parametrize(
    ("value", "unknown", "told"),
    [
        (0.0, 1.0, "unknown"),
        (None, 0.0, "unknown"),
        (0.6, 0.2, "at least 60.0 %"),
        (0.6, 0.0, "60.0 %"),
    ],
)
def test_hours_that_nobody_knows_are_never_counted_as_not_up(
    value: float | None, unknown: float, told: str
) -> None:
    assert least(value, unknown) == told
