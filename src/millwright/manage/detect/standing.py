"""Against peers: who stands apart in three of five windows, by more than peers differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from millwright.manage.detect.alarms import Seen
from millwright.manage.detect.arrays import NORMAL_PER_MAD, Mask, Numbers, counted_back
from millwright.manage.detect.layers import Layer
from millwright.manage.detect.peers import FEW_PEERS, LEAST_PEERS

PERSIST, OF = 3, 5
_Z = 6.0
_MOST_APART = 0.2
_SAMPLE = 200_000
_WIDE, _WIDE_ABSOLUTE = 0.15, 15.0
_NORMAL_98 = 2.3263
_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class Standing:
    """Who stands apart, and the rule that said so: `scale` of peers, `limit` in such scales.

    `near` is how near each column came to it, one being there; NaN where it had no peers. `apart`
    is true where so many stand apart that they are no exceptions: nobody is named then.
    """

    seen: tuple[Seen, ...]
    scale: float
    limit: float
    near: Numbers
    apart: bool = False


def standing(layer: Layer, change: float, floor: float) -> Standing:
    """Return who stands apart from peers in three of five windows.

    The limit is six robust deviations, more where the bulk has longer tails than normal values or
    peers are few; and twice the change that is looked for. Of three or four peers a ratio decides,
    widely. Two peers say nothing.
    """
    own = np.where(layer.peers >= FEW_PEERS, layer.own, np.nan)
    scale, centre, tail = _scale(own, floor)
    if not np.isfinite(scale):
        return Standing((), float("nan"), float("nan"), np.full(own.shape[1], np.nan))
    limit = _Z * tail
    worse = layer.trait.worse
    off = own - centre
    gap = np.abs(off) if worse == 0 else worse * off
    z = gap / scale
    few = (layer.peers >= FEW_PEERS) & (layer.peers < LEAST_PEERS)
    needed = limit * (1 + 8 / np.maximum(layer.peers, 1))
    wide = _WIDE_ABSOLUTE if layer.trait.absolute else _WIDE
    far = max(limit, 4 * _Z) if layer.counter else limit
    share = np.where(
        few, np.minimum(gap / wide, z / far), np.minimum(gap / (2 * change), z / needed)
    )
    apart = share > 1
    columns = np.flatnonzero(_persistent(apart, np.isfinite(own)).any(axis=0))
    if len(columns) > max(2.0, _MOST_APART * own.shape[1]):
        return Standing((), scale, limit, _lasting(share), apart=True)
    seen = tuple(_seen(apart, off, z, few, int(at)) for at in columns)
    return Standing(seen, scale, limit, _lasting(share))


def _lasting(share: Numbers) -> Numbers:
    """Return what each column reached in three of five windows; of fewer windows, in all."""
    there = np.where(np.isfinite(share), share, -np.inf)
    if len(there) < OF:
        found = np.sort(there, axis=0)[-min(PERSIST, len(there))]
    else:
        found = np.empty(there.shape[1])
        for first in range(0, there.shape[1], _COLUMNS):
            part = slice(first, first + _COLUMNS)
            looks = np.lib.stride_tricks.sliding_window_view(there[:, part], OF, axis=0)
            found[part] = np.partition(looks, OF - PERSIST, axis=2)[:, :, OF - PERSIST].max(axis=0)
    return np.where(np.isfinite(found), np.maximum(found, 0.0), np.nan)


def _scale(own: Numbers, floor: float) -> tuple[float, float, float]:
    """Return scale and centre of what peers differ by, and how much longer their tails are."""
    there = own[np.isfinite(own)]
    if not len(there):
        return float("nan"), 0.0, 1.0
    if len(there) > _SAMPLE:
        there = there[:: len(there) // _SAMPLE + 1]
    centre = float(np.median(there))
    about = np.abs(there - centre)
    scale = max(NORMAL_PER_MAD * float(np.median(about)), floor)
    tail = float(np.quantile(about, 0.98)) / (_NORMAL_98 * scale)
    return scale, centre, max(1.0, tail)


def _persistent(apart: Mask, there: Mask) -> Mask:
    """Return where three of the last five windows stood apart; where there are fewer, all did."""
    least = np.minimum(PERSIST, np.maximum(there.sum(axis=0), 1))
    return np.asarray(counted_back(apart, OF) >= least[None, :])


def _seen(apart: Mask, off: Numbers, z: Numbers, few: Mask, column: int) -> Seen:
    mine = apart[:, column : column + 1]
    at = int(np.flatnonzero(_persistent(mine, np.isfinite(off[:, column : column + 1])))[0])
    begin = int(np.flatnonzero(mine[max(0, at - OF + 1) : at + 1])[0]) + max(0, at - OF + 1)
    own = mine[:, 0]
    return Seen(
        column, "ratio" if few[at, column] else "peers", begin, at,
        float(np.median(off[own, column])), float(np.median(z[own, column])),
    )  # fmt: skip
