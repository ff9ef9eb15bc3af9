"""What pairs say of nodes and of links: measurements with a peer on another node."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from millwright.build.attribution import Attribution, Measured, attributed
from millwright.build.judge.arrays import (
    Mask,
    Numbers,
    as_normal,
    discovered,
    scale_of,
    tail_scores,
    upper_tail,
)
from millwright.build.judge.outliers import MUCH, PLAIN
from millwright.build.judge.units import Batch

RATE = 0.005
BUDGET_PER_NODE = 0.0002
"""How many ends a healthy node may have blamed by chance; others are asked again."""
_MANY_ENDS = 40
"""From how many ends on their tail tells what chance is."""
_LEAST_ENDS = 8
_LEAST_PARTNERS = 3
_OF, _ENOUGH = 3, 2

End = tuple[str, str]
"""A node and one of its devices, which may be nameless."""


@dataclass(frozen=True, slots=True)
class WeakEnd:
    """An end that is slow with most of its partners; `sure` where few healthy ones ever are."""

    subject: int
    end: End
    percent: float
    raw: float
    partners: int
    slow: int
    value: float
    typical: float
    sure: bool


@dataclass(frozen=True, slots=True)
class WeakLink:
    """Two ends that are well with others and slow together; `decided` where both have enough.

    `values` are all attempts, `again` how many of them were slow.
    """

    subject: int
    ends: tuple[End, End]
    percent: float
    raw: float
    values: tuple[float, ...]
    again: int
    typical: float
    decided: bool

    @property
    def confirmed(self) -> bool:
        """Return whether two of three attempts were slow."""
        return self.again >= _ENOUGH and self.again * _OF >= _ENOUGH * len(self.values)


@dataclass(frozen=True, slots=True)
class Effects:
    """How much worse every end of a subject is, in practical differences and in per cent.

    Where neither way is worse, how far it is off.
    """

    subject: int
    ends: tuple[End, ...]
    ratio: Numbers
    percent: Numbers


@dataclass(frozen=True, slots=True)
class Weak:
    """All that pairs found. Subjects have too few ends, or no difference is known to matter."""

    ends: tuple[WeakEnd, ...]
    links: tuple[WeakLink, ...]
    effects: tuple[Effects, ...]
    too_few: tuple[int, ...]
    not_compared: tuple[int, ...]

    @property
    def judged(self) -> tuple[int, ...]:
        """Return the subjects whose pairs were compared with each other."""
        return tuple(each.subject for each in self.effects)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """One subject's pairs: which units each pair is, and the fit.

    `sign` is 1 where more is worse, -1 where less is, 0 where it is either.
    """

    subject: int
    sign: int
    least: float
    results: list[Measured]
    units: dict[tuple[str, str], list[int]]
    fit: Attribution

    @property
    def base(self) -> float:
        """Return what per cent are of."""
        return abs(self.fit.typical) or 1.0

    def worse(self, percents: Iterable[float]) -> Numbers:
        """Return differences with worse ones positive, or as they are where either is worse."""
        return np.array([(self.sign or 1) * percent for percent in percents])

    def slow(self, values: Iterable[float], expected: float, percent: float) -> int:
        """Return how many values miss what is expected, in the same direction as `percent`."""
        sign = self.sign or (1 if percent >= 0 else -1)
        return sum(100 * sign * (value - expected) / self.base >= self.least for value in values)


def weak(batch: Batch) -> Weak:
    """Return ends and links that are worse than the additive model of all pairs allows.

    Where neither way is worse, both are looked at. The false discovery rate is held over ends and
    over links, each by itself.
    """
    ends: list[WeakEnd] = []
    links: list[WeakLink] = []
    effects: list[Effects] = []
    too_few: list[int] = []
    not_compared: list[int] = []
    for subject, (results, units) in _results(batch).items():
        trait = batch.names.traits[subject]
        if trait.percent is None:
            not_compared.append(subject)
            continue
        if len({end for result in results for end in (result.a, result.b)}) < _LEAST_ENDS:
            too_few.append(subject)
            continue
        fit = attributed(results)
        mine = _Fitted(subject, trait.worse, trait.percent, results, units, fit)
        bad = _ends_of(mine)
        ends += bad
        links += _links_of(batch, mine, {end.end for end in bad})
        percent = mine.worse(node.percent for node in fit.nodes)
        percent = percent if mine.sign else np.abs(percent)
        names = tuple(_end(node.node) for node in fit.nodes)
        effects.append(Effects(subject, names, percent / mine.least, percent))
    return Weak(tuple(ends), tuple(links), tuple(effects), tuple(too_few), tuple(not_compared))


def _results(batch: Batch) -> dict[int, tuple[list[Measured], dict[tuple[str, str], list[int]]]]:
    """Return for each subject the pairs between nodes, ends named `node<tab>device`."""
    units, names = batch.units, batch.names
    found: dict[int, tuple[list[Measured], dict[tuple[str, str], list[int]]]] = {}
    for unit in np.flatnonzero((units.peer >= 0) & ~np.isnan(units.value)).tolist():
        node = names.nodes[int(units.node[unit])]
        device = names.devices[int(units.device[unit])]
        peer, other = names.peers[int(units.peer[unit])]
        one, two = f"{node}\t{device}", f"{peer}\t{other}"
        results, known = found.setdefault(int(units.subject[unit]), ([], {}))
        results.append(Measured(one, two, float(units.value[unit])))
        known.setdefault((min(one, two), max(one, two)), []).append(unit)
    return found


def _standing_out(mine: _Fitted, worse: Numbers, told: Mask) -> tuple[Numbers, Mask]:
    """Return robust z of centred values, worse ones positive, and which of them are discovered.

    `told` are those that tell the spread.
    """
    zeros, least = np.zeros(len(worse), dtype=np.int64), mine.least
    scale = float(scale_of(zeros[told], worse[told], 1)[0]) if told.sum() > 2 else 0.0
    badness = worse if mine.sign else np.abs(worse)
    raw = badness / scale if scale > 0 else np.zeros(len(badness))
    z = as_normal(raw, np.full(len(badness), float(max(int(told.sum()), 2))))
    chance = upper_tail(z) if scale > 0 else np.zeros(len(badness))
    chance = np.where(badness >= least, chance, 1.0)
    return raw, discovered(chance, len(badness), RATE) & (badness >= least)


def _ends_of(mine: _Fitted) -> list[WeakEnd]:
    worse = mine.worse(node.percent for node in mine.fit.nodes)
    raw, marked = _standing_out(mine, worse, np.ones(len(worse), dtype=bool))
    sure = _sure(mine, worse, raw)
    found = []
    for at in np.flatnonzero(marked).tolist():
        node = mine.fit.nodes[at]
        if node.partners < _LEAST_PARTNERS:
            continue
        values = [each.value for each in mine.results if node.node in (each.a, each.b)]
        slow = mine.slow(values, mine.fit.typical, node.percent)
        found.append(
            WeakEnd(
                mine.subject,
                _end(node.node),
                float(worse[at]) if mine.sign else abs(float(worse[at])),
                float(raw[at]),
                node.partners,
                slow,
                float(np.median(values)),
                mine.fit.typical,
                bool(sure[at]),
            )  # fmt: skip
        )
    return found


def _sure(mine: _Fitted, worse: Numbers, raw: Numbers) -> Mask:
    """Return which ends are so far out that few healthy nodes ever have one, or plainly off."""
    badness = worse if mine.sign else np.abs(worse)
    if len(badness) < _MANY_ENDS:
        return np.ones(len(badness), dtype=bool)
    nodes = len({_end(node.node)[0] for node in mine.fit.nodes})
    rare = upper_tail(tail_scores(badness)) <= BUDGET_PER_NODE * nodes / len(badness)
    return np.asarray(rare | ((raw >= PLAIN) & (badness >= MUCH * mine.least)))


def _links_of(batch: Batch, mine: _Fitted, bad: set[End]) -> list[WeakLink]:
    every = (*mine.fit.links, *mine.fit.undecided)
    worse = mine.worse(link.percent for link in every)
    # Most rests of a small fit are zero by construction and tell nothing of the noise.
    raw, marked = _standing_out(mine, worse, np.abs(worse) > 1e-9)
    found = []
    for at in np.flatnonzero(marked).tolist():
        link = every[at]
        ends = _end(link.a), _end(link.b)
        decided = at < len(mine.fit.links)
        if not decided and bad & set(ends):
            continue
        values = _readings(batch, mine.units[link.a, link.b])
        expected = float(np.median(link.values)) - link.percent / 100 * mine.base
        found.append(
            WeakLink(
                mine.subject,
                ends,
                float(worse[at]) if mine.sign else abs(float(worse[at])),
                float(raw[at]),
                values,
                mine.slow(values, expected, link.percent),
                mine.fit.typical,
                decided,
            )  # fmt: skip
        )
    return found


def _readings(batch: Batch, units: list[int]) -> tuple[float, ...]:
    first, last, readings = batch.units.first, batch.units.last, batch.units.readings
    return tuple(
        value for unit in units for value in readings[int(first[unit]) : int(last[unit])].tolist()
    )


def _end(name: str) -> End:
    node, _, device = name.partition("\t")
    return node, device
