"""Who is uneven: the same median as its peers, and a long tail.

A reading of many samples (step times, say) is told by how far its worst hundredth lies from its
median. Samples that follow each other are alike, so the chance of the Kolmogorov-Smirnov test is
too small; it is shown beside the ratio and decides nothing alone.

The worst hundredth of 120 samples is about the second worst, so that a unit late in four of a
hundred shows it in 95 of 100 readings. Where it was read once or twice, a single sample far worse
than any of its peers' asks for it again, and blames nobody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from millwright.build.judge.arrays import Mask, Numbers, as_normal, discovered, upper_tail
from millwright.build.judge.outliers import MUCH, PLAIN
from millwright.build.judge.units import Batch

LEAST_SAMPLES = 20
_LEAST_PEERS = 8
_OF = 3
_RATE = 0.005
MOST_RATIO = 1e6
"""Told where the worst hundredth falls to nothing: the true ratio has no number."""
_MATTERS = 10.0
"""Per cent by which a ratio of tail to median must exceed that of peers."""


Worst = Literal["hundredth", "sample"]


@dataclass(frozen=True, slots=True)
class Uneven:
    """A unit whose tail is longer than its peers': the ratio of every attempt, and theirs.

    `worst` says whether its worst hundredth or a single sample is meant; `sure` where chance is
    ruled out, which few peers and single samples never do.
    """

    unit: int
    ratios: tuple[float, ...]
    typical: float
    raw: float
    percent: float
    distance: float
    chance: float
    peers: int
    worst: Worst = "hundredth"
    sure: bool = True

    @property
    def again(self) -> int:
        """Return in how many attempts the tail was that long."""
        return sum(ratio >= self.typical * (1 + _MATTERS / 100) for ratio in self.ratios)


def uneven(batch: Batch) -> list[Uneven]:
    """Return the uneven units of all subjects that have readings of twenty samples and more."""
    units = batch.units
    many = units.sample_last - units.sample_first >= LEAST_SAMPLES
    summed = np.concatenate(([0], np.cumsum(many)))
    by_subject: dict[int, list[int]] = {}
    for unit in np.flatnonzero(summed[units.last] - summed[units.first] > 0).tolist():
        by_subject.setdefault(int(units.subject[unit]), []).append(unit)
    found = []
    for subject, members in sorted(by_subject.items()):
        if len(members) >= _LEAST_PEERS:
            found += _of_subject(batch, members, batch.names.traits[subject].worse or 1)
    return found


def _of_subject(batch: Batch, members: list[int], worse: int) -> list[Uneven]:
    """Return who is uneven by its worst hundredth, then who only by one sample."""
    both = [_ratios(batch, unit, worse) for unit in members]
    tails, peaks = _compared([each[0] for each in both]), _compared([each[1] for each in both])
    few = tails.plain & ~tails.marked
    once = np.array([len(each[0]) < _OF for each in both])
    single = peaks.marked & once & ~tails.marked & ~few
    found = []
    for at in np.flatnonzero(tails.marked | few | single).tolist():
        is_tail = not single[at]
        told = tails if is_tail else peaks
        distance, coincidence = _against_others(batch, members, at)
        found.append(
            Uneven(
                members[at],
                both[at][0 if is_tail else 1],
                told.typical,
                float(told.raw[at]),
                float(told.percent[at]),
                distance,
                coincidence,
                len(members),
                "hundredth" if is_tail else "sample",
                bool(tails.marked[at]),
            )  # fmt: skip
        )
    return found


@dataclass(frozen=True, slots=True)
class _Compared:
    """Ratios of all members beside each other: who stands out, and who is plainly off."""

    typical: float
    raw: Numbers
    percent: Numbers
    marked: Mask

    @property
    def plain(self) -> Mask:
        """Return who is off by much and far, though there be too few peers for any rate."""
        return np.asarray((self.raw >= PLAIN) & (self.percent >= MUCH * _MATTERS))


def _compared(ratios: list[tuple[float, ...]]) -> _Compared:
    first = np.log(np.array([each[0] if len(each) < _OF else float(np.median(each))
                             for each in ratios]))  # fmt: skip
    middle = float(np.median(first))
    scale = 1.4826 * float(np.median(np.abs(first - middle)))
    raw = (first - middle) / scale if scale > 0 else np.zeros(len(first))
    percent = 100 * np.expm1(first - middle)
    chance = upper_tail(as_normal(raw, np.full(len(first), float(len(first)))))
    chance = np.where(percent >= _MATTERS, chance if scale > 0 else 0.0, 1.0)
    marked = discovered(chance, len(ratios), _RATE) & (percent >= _MATTERS)
    return _Compared(math.exp(middle), raw, percent, np.asarray(marked))


def _ratios(batch: Batch, unit: int, worse: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return tail over median, and the worst sample over it, of every reading of enough samples.

    1 for perfectly even.
    """
    tails, peaks = [], []
    for reading in range(int(batch.units.first[unit]), int(batch.units.last[unit])):
        samples = _samples(batch, reading)
        if len(samples) >= LEAST_SAMPLES:
            shares = [0.5, 0.99, 1.0] if worse > 0 else [0.5, 0.01, 0.0]
            middle, tail, peak = np.quantile(samples, shares).tolist()
            tails.append(_ratio(*((tail, middle) if worse > 0 else (middle, tail))))
            peaks.append(_ratio(*((peak, middle) if worse > 0 else (middle, peak))))
    return tuple(tails), tuple(peaks)


def _ratio(high: float, low: float) -> float:
    """Return one over the other, 1 where both are nothing, and the most where only one is."""
    if low > 0:
        return min(max(high / low, 1.0), MOST_RATIO)
    return MOST_RATIO if high > 0 else 1.0


def _samples(batch: Batch, reading: int) -> Numbers:
    units = batch.units
    return units.samples[int(units.sample_first[reading]) : int(units.sample_last[reading])]


def _against_others(batch: Batch, members: list[int], at: int) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov distance to a hundred peers together, and its chance."""
    even = [_relative(batch, unit) for unit in members[:101] if unit != members[at]]
    return distance_of(_relative(batch, members[at]), np.concatenate(even))


def _relative(batch: Batch, unit: int) -> Numbers:
    samples = _samples(batch, int(batch.units.first[unit]))
    middle = float(np.median(samples))
    return samples / middle if middle else samples


def distance_of(first: Numbers, second: Numbers) -> tuple[float, float]:
    """Return the largest distance of two distributions, and its chance were they the same."""
    mine, others = np.sort(first), np.sort(second)
    everywhere = np.concatenate((mine, others))
    below = np.searchsorted(mine, everywhere, side="right") / len(mine)
    beside = np.searchsorted(others, everywhere, side="right") / len(others)
    distance = float(np.max(np.abs(below - beside)))
    size = math.sqrt(len(mine) * len(others) / (len(mine) + len(others)))
    at = (size + 0.12 + 0.11 / size) * distance
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * (k * at) ** 2) for k in range(1, 101))
    return distance, min(max(sum(terms), 0.0), 1.0) if at > 0.2 else 1.0
