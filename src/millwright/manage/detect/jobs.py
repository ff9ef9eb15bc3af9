"""Jobs that slow as a whole: peers see nothing, because all of them are slow alike.

A job is held against its own first hours, less what other jobs did meanwhile: days, rooms and
clocks are nobody's. Nodes that went apart are their own findings, and no job's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from millwright.manage.detect.alarms import Seen as Sight
from millwright.manage.detect.alarms import ended
from millwright.manage.detect.arrays import Codes, Mask, Numbers, middle
from millwright.manage.detect.changes import LEAST_HISTORY, Changes, Wanted, changes
from millwright.manage.detect.panel import Panel
from millwright.manage.detect.state import State
from millwright.manage.detect.tested import Bounds, Tested
from millwright.manage.detect.traits import Trait

LEAST_NODES = 3
"""Fewer nodes have no peers, and are held against their own past each by itself."""
LEAST_OTHERS = 3
"""Fewer other jobs do not say what is common to all."""
_CHANGE, _ALONE_CHANGE = 2.0, 3.0
"""Times the change that nodes are watched for: other jobs tell what is common only so well."""
_LASTING_S = 900.0
_ALIKE = 0.75
_TURNS = 4
BESIDE = ("storage",)
"""Families that may say why a job is slow, and by themselves say no such thing."""


@dataclass(frozen=True, slots=True)
class Slowed:
    """One metric of one job that left its level. `shift` is a share; `end` is -1 while it lasts.

    `others` are the jobs that it was held against: none where there were fewer than three.
    """

    job: str
    nodes: tuple[int, ...]
    trait: Trait
    begin: int
    at: int
    end: int
    shift: float
    score: float
    value: float
    past: float
    others: int
    windows: int
    of_windows: int


@dataclass(frozen=True, slots=True)
class _Crews:
    """One metric by job: logarithms of the middle node, and what each node told.

    `member` says by window and node whose it is.
    """

    names: tuple[str, ...]
    level: Numbers
    told: Numbers
    member: Codes


def slowed_jobs(
    panel: Panel, state: State, layers: Sequence[Tested], bounds: Bounds
) -> list[list[Slowed]]:
    """Return by job what of it became slower, the strongest first; one that only reads slower
    from storage is none.
    """
    found: dict[str, list[Slowed]] = {}
    for each in layers:
        if _tells(panel, each):
            for slow in _slowed(panel, state, each, bounds):
                found.setdefault(slow.job, []).append(slow)
    for mine in found.values():
        mine.sort(key=lambda s: (s.trait.family != "application", -min(s.score, 1e9)))
    return [mine for _, mine in sorted(found.items()) if mine[0].trait.family not in BESIDE]


def _tells(panel: Panel, each: Tested) -> bool:
    """Return whether a layer has one column a node, of a metric that follows work."""
    trait, nodes = each.layer.trait, panel.unit_node[each.layer.units]
    follows = (trait.load or trait.family in BESIDE) and trait.worse != 0
    return follows and not each.layer.counter and len(np.unique(nodes)) == len(nodes)


def _slowed(panel: Panel, state: State, each: Tested, bounds: Bounds) -> Iterator[Slowed]:
    crews = _crews(state, each)
    if not crews.names:
        return
    common, others = _common(crews.level)
    alone = others < LEAST_OTHERS
    change = each.wanted.change * (_ALONE_CHANGE if alone else _CHANGE)
    wanted = Wanted(
        each.wanted.worse, change, each.wanted.floor, bounds.chance, bounds.arl, panel.window_s
    )
    own = crews.level if alone else crews.level - common
    moved = changes(own, wanted)
    for column in np.flatnonzero(moved.at >= 0).tolist():
        slow = _told(panel, each, crews, (own, moved, column, 0 if alone else others))
        if slow is not None:
            yield slow


def _crews(state: State, each: Tested) -> _Crews:
    """Return the jobs of three nodes and more, for as long as most of their nodes tell."""
    layer = each.layer
    member = state.group[:, layer.units] // 2
    names, levels = [], []
    known = np.where(layer.told > 0, np.log(np.where(layer.told > 0, layer.told, 1.0)), np.nan)
    for code in np.unique(member).tolist():
        mine = member == code
        columns = np.flatnonzero(mine.any(axis=0))
        if not state.jobs[code] or len(columns) < LEAST_NODES:
            continue
        inside = np.where(mine[:, columns], known[:, columns], np.nan)
        enough = 2 * np.isfinite(inside).sum(axis=1) > len(columns)
        if enough.sum() >= 2 * LEAST_HISTORY:
            names.append((state.jobs[code], code))
            levels.append(np.where(enough, middle(inside, 1), np.nan))
    told = tuple(f"{code}:{name}" for name, code in names)
    level = np.stack(levels, axis=1) if levels else np.empty((len(known), 0))
    return _Crews(told, level, known, member)


def _common(level: Numbers) -> tuple[Numbers, int]:
    """Return what jobs do alike in each window, and beside how many others a job usually runs.

    Jobs come and go: what is common is told apart from their own levels by turns (median polish).
    """
    count = np.isfinite(level).sum(axis=1)
    usual = int(np.median(count[count > 0])) if (count > 0).any() else 0
    common = np.zeros(len(level))
    for _ in range(_TURNS):
        own = middle(level - common[:, None], 0)
        common = np.nan_to_num(np.where(count > LEAST_OTHERS, middle(level - own, 1), 0.0))
    return common[:, None], max(usual - 1, 0)


def _told(
    panel: Panel, each: Tested, crews: _Crews, seen: tuple[Numbers, Changes, int, int]
) -> Slowed | None:
    """Return what became of a job; None where it was over soon, or only some of its nodes did."""
    own, moved, column, others = seen
    begin, at, shift = int(moved.begin[column]), int(moved.at[column]), float(moved.shift[column])
    sight = Sight(column, "history", begin, at, shift, 0.0)
    end = ended(own[:, column] - moved.level[column], sight)
    last = end if end >= 0 else len(own)
    if last - begin < panel.windows_of(_LASTING_S):
        return None
    code, _, name = crews.names[column].partition(":")
    mine = crews.member == int(code)
    alike, nodes = _alike(crews.told, mine, (begin, last), shift)
    if alike < _ALIKE:
        return None
    sign = 1.0 if shift >= 0 else -1.0
    after = own[begin:last, column] - moved.level[column]
    there = after[np.isfinite(after)][-5:]
    level = crews.level[:, column]
    return Slowed(
        name, tuple(int(panel.unit_node[unit]) for unit in each.layer.units[nodes]),
        each.layer.trait, begin, at, end, shift, float(moved.score[column]),
        _value(level[begin:last]), _value(level[:begin]), others,
        int((sign * there > 0.5 * abs(shift)).sum()), len(there),
    )  # fmt: skip


def _value(level: Numbers) -> float:
    there = level[np.isfinite(level)]
    return float(np.exp(np.median(there))) if len(there) else float("nan")


def _alike(known: Numbers, mine: Mask, span: tuple[int, int], shift: float) -> tuple[float, Codes]:
    """Return which share of a job's nodes moved as it did, and all of its nodes."""
    begin, last = span
    told = np.where(mine, known, np.nan)
    columns = np.flatnonzero(np.isfinite(told[begin:last]).any(axis=0))
    moved = middle(told[begin:last, columns], 0) - middle(told[:begin, columns], 0)
    moved = moved[np.isfinite(moved)]
    sign = 1.0 if shift >= 0 else -1.0
    fits = (sign * moved > 0.5 * abs(shift)) & (sign * moved < 2.0 * abs(shift))
    return float(fits.mean()) if len(moved) else 0.0, columns
