"""Conversions between units of the trade; the only place where a factor stands."""

from __future__ import annotations

MIB = 2**20


def kw(watts: float) -> float:
    """Return kilowatts, rounded to the watt so that sums of parts equal the sum shown."""
    return round(watts / 1000, 3)


def ceil_div(amount: int, per: int) -> int:
    """Return how many units of size `per` hold `amount`, with integers only."""
    return -(-amount // per)
