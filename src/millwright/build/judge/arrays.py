"""Statistics of groups by sorting: medians, quantiles, tail probabilities, false discoveries."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.int64]
Numbers: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

NORMAL_PER_MAD = 1.4826
_QUARTILE_OF_NORMAL, _TWENTIETH_OF_NORMAL = 0.67449, 1.64485
_MAD_EFFICIENCY = 0.37
"""How much a median and MAD tell, against mean and deviation of as many normal values."""


def starts_of(sorted_codes: Codes) -> Codes:
    """Return where each run of equal codes begins, with the length of all at the end."""
    if len(sorted_codes) == 0:
        return np.zeros(1, dtype=np.int64)
    changes = np.flatnonzero(np.diff(sorted_codes)) + 1
    return np.concatenate(([0], changes, [len(sorted_codes)])).astype(np.int64)


def quantiles(codes: Codes, values: Numbers, count: int, shares: tuple[float, ...]) -> Numbers:
    """Return for each share a row with the quantile of every group, NaN where it is empty.

    Codes run from 0 to `count` - 1. One sort; linear between order statistics.
    """
    ordered, edges = _sorted_within(codes, values, count)
    sizes = np.diff(edges)
    full = sizes > 0
    found = np.full((len(shares), count), np.nan)
    for row, share in enumerate(shares):
        at = edges[:-1][full] + (sizes[full] - 1) * share
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, edges[1:][full] - 1)
        found[row, full] = ordered[low] + (at - low) * (ordered[high] - ordered[low])
    return found


def _sorted_within(codes: Codes, values: Numbers, count: int) -> tuple[Numbers, Codes]:
    """Return the values sorted within their groups, and where each group begins.

    Groups of one size are the rows of a matrix and are sorted at once, which is many times quicker
    than by two keys.
    """
    if not bool(np.all(codes[1:] >= codes[:-1])):
        values = values[_by_code(codes, count)]
    sizes = sizes_of(codes, count)
    edges = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
    ordered = values.copy()
    for size in np.flatnonzero(np.bincount(sizes)).tolist():
        if size > 1:
            begins = edges[:-1][sizes == size]
            at = begins[:, None] + np.arange(size)
            ordered[at] = np.sort(ordered[at], axis=1)
    return ordered, edges.astype(np.int64)


def _by_code(codes: Codes, count: int) -> Codes:
    """Return the order by code; that of equal codes stays. Small numbers are sorted by digits."""
    small = codes.astype(np.uint16) if count <= 1 << 16 else codes
    return np.argsort(small, kind="stable")


def medians(codes: Codes, values: Numbers, count: int) -> Numbers:
    """Return the median of every group."""
    middle: Numbers = quantiles(codes, values, count, (0.5,))[0]
    return middle


def sizes_of(codes: Codes, count: int) -> Codes:
    """Return how many values every group has."""
    return np.bincount(codes, minlength=count).astype(np.int64)


def as_normal(z: Numbers, count: Numbers) -> Numbers:
    """Return how many normal deviations a robust z among so few peers is worth.

    Centre and scale are themselves uncertain: z follows about Student's t, with as many degrees
    of freedom as median and MAD leave. Wallace's approximation of t by a normal value.
    """
    freedom = np.maximum(1.0, _MAD_EFFICIENCY * (count - 1))
    shrunk = np.sqrt(freedom * np.log1p(np.square(z) / freedom))
    return np.asarray(np.sign(z) * shrunk * (8 * freedom + 1) / (8 * freedom + 3))


def upper_tail(z: Numbers) -> Numbers:
    """Return the chance that a normal value is at least `z`; 1 below 2, where nobody asks."""
    chances = np.ones(len(z))
    asked = np.flatnonzero(z > 2)
    chances[asked] = [0.5 * math.erfc(value / math.sqrt(2)) for value in z[asked].tolist()]
    return chances


def discovered(chances: Numbers, tested: int, rate: float) -> Mask:
    """Return which of the chances stand out when `tested` were looked at (Benjamini-Hochberg).

    Of what is marked, a share of `rate` at most is marked by chance. Chances that are not given
    count as 1.
    """
    order = np.argsort(chances, kind="stable")
    line = rate * np.arange(1, len(chances) + 1) / max(tested, 1)
    below = np.flatnonzero(chances[order] <= line)
    marked = np.zeros(len(chances), dtype=bool)
    if len(below):
        marked[order[: below[-1] + 1]] = True
    return marked


def tail_scores(badness: Numbers) -> Numbers:
    """Return how many normal deviations each of many values is out on the worse side.

    Told by a line through the quartile and the twentieth of that side, as on normal paper: what two
    ends reach is the lesser of both, so that a good one hides behind its partner, and the middle
    says too little of the spread. Up to a twentieth may be at fault.
    """
    near, far = np.quantile(badness, [0.75, 0.95]).tolist()
    step = (far - near) / (_TWENTIETH_OF_NORMAL - _QUARTILE_OF_NORMAL)
    if step <= 0:
        return np.where(badness > far, np.inf, 0.0)
    raw = _QUARTILE_OF_NORMAL + (badness - near) / step
    return as_normal(raw, np.full(len(badness), float(len(badness))))


def scale_of(codes: Codes, badness: Numbers, count: int) -> Numbers:
    """Return a robust scale of every group of values that are centred, worse ones positive.

    The larger of MAD and the quartile on the worse side (results lean that way), widened where
    the better side, which no fault reaches, has longer tails than a normal distribution.
    """
    mad = NORMAL_PER_MAD * medians(codes, np.abs(badness), count)
    upper, best = quantiles(codes, badness, count, (0.75, 0.01))
    scale = np.fmax(mad, upper / _QUARTILE_OF_NORMAL)
    many = sizes_of(codes, count) >= 200
    tail = np.where(many, -best / 2.3263, 0.0)
    widened = np.fmax(scale, np.fmin(tail, 2 * scale))
    return np.where(mad > 0, widened, 0.0)
