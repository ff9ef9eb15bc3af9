"""What a note brought: rounds of before and after, and an interval that says how sure that is.

Each round's change is taken as a logarithm, so that twice and half weigh alike; Student's t over
the rounds gives the interval (W. S. Gosset, The probable error of a mean, 1908). It assumes rounds
that do not depend on each other: they alternate which side goes first, so that a drift cancels.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """The relative gain and its interval; None where too little was measured to say."""

    gain: float | None
    low: float | None
    high: float | None

    @property
    def better(self) -> bool:
        """Return whether it is sure that something was gained."""
        return self.low is not None and self.low > 0

    @property
    def worse(self) -> bool:
        """Return whether it is sure that something was lost."""
        return self.high is not None and self.high < 0


def effect(
    before: Sequence[float], after: Sequence[float], level: float, *, higher_is_better: bool = True
) -> Effect:
    """Return what changed from before to after, pair by pair.

    Positive is better, whichever way the metric counts.
    """
    pairs = [(b, a) for b, a in zip(before, after, strict=False) if b > 0 and a > 0]
    sign = 1.0 if higher_is_better else -1.0
    logs = [sign * math.log(a / b) for b, a in pairs]
    if len(logs) < LEAST_ROUNDS:
        return Effect(None, None, None)
    mean = statistics.fmean(logs)
    spread = statistics.stdev(logs) / math.sqrt(len(logs))
    wide = student_t(level, len(logs) - 1) * spread
    return Effect(math.expm1(mean), math.expm1(mean - wide), math.expm1(mean + wide))


def student_t(level: float, degrees: int) -> float:
    """Return the t within which Student's distribution has that share, on both sides together."""
    low, high = 0.0, 1.0
    while _share_within(high, degrees) < level and high < 1e12:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if _share_within(middle, degrees) < level else (low, middle)
    return (low + high) / 2


def _share_within(t: float, degrees: int) -> float:
    """Return the share between -t and t: the closed sums for whole degrees of freedom
    (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = math.atan2(t, math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    if degrees == 1:
        return 2 * angle / math.pi
    odd = degrees % 2 == 1
    term = total = cosine if odd else 1.0
    for step in range(3 if odd else 2, degrees - 1, 2):
        term *= cosine**2 * (step - 1) / step
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total
