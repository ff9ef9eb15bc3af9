"""How far counts are from a reference: PSI and KS, each with its sample sizes and an interval.

PSI of samples is above zero by chance alone, by (bins - 1)(1/n + 1/m) on average and, without any
shift, distributed as that factor times chi-square (B. Yurdakul, Statistical Properties of the
Population Stability Index, 2018). So the average is taken off, and where chance alone would
exceed the limit one time in twenty nothing is said. KS has the bounds of Dvoretzky, Kiefer,
Wolfowitz and Massart on both sides, widened by what bins hide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from millwright.model.modelwatch import DriftLimits, Shift, WatchedColumn

GROUPS = 10
"""Into how many groups of about equal weight a number's reference is parted for PSI."""
HALF = 0.5
"""What is added to each count, so that an empty bin makes no infinity (Jeffreys)."""
CHANCE = 0.95

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Index:
    """A stability index: less its average by chance, its interval, and what chance alone gives."""

    value: float
    low: float
    high: float
    noise: float
    groups: int


def grouped(reference: Sequence[int], now: Sequence[int], groups: int) -> tuple[Counts, Counts]:
    """Return both counts in so many groups of about equal weight of the reference."""
    old, new = np.asarray(reference, float), np.asarray(now, float)
    share = np.cumsum(old) / max(old.sum(), 1.0)
    marks = np.minimum((share - old / max(old.sum(), 1.0) / 2) * groups, groups - 1).astype(int)
    size = int(marks.max()) + 1
    return (
        np.bincount(marks, old, size).astype(float), np.bincount(marks, new, size).astype(float)
    )  # fmt: skip


def stability(reference: Counts, now: Counts, confidence: float) -> Index:
    """Return the stability index of counts in the same groups."""
    bins = len(reference)
    n, m = float(reference.sum()), float(now.sum())
    q = (reference + HALF) / (n + HALF * bins)
    p = (now + HALF) / (m + HALF * bins)
    ratio = np.log(p / q)
    chance = (bins - 1) * (1 / n + 1 / m)
    value = max(0.0, float(((p - q) * ratio).sum()) - chance)
    slope_now, slope_then = ratio + 1 - q / p, 1 - ratio - p / q
    spread = _variance(p, slope_now) / m + _variance(q, slope_then) / n
    spread += 2 * (bins - 1) * (1 / n + 1 / m) ** 2
    half = float(stats.norm.ppf(0.5 + confidence / 2)) * math.sqrt(spread)
    noise = float(stats.chi2.ppf(CHANCE, bins - 1)) * (1 / n + 1 / m)
    return Index(value, max(0.0, value - half), value + half, noise, bins)


def _variance(weights: Counts, values: Counts) -> float:
    mean = float((weights * values).sum())
    return float((weights * (values - mean) ** 2).sum())


def needed(reference: float, groups: int, limit: float) -> int | None:
    """Return how many answers are needed for chance alone to stay below the limit; None where the
    reference itself is too small for any number of them."""
    room = limit / float(stats.chi2.ppf(CHANCE, groups - 1)) - 1 / max(reference, 1.0)
    return math.ceil(1 / room) if room > 0 else None


def distance(
    reference: Counts, now: Counts, confidence: float
) -> tuple[float, float, float, float]:
    """Return the greatest distance of two cumulated distributions, its bounds, and how often
    chance alone gives as much (of numbers without ties)."""
    n, m = float(reference.sum()), float(now.sum())
    q, p = reference / n, now / m
    found = float(np.abs(np.cumsum(p) - np.cumsum(q)).max())
    each = (1 - confidence) / 2
    half = math.sqrt(math.log(2 / each) / (2 * n)) + math.sqrt(math.log(2 / each) / (2 * m))
    hidden = float(np.maximum(p, q).max())
    chance = float(stats.kstwo.sf(found, max(1, round(n * m / (n + m)))))
    return found, max(0.0, found - half), min(1.0, found + half + hidden), chance


def shift(
    column: WatchedColumn,
    samples: tuple[Sequence[int], Sequence[int]],
    limits: DriftLimits,
    *,
    node: str = "",
    tests: int = 1,
) -> Shift:
    """Return how far now is from the reference; `tests` are all that are made at this look, over
    which the confidence holds together (Bonferroni)."""
    reference, now = samples
    n, m = sum(reference), sum(now)
    if not n or not m:
        return Shift(column=column.name, node=node, answer="unknown", now=m, reference=n,
                     told="there is nothing to compare")  # fmt: skip
    groups = len(reference) if column.values else GROUPS
    old, new = grouped(reference, now, groups) if not column.values else _kept(reference, now)
    confidence = 1 - (1 - limits.confidence) / tests
    index = stability(old, new, confidence)
    wanted = needed(n, index.groups, limits.psi)
    ks = None
    if not column.values:
        fine = np.asarray(reference, float)[:-1], np.asarray(now, float)[:-1]
        ks = distance(*fine, confidence) if fine[0].sum() and fine[1].sum() else None
    found = Shift(
        column=column.name, node=node, answer="unknown", told="", now=m, reference=n, needs=wanted,
        psi=_short(index.value), psi_low=_short(index.low), psi_high=_short(index.high),
        noise=_short(index.noise), ks=_short(ks[0]) if ks else None,
        ks_low=_short(ks[1]) if ks else None, ks_high=_short(ks[2]) if ks else None,
        p_value=float(f"{ks[3]:.3g}") if ks else None,
    )  # fmt: skip
    return judged(found, limits)


def judged(found: Shift, limits: DriftLimits) -> Shift:
    """Return a shift with its answer: by intervals, never by a p-value, and never of too few."""
    psi, low, high = found.psi, found.psi_low or 0.0, found.psi_high or 0.0
    if found.needs is None or found.now < found.needs:
        wanted = f"{found.needs} are needed" if found.needs else "the reference has too few"
        told = f"{found.now} answers against {found.reference}: {wanted}"
        return found.model_copy(update={"answer": "unknown", "told": told})
    by_ks = found.ks_low is not None and found.ks_low >= limits.ks
    if low >= limits.psi or by_ks:
        what = f"PSI {psi:g} ({low:g} to {high:g})"
        what += f", KS {found.ks:g} ({found.ks_low:g} to {found.ks_high:g})" if by_ks else ""
        return found.model_copy(update={"answer": "missed", "told": f"shifted: {what}"})
    if high < limits.psi:
        told = f"PSI {psi:g} ({low:g} to {high:g}) is below {limits.psi:g}"
        return found.model_copy(update={"answer": "ok", "told": told})
    told = f"PSI {psi:g} ({low:g} to {high:g}) is not apart from {limits.psi:g} yet"
    return found.model_copy(update={"answer": "unknown", "told": told})


def _kept(reference: Sequence[int], now: Sequence[int]) -> tuple[Counts, Counts]:
    """Return counts of the words that occur at all; a chi-square of empty ones counts nothing."""
    old, new = np.asarray(reference, float), np.asarray(now, float)
    there = (old + new) > 0
    if there.sum() < 2:
        there[:2] = True
    return old[there], new[there]


def _short(value: float) -> float:
    return float(f"{value:.4g}")
