"""What a group has in common: a slow rack is a matter of the facility, not of its GPUs.

For each axis (rack, PDU, leaf, rail, slot) every group is compared with all others by a rank test
(Mann and Whitney 1947), the strongest is named and taken out, and the rest is looked at again, so
that one bad rack does not also name its PDU and its row. A group must differ by half of what
matters for a single device: many that agree show less than one could.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from millwright.build.judge.arrays import Numbers
from millwright.build.judge.families import TOGETHER, Together
from millwright.build.judge.places import Places, axis_groups
from millwright.build.judge.units import Batch
from millwright.model.verdict import Pattern

_CHANCE = 1e-3
_LEAST_MEMBERS = 3
_LEAST_OTHERS = 8
_PART_OF_DELTA = 0.5
_LEAST_ALIKE = 0.6
"""Of a group's members, how many must be worse than the median of the others."""
_THE_SAME = 0.8
_MOST_FOUND = 20


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


def patterns(batch: Batch, places: Places, nodes: Together, devices: Together) -> list[Pattern]:
    """Return the groups of nodes, and of devices, that are worse than all others."""
    found: list[Pattern] = []
    for each, axes in ((nodes, None), (devices, ("leaf", "rail", "slot", "switch"))):
        for lot in range(len(each.lots)):
            for family in range(len(TOGETHER)):
                rows = np.flatnonzero((each.lot == lot) & (each.family == family))
                if len(rows) >= _LEAST_MEMBERS + _LEAST_OTHERS:
                    found += _of_family(batch, places, each, (rows, axes))
    return found


def _of_family(
    batch: Batch, places: Places, each: Together, chosen: tuple[np.ndarray, tuple[str, ...] | None]
) -> list[Pattern]:
    rows, axes = chosen
    who = list(zip(each.node[rows].tolist(), each.device[rows].tolist(), strict=True))
    groups = [
        _Group(axis, name, tuple(members))
        for axis, named in sorted(axis_groups(places, batch, who).items())
        if (axes is None and axis not in ("slot", "rail")) or (axes is not None and axis in axes)
        for name, members in sorted(named.items())
        if len(members) >= _LEAST_MEMBERS
    ]
    ratio, percent = each.ratio[rows], each.percent[rows]
    family = TOGETHER[int(each.family[rows[0]])]
    told = []
    for named in _strongest_first(groups, ratio, percent):
        hit = sorted({batch.names.nodes[who[at][0]] for at in named.group.members})
        told.append(_pattern(named, family, hit, len(groups)))
    return told


def _strongest_first(groups: list[_Group], ratio: Numbers, percent: Numbers) -> list[_Named]:
    left = np.ones(len(ratio), dtype=bool)
    found: list[_Named] = []
    tried = max(len(groups), 1)
    while len(found) < _MOST_FOUND:
        tested = [(*_tested(group, ratio, left), group) for group in groups]
        good = [
            (chance, -worse, group) for chance, worse, group in tested if chance * tried < _CHANCE
        ]
        if not good:
            break
        chance, _, best = min(good, key=lambda each: (each[0], each[1], each[2].axis, each[2].name))
        mine = set(best.members)
        also = tuple(
            f"{other.axis} {other.name}"
            for _, _, other in good
            if other is not best and _overlap(mine, set(other.members)) > _THE_SAME
        )  # fmt: skip
        inside = np.array(best.members)
        others = np.setdiff1d(np.flatnonzero(left), inside)
        gap = float(np.median(percent[inside]) - np.median(percent[others]))
        found.append(_Named(best, chance * tried, gap, also))
        left[inside] = False
    return found


def _overlap(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other)


def _tested(group: _Group, ratio: Numbers, left: np.ndarray) -> tuple[float, float]:
    """Return the chance of such ranks, and how much worse the group is in practical differences."""
    inside = np.array([at for at in group.members if left[at]], dtype=np.int64)
    mask = left.copy()
    mask[inside] = False
    mine, others = ratio[inside], ratio[mask]
    if len(mine) < _LEAST_MEMBERS or len(others) < _LEAST_OTHERS:
        return 1.0, 0.0
    middle = float(np.median(others))
    worse = float(np.median(mine)) - middle
    if worse < _PART_OF_DELTA or float(np.mean(mine > middle)) < _LEAST_ALIKE:
        return 1.0, worse
    return rank_chance(mine, others), worse


def rank_chance(mine: Numbers, others: Numbers) -> float:
    """Return the chance that `mine` rank so high among `others` (normal, with continuity)."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, mine, side="left")
    upto = np.searchsorted(ordered, mine, side="right")
    wins = float(np.sum(below + upto) / 2)
    first, second = len(mine), len(others)
    spread = math.sqrt(first * second * (first + second + 1) / 12)
    z = (wins - first * second / 2 - 0.5) / spread
    return 0.5 * math.erfc(z / math.sqrt(2))


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
