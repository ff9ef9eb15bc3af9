"""What a group has in common: a slow rack is a matter of the facility, not of its GPUs.

For each axis (rack, PDU, leaf, rail, slot) every group is compared with all others by a rank test
(normal scores, van der Waerden 1952), the strongest is named and taken out, and the rest is looked
at again, so that one bad rack does not also name its PDU and its row. A group must differ by half
of what matters for a single device: many that agree show less than one could.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from millwright.build.judge.arrays import Mask, Numbers
from millwright.build.judge.families import TOGETHER, Together
from millwright.build.judge.links import Weak
from millwright.build.judge.places import Places, axis_groups
from millwright.build.judge.units import Batch
from millwright.model.verdict import Pattern

_CHANCE = 5e-3
_OF_NODES = ("rack", "pdu", "row", "pod", "cdu", "unit", "group", "pool")
_OF_DEVICES = ("leaf", "rail", "slot", "switch")
_LEAST_MEMBERS = 3
_LEAST_OTHERS = 8
_PART_OF_DELTA = 0.5
_LEAST_ALIKE = 0.6
"""Of a group's members, how many must be worse than the median of the others."""
_THE_SAME = 0.8
_MOST_FOUND = 20
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class _Group:
    axis: str
    name: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Named:
    group: _Group
    chance: float
    percent: float
    also: tuple[str, ...]


def patterns(
    batch: Batch, places: Places, nodes: Together, devices: Together, pairs: Weak
) -> list[Pattern]:
    """Return the groups of nodes, of devices, and of ends of pairs, that are worse than others."""
    found: list[Pattern] = []
    names = batch.names
    for each, axes in ((nodes, _OF_NODES), (devices, _OF_DEVICES)):
        for lot in range(len(each.lots)):
            for family in range(len(TOGETHER)):
                rows = np.flatnonzero((each.lot == lot) & (each.family == family))
                who = [
                    (names.nodes[node], names.devices[device] if device >= 0 else "")
                    for node, device in zip(
                        each.node[rows].tolist(), each.device[rows].tolist(), strict=True
                    )
                ]
                compared = _Compared(TOGETHER[family], who, each.ratio[rows], each.percent[rows])
                found += _of(places, compared, axes)
    for effects in pairs.effects:
        family_ = names.traits[effects.subject].family
        compared = _Compared(family_, list(effects.ends), effects.ratio, effects.percent)
        found += _of(places, compared, (*_OF_NODES, *_OF_DEVICES))
    return found


@dataclass(frozen=True, slots=True)
class _Compared:
    """Who is compared, in which family, and how much worse each is."""

    family: str
    who: list[tuple[str, str]]
    ratio: Numbers
    percent: Numbers


def _of(places: Places, compared: _Compared, axes: tuple[str, ...]) -> list[Pattern]:
    if len(compared.who) < _LEAST_MEMBERS + _LEAST_OTHERS:
        return []
    groups = [
        _Group(axis, name, tuple(members))
        for axis, named in sorted(axis_groups(places, compared.who).items())
        if axis in axes
        for name, members in sorted(named.items())
        if len(members) >= _LEAST_MEMBERS
    ]
    told = []
    for named_ in _strongest_first(groups, compared.ratio, compared.percent):
        hit = sorted({compared.who[at][0] for at in named_.group.members})
        told.append(_pattern(named_, compared.family, hit, len(groups)))
    return told


def _strongest_first(groups: list[_Group], ratio: Numbers, percent: Numbers) -> list[_Named]:
    left = np.ones(len(ratio), dtype=bool)
    found: list[_Named] = []
    tried = max(len(groups), 1)
    while len(found) < _MOST_FOUND:
        ranked = _Ranked.of(ratio, left)
        good = [
            (chance, group)
            for chance, group in ((ranked.chance(group), group) for group in groups)
            if chance * tried < _CHANCE
        ]
        if not good:
            break
        chance, best = min(good, key=lambda each: (each[0], each[1].axis, each[1].name))
        chance, best = ranked.narrowest(chance, best, good)
        mine = set(best.members)
        also = tuple(
            f"{other.axis} {other.name}"
            for _, other in good
            if other is not best and _overlap(mine, set(other.members)) > _THE_SAME
        )
        inside = np.array(best.members)
        others = np.setdiff1d(np.flatnonzero(left), inside)
        gap = float(np.median(percent[inside]) - np.median(percent[others]))
        found.append(_Named(best, chance * tried, gap, also))
        left[inside] = False
    return found


def _overlap(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Everybody who is left, with the normal score of his rank; 0 for who was taken out."""

    ratio: Numbers
    left: Mask
    scores: Numbers
    middle: float
    total: int

    @classmethod
    def of(cls, ratio: Numbers, left: Mask) -> _Ranked:
        """Return the ranks among those who are left."""
        scores = np.zeros(len(ratio))
        scores[left] = normal_scores(ratio[left])
        middle = float(np.median(ratio[left])) if left.any() else 0.0
        return cls(ratio, left, scores, middle, int(left.sum()))

    def chance(self, group: _Group) -> float:
        """Return the chance that a group ranks so high; 1 where it does not matter."""
        inside = np.array(group.members)[self.left[list(group.members)]]
        mine, others = self.ratio[inside], self.total - len(inside)
        if len(mine) < _LEAST_MEMBERS or others < _LEAST_OTHERS:
            return 1.0
        worse = float(np.median(mine)) - self.middle
        if worse < _PART_OF_DELTA or float(np.mean(mine > self.middle)) < _LEAST_ALIKE:
            return 1.0
        return _of_scores(self.scores[inside], self.total)

    def narrowest(
        self, chance: float, best: _Group, good: list[tuple[float, _Group]]
    ) -> tuple[float, _Group]:
        """Return the part of a group that carries it alone: one hot rack, not its whole PDU."""
        for part_chance, part in sorted(good, key=lambda each: (len(each[1].members), each[0])):
            rest = set(best.members) - set(part.members)
            if not rest or not set(part.members) < set(best.members):
                continue
            inside = np.array(sorted(rest))
            if float(np.median(self.ratio[inside])) - self.middle < _PART_OF_DELTA:
                return part_chance, part
        return chance, best


def normal_scores(values: Numbers) -> Numbers:
    """Return for each value the normal quantile of its rank among all; ties share theirs."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    shares, at = np.unique((below + upto + 1) / (2 * (len(values) + 1)), return_inverse=True)
    return np.array([_NORMAL.inv_cdf(share) for share in shares.tolist()])[at]


def _of_scores(mine: Numbers, total: int) -> float:
    """Return the chance of so high a sum of normal scores (van der Waerden 1952)."""
    spread = len(mine) * (total - len(mine)) / max(total - 1, 1)
    return 0.5 * math.erfc(float(mine.sum()) / math.sqrt(2 * spread))


def rank_chance(mine: Numbers, others: Numbers) -> float:
    """Return the chance that `mine` rank so high among all.

    Normal scores keep their strength in groups of three or four, where plain ranks have none.
    """
    scores = normal_scores(np.concatenate((mine, others)))
    return _of_scores(scores[: len(mine)], len(scores))


def _pattern(named: _Named, family: str, nodes: list[str], tried: int) -> Pattern:
    group = named.group
    also = f" (the same as {', '.join(named.also)})" if named.also else ""
    reason = (
        f"{group.axis} {group.name}{also}: {len(group.members)} of its members are "
        f"{named.percent:.1f} % worse in {family} than all others, by ranks, {tried} groups tried; "
        "look at what they share before any part is blamed"
    )
    return Pattern(
        axis=group.axis, group=group.name, metric=family,
        deviation_percent=round(named.percent, 2), p_value=float(f"{named.chance:.3g}"),
        members=len(group.members), nodes=tuple(nodes), reason=reason,
    )  # fmt: skip
