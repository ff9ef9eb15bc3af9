"""Intervals and tails of the plain distributions that rates and shares follow, without tables.

Chi-square by its incomplete gamma function (series and continued fraction), binomial by its terms;
quantiles by bisection. Good to nine digits for the counts that a machine has.
"""

from __future__ import annotations

import math
from collections.abc import Callable

_TINY = 1e-300
_ROUNDS = 200


def gamma_share(shape: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function."""
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1.0 / shape
        for n in range(1, 10_000):
            term *= x / (shape + n)
            total += term
            if term < total * 1e-15:
                break
        return min(1.0, front * total)
    return 1.0 - front * _fraction(shape, x)


def _fraction(shape: float, x: float) -> float:
    b = x + 1.0 - shape
    c, d = 1.0 / _TINY, 1.0 / b
    value = d
    for n in range(1, 10_000):
        a = -n * (n - shape)
        b += 2.0
        d = a * d + b
        d = 1.0 / (d if abs(d) > _TINY else _TINY)
        c = b + a / c
        c = c if abs(c) > _TINY else _TINY
        value *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return value


def chi_square_quantile(share: float, degrees: int) -> float:
    """Return the value that a share of chi-square with so many degrees of freedom lies below."""
    high = float(degrees) + 10.0
    while gamma_share(degrees / 2, high / 2) < share:
        high *= 2
    return _bisect(lambda x: gamma_share(degrees / 2, x / 2) - share, 0.0, high)


def _bisect(rising: Callable[[float], float], low: float, high: float) -> float:
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def binomial_tail(count: int, trials: int, chance: float) -> float:
    """Return the chance of `count` or more."""
    if count <= 0:
        return 1.0
    if chance <= 0.0:
        return 0.0
    if chance >= 1.0:
        return 1.0
    logs = (
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(chance) + (trials - k) * math.log1p(-chance)
        for k in range(count, trials + 1)
    )  # fmt: skip
    return min(1.0, math.fsum(math.exp(each) for each in logs))


def share_interval(count: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a share after Clopper and Pearson."""
    each = (1 - level) / 2
    low = 0.0 if not count else _bisect(lambda p: binomial_tail(count, trials, p) - each, 0.0, 1.0)
    high = (
        1.0 if count == trials
        else _bisect(lambda p: binomial_tail(count + 1, trials, p) - (1 - each), 0.0, 1.0)
    )  # fmt: skip
    return low, high


def mean_interval(total: float, count: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of the mean of so many exponential times with this sum."""
    each = (1 - level) / 2
    return (
        2 * total / chi_square_quantile(1 - each, 2 * count),
        2 * total / chi_square_quantile(each, 2 * count),
    )


def between_interval(
    exposure: float, count: int, level: float = 0.95
) -> tuple[float, float | None]:
    """Return the interval of the mean time between failures after so much time and so many.

    The time ended by the calendar, and not with a failure. With none there is only a lower end,
    at the level from one side.
    """
    each = (1 - level) / 2 if count else 1 - level
    low = 2 * exposure / chi_square_quantile(1 - each, 2 * count + 2)
    return low, (2 * exposure / chi_square_quantile(each, 2 * count) if count else None)
