"""Shares as a person reads them: what is not whole never reads as whole."""

from __future__ import annotations

import math

_DIGITS = 9
"""Places at which a binary fraction counts as the decimal one that it stands for."""


def percent_of(share: float) -> float:
    """Return a share in per cent, rounded down to one decimal; below 1 it is 99.9 at most."""
    told = math.floor(round(share * 1000, _DIGITS)) / 10
    return min(told, 99.9) if share < 1 else told
