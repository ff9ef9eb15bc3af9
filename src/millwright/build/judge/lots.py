"""Whole groups against each other and against what is known: a lot can be slow without an outlier.

Firmware against firmware under the same conditions; the median of all against what a bar's source
expects; and against the median of an earlier verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from millwright.build.judge.arrays import Codes
from millwright.build.judge.patterns import rank_chance
from millwright.build.judge.scores import Population
from millwright.build.judge.traits import Trait
from millwright.build.judge.units import Batch
from millwright.model.bar import Bar
from millwright.model.measurements import Pairs, Subject
from millwright.model.verdict import Pattern

_CHANCE = 1e-3
_LEAST = 3
_OF_EXPECTED = 5.0
"""Per cent by which a whole lot may stay under what a source expects before it is said."""

Earlier = Mapping[tuple[str, str, str], float]
"""Medians of an earlier verdict, by metric, SKU and conditions."""


@dataclass(frozen=True, slots=True)
class _Sibling:
    code: int
    rows: Codes


def firmware_patterns(batch: Batch, population: Population) -> list[Pattern]:
    """Return firmware (driver, tool version) whose values are worse than those of most nodes."""
    names, units = batch.names, batch.units
    edges = np.searchsorted(units.subject, np.arange(len(names.subjects) + 1))
    alike: dict[tuple[object, ...], list[_Sibling]] = {}
    for code, subject in enumerate(names.subjects):
        if names.traits[code].compared and population.count[code] >= _LEAST:
            rows = np.arange(edges[code], edges[code + 1])
            said = ~np.isnan(units.value[rows]) & (batch.assumed[rows] < 0)
            rows = rows[said & (units.peer[rows] < 0)]
            alike.setdefault(_conditions(subject), []).append(_Sibling(code, rows))
    found: dict[tuple[str, str], Pattern] = {}
    for siblings in alike.values():
        siblings.sort(key=lambda each: (-len(each.rows), each.code))
        for other in siblings[1:]:
            pattern = _against(batch, siblings[0], other)
            if pattern is not None:
                key = pattern.group, pattern.metric
                before = found.get(key)
                if before is None or pattern.deviation_percent > before.deviation_percent:
                    found[key] = pattern
    return [found[key] for key in sorted(found)]


def _conditions(subject: Subject) -> tuple[object, ...]:
    return (subject.metric, subject.unit, subject.sku, subject.test, repr(subject.params),
            subject.platform)  # fmt: skip


def _against(batch: Batch, most: _Sibling, few: _Sibling) -> Pattern | None:
    names, units = batch.names, batch.units
    trait = names.traits[few.code]
    sign = trait.worse or 1
    mine, others = sign * units.value[few.rows], sign * units.value[most.rows]
    if len(others) < 8:
        return None
    middle = float(np.median(others))
    gap = float(np.median(mine)) - middle
    percent = 100 * gap / abs(middle) if middle else 0.0
    if not _matters(trait, gap, percent):
        return None
    chance = rank_chance(mine, others)
    if chance >= _CHANCE:
        return None
    here, there = names.subjects[few.code], names.subjects[most.code]
    told = _difference(here, there)
    nodes = sorted({names.nodes[at] for at in units.node[few.rows].tolist()})
    reason = (
        f"{len(nodes)} node(s) with {told}: {here.metric} is {percent:.1f} % worse than with "
        f"{_difference(there, here)}, which most have; bring them to one version, then retest"
    )
    return Pattern(
        axis="firmware", group=told, metric=here.metric, deviation_percent=round(percent, 2),
        p_value=float(f"{chance:.3g}"), members=len(few.rows), nodes=tuple(nodes), reason=reason,
    )  # fmt: skip


def _matters(trait: Trait, gap: float, percent: float) -> bool:
    if trait.percent is not None:
        return percent >= trait.percent
    return trait.absolute is not None and gap >= trait.absolute


def _difference(subject: Subject, other: Subject) -> str:
    """Return what a subject says that the other does not: `vbios=96.00`."""
    mine: Pairs = (*subject.versions, ("tool", subject.tool))
    theirs: Pairs = (*other.versions, ("tool", other.tool))
    told = [f"{key}={value}" for key, value in mine if (key, value) not in theirs]
    return " ".join(told) or "no version said"


def lot_patterns(
    batch: Batch, population: Population, bars: Sequence[Sequence[Bar]], earlier: Earlier
) -> list[Pattern]:
    """Return subjects whose whole population is behind what is expected of it, or was before."""
    found = []
    for code, subject in enumerate(batch.names.subjects):
        median, trait = float(population.median[code]), batch.names.traits[code]
        if population.count[code] < 1 or not trait.worse or median != median:
            continue
        references = list(_expectations(bars[code]))
        before = earlier.get((subject.metric, subject.sku, subject.conditions))
        if before is not None:
            references.append(("history", before, "an earlier verdict", trait.percent or 5.0))
        for axis, value, source, least in references:
            percent = 100 * trait.worse * (median - value) / abs(value) if value else 0.0
            if percent >= least:
                found.append(_lot(batch, code, (axis, value, source), percent))
    return found


def _expectations(bars: Iterable[Bar]) -> Iterable[tuple[str, float, str, float]]:
    for bar in bars:
        if bar.expected is not None:
            yield "lot", bar.expected, bar.source, _OF_EXPECTED


def _lot(batch: Batch, code: int, against: tuple[str, float, str], percent: float) -> Pattern:
    axis, value, source = against
    names, units = batch.names, batch.units
    subject = names.subjects[code]
    rows = np.flatnonzero((units.subject == code) & ~np.isnan(units.value))
    nodes = sorted({names.nodes[at] for at in units.node[rows].tolist()})
    reason = (
        f"the whole lot of {len(rows)} is {percent:.1f} % worse than {value:g} {subject.unit} "
        f"({source}): nobody is an outlier where all are slow; look at firmware and settings"
    )
    return Pattern(
        axis=axis, group=subject.sku or "all", metric=subject.metric,
        deviation_percent=round(percent, 2), p_value=None, members=len(rows),
        nodes=tuple(nodes), reason=reason,
    )  # fmt: skip
