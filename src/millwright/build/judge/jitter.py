"""Who is uneven: the same median as its peers, and a long tail.

A reading of many samples (step times, say) is told by how far its worst hundredth lies from its
median. Samples that follow each other are alike, so the chance of the Kolmogorov-Smirnov test is
too small; it is shown beside the ratio and decides nothing alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from millwright.build.judge.arrays import Numbers, as_normal, discovered, upper_tail
from millwright.build.judge.units import Batch

LEAST_SAMPLES = 20
_LEAST_PEERS = 8
_RATE = 0.005
MOST_RATIO = 1e6
"""Told where the worst hundredth falls to nothing: the true ratio has no number."""
_MATTERS = 10.0
"""Per cent by which a ratio of tail to median must exceed that of peers."""


@dataclass(frozen=True, slots=True)
class Uneven:
    """A unit whose tail is longer than its peers': the ratio of every attempt, and theirs."""

    unit: int
    ratios: tuple[float, ...]
    typical: float
    raw: float
    percent: float
    distance: float
    chance: float
    peers: int

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
    ratios = [_ratios(batch, unit, worse) for unit in members]
    first = np.log(np.array([each[0] if len(each) < 3 else float(np.median(each))
                             for each in ratios]))  # fmt: skip
    middle = float(np.median(first))
    scale = 1.4826 * float(np.median(np.abs(first - middle)))
    raw = (first - middle) / scale if scale > 0 else np.zeros(len(first))
    percent = 100 * np.expm1(first - middle)
    chance = upper_tail(as_normal(raw, np.full(len(first), float(len(first)))))
    chance = np.where(percent >= _MATTERS, chance if scale > 0 else 0.0, 1.0)
    marked = discovered(chance, len(members), _RATE)
    typical = math.exp(middle)
    found = []
    for at in np.flatnonzero(marked & (percent >= _MATTERS)).tolist():
        distance, coincidence = _against_others(batch, members, at)
        found.append(
            Uneven(
                members[at],
                ratios[at],
                typical,
                float(raw[at]),
                float(percent[at]),
                distance,
                coincidence,
                len(members),
            )  # fmt: skip
        )
    return found


def _ratios(batch: Batch, unit: int, worse: int) -> tuple[float, ...]:
    """Return tail over median of every reading that has samples enough, 1 for perfectly even."""
    found = []
    for reading in range(int(batch.units.first[unit]), int(batch.units.last[unit])):
        samples = _samples(batch, reading)
        if len(samples) >= LEAST_SAMPLES:
            tail, middle = np.quantile(samples, [0.99 if worse > 0 else 0.01, 0.5]).tolist()
            high, low = (tail, middle) if worse > 0 else (middle, tail)
            found.append(_ratio(high, low))
    return tuple(found)


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
