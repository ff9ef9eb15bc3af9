"""Which bars judge what, and which values miss them; the best attempt is not picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from millwright.build.judge.arrays import Codes
from millwright.build.judge.units import Batch
from millwright.model.bar import ANY, BARE_METAL, Bar
from millwright.model.measurements import Subject
from millwright.model.verdict import Verdict
from millwright.units import same_unit

_OF, _ENOUGH = 3, 2


@dataclass(frozen=True, slots=True)
class Miss:
    """A unit that misses a bar in some of its attempts.

    `settled` says that most attempts met the bar: then it is shown and only warns.
    """

    unit: int
    bar: Bar
    missed: int
    attempts: int
    settled: bool
    value: float

    @property
    def verdict(self) -> Verdict:
        """Return what the miss counts for."""
        return Verdict.WARN if self.settled else self.bar.worst_verdict


@dataclass(frozen=True, slots=True)
class Gates:
    """The bars of each subject, and what misses them."""

    bars: tuple[tuple[Bar, ...], ...]
    misses: tuple[Miss, ...]


def gated(batch: Batch, bars: Sequence[Bar], platform: str) -> Gates:
    """Return what misses the bars that fit it; a bar in another unit is left out."""
    by_metric: dict[str, list[Bar]] = {}
    for bar in bars:
        by_metric.setdefault(bar.metric, []).append(bar)
    fitting = tuple(
        _fitting(subject, by_metric.get(subject.metric, ()), platform)
        for subject in batch.names.subjects
    )
    misses: list[Miss] = []
    units = batch.units
    edges = np.searchsorted(units.subject, np.arange(len(fitting) + 1))
    for code, some in enumerate(fitting):
        rows = np.arange(edges[code], edges[code + 1])
        counted = batch.names.traits[code].family == "error-counter"
        for bar in some:
            misses.extend(_misses(batch, rows, bar, counted))
    return Gates(fitting, tuple(_worst_of_each(misses)))


def _fitting(subject: Subject, bars: Sequence[Bar], platform: str) -> tuple[Bar, ...]:
    where = subject.platform or platform or BARE_METAL
    params, versions = dict(subject.params), dict(subject.versions)
    fits = [
        bar for bar in bars
        if bar.fits(subject.sku, where, params, versions)
        and (not bar.unit or same_unit(bar.unit, subject.unit))
    ]  # fmt: skip
    return tuple(sorted(fits, key=lambda bar: (bar.platform == ANY, bar.name)))


def _misses(batch: Batch, rows: Codes, bar: Bar, counted: bool) -> list[Miss]:
    """Return the units that miss a bar; of errors that were counted none is undone.

    A bar of some version judges nobody whose version is assumed.
    """
    units = batch.units
    if not len(rows):
        return []
    low, high = bar.bounds
    begin, end = int(units.first[rows[0]]), int(units.last[rows[-1]])
    outside = (units.readings[begin:end] < low) | (units.readings[begin:end] > high)
    if bar.versions:
        known = np.append([bar.versions.keys() <= dict(told).keys() for told in batch.told], True)
        outside &= np.repeat(known[batch.assumed[rows]], units.last[rows] - units.first[rows])
    summed = np.concatenate(([0], np.cumsum(outside)))
    missed = summed[units.last[rows] - begin] - summed[units.first[rows] - begin]
    found = []
    for at in np.flatnonzero(missed).tolist():
        unit = int(rows[at])
        attempts = int(units.last[unit] - units.first[unit])
        met = attempts - int(missed[at])
        settled = not counted and met >= _ENOUGH and met * _OF >= _ENOUGH * attempts
        span = slice(int(units.first[unit]), int(units.last[unit]))
        wrong = units.readings[span][outside[span.start - begin : span.stop - begin]]
        found.append(Miss(unit, bar, int(missed[at]), attempts, settled, float(wrong[-1])))
    return found


def _worst_of_each(misses: list[Miss]) -> list[Miss]:
    """Return one miss a unit: the worst, of equal ones that with the most particular bar."""
    chosen: dict[int, Miss] = {}
    for miss in misses:
        before = chosen.get(miss.unit)
        if before is None or miss.verdict > before.verdict:
            chosen[miss.unit] = miss
    return [chosen[unit] for unit in sorted(chosen)]
