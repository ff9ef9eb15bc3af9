"""What one rule saw at one series: when, how much, and beside whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from millwright.manage.detect.arrays import Numbers
from millwright.manage.detect.layers import Layer, Level
from millwright.manage.detect.traits import Trait
from millwright.model.detection import Rule

_SETTLED = 7


@dataclass(frozen=True, slots=True)
class Alarm:
    """One deviation. `shift` is on the layer's scale; `end` is -1 where it lasts.

    `unit` is the column's unit; of a node's alarm its first device.
    """

    level: Level
    unit: int
    trait: Trait
    rule: Rule
    begin: int
    at: int
    end: int
    shift: float
    score: float
    peers: int
    windows: int
    of_windows: int
    value: float
    peer_median: float
    mad: float
    past: float = float("nan")
    counter: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """Where and how much: what a rule hands over, before values are looked up."""

    column: int
    rule: Rule
    begin: int
    at: int
    shift: float
    score: float
    level: float = float("nan")


def alarm_of(layer: Layer, seen: Seen) -> Alarm:
    """Return the alarm with what stands beside it: value, peers, windows, and its end."""
    own = layer.own[:, seen.column]
    told = layer.told[:, seen.column]
    level = 0.0 if np.isnan(seen.level) else seen.level
    end = ended(own - level, seen)
    last = len(own) if end < 0 else end
    recent = np.flatnonzero(np.isfinite(own[:last]))
    recent = recent[recent >= min(seen.begin, seen.at)][-5:]
    if not len(recent):
        recent = np.array([seen.at])
    sign = 1.0 if seen.shift >= 0 else -1.0
    off = sign * (own[recent] - level) > 0.5 * abs(seen.shift)
    median, mad, peers = _beside(layer, seen.column, int(recent[-1]))
    before = (
        told[: max(seen.begin, 1)][-120:] if seen.rule in ("history", "acceptance") else told[:0]
    )
    return Alarm(
        layer.level, int(layer.units[seen.column]), layer.trait, seen.rule, seen.begin, seen.at,
        end, seen.shift, seen.score, peers, int(off.sum()), len(recent),
        _median(told[recent]), median, mad, _median(before), layer.counter,
    )  # fmt: skip


def _median(values: Numbers) -> float:
    there = values[np.isfinite(values)]
    return float(np.median(there)) if len(there) else float("nan")


def _beside(layer: Layer, column: int, window: int) -> tuple[float, float, int]:
    """Return median, MAD and number of the others of the group in a window."""
    mine = layer.group[window] == layer.group[window, column]
    mine[column] = False
    others = layer.told[window][mine]
    others = others[np.isfinite(others)]
    if len(others) < 2:
        return float("nan"), float("nan"), len(others)
    middle = float(np.median(others))
    return middle, float(np.median(np.abs(others - middle))), len(others)


def ended(rest: Numbers, seen: Seen) -> int:
    """Return the window in which a deviation was over, by most of seven; -1 while it lasts."""
    sign = 1.0 if seen.shift >= 0 else -1.0
    after = np.flatnonzero(np.isfinite(rest))
    after = after[after > seen.at]
    well = (sign * rest[after] < 0.4 * abs(seen.shift)).astype(np.int64)
    if len(well) < _SETTLED:
        return -1
    votes = np.convolve(well, np.ones(_SETTLED, dtype=np.int64), "valid")
    over = np.flatnonzero(votes > _SETTLED // 2 + 1)
    return int(after[over[0]]) if len(over) else -1
