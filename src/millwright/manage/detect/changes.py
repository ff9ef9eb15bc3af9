"""Own history: CUSUM of each series against its own level, with thresholds for a stated run length.

Page's CUSUM adds up what exceeds half of the change that is looked for; Siegmund's formula gives
the threshold for an average run length of healthy series. Because real noise is neither normal nor
independent, the threshold is raised to what the bulk of the fleet itself reaches: the largest sums
of many healthy series follow a Gumbel law, whose tail is extended from their quartiles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from millwright.manage.detect.arrays import Codes, Numbers, blocks, middle, spread

LEAST_HISTORY = 12
_PRIOR = 20
"""Windows that the fleet's own spread is worth beside a series' own."""
_CLIP, _MOST_CLIP = 3.0, 6.0
_LEAST_STEPS = 3.2
_LEAST_H = 6.5
"""No two windows reach it, however far they are off: three of five is the least."""
_MOST_H = 40.0
_BLOCK = 12
_LEAST_SERIES = 30
_LEAST_SHARE = 0.8
_UNSURE = 2.0
_TINY = 0.05
_MEDIAN_ERROR = 1.2533
_RECENT = 10
_BASE_SHARE = 4
_MOST_BASE_S = 24 * 3600.0
_GUMBEL = (0.36651, 1.57253)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: which way is worse, the least change, and the chance a run may err.

    `chance` is per series over the whole run, `arl` the run length in windows that it stands for.
    """

    worse: int
    change: float
    floor: float
    chance: float
    arl: float
    window_s: float


@dataclass(frozen=True, slots=True)
class Changes:
    """Which columns left their level. Windows are -1 where they did not.

    `score` is the largest sum by column and `limit` what it had to exceed; `shift` the lasting
    change, `level` the past it is against, `sigma` the spread of one window. `tail` is location
    and scale of the largest sums, or None where columns are few.
    """

    begin: Codes
    at: Codes
    shift: Numbers
    level: Numbers
    sigma: Numbers
    score: Numbers
    limit: Numbers
    tail: tuple[float, float] | None


def changes(own: Numbers, wanted: Wanted, accepted: Numbers | None = None) -> Changes:
    """Return which columns changed for the worse, and when.

    `accepted` are levels that columns were accepted with, NaN where nobody knows; others take
    their first hours.
    """
    level, sigma, unsure = _levels(own, wanted, accepted)
    k = np.maximum(0.5, wanted.change / (2 * sigma))
    z = (own - level) / sigma
    signs = (-1, 1) if wanted.worse == 0 else (wanted.worse,)
    plain = np.full(len(level), _CLIP)
    first_limit, _ = _limits(wanted, (k, unsure), _highest(z, k, signs, plain), level)
    # What is far off, where noise is small beside the change looked for, may add more at once;
    # three windows it takes all the same.
    most = np.where(k >= 1, _MOST_CLIP, _CLIP)
    clip = np.clip(first_limit / _LEAST_STEPS, _CLIP, most)
    tops = [(sign, _largest(sign * z, k, clip)) for sign in signs]
    score = np.max([top for _, top in tops], axis=0)
    limit, tail = _limits(wanted, (k, unsure), score, level)
    limit = np.maximum(limit, first_limit)
    over = np.flatnonzero(np.isfinite(level) & (score > limit))
    begin = np.full(len(level), -1)
    at = np.full(len(level), -1)
    shift = np.zeros(len(level))
    for column in over.tolist():
        for sign, top in tops:
            if top[column] > limit[column] and at[column] < 0:
                gain = np.minimum(sign * z[:, column] - k[column], clip[column])
                first = _crossing(gain, float(limit[column]))
                begin[column], at[column], shift[column] = _onset(
                    sign * (own[:, column] - level[column]), first, sign
                )
    small = np.abs(shift) < _LEAST_SHARE * wanted.change
    begin[small], at[small] = -1, -1
    return Changes(begin, at, shift, level, sigma, score, limit, tail)


def _limits(
    wanted: Wanted, known: tuple[Numbers, Numbers], score: Numbers, level: Numbers
) -> tuple[Numbers, tuple[float, float] | None]:
    """Return what sums must exceed: by run length, and by what the bulk of the fleet reaches."""
    k, unsure = known
    tail = gumbel(score[np.isfinite(level)])
    # A level is itself estimated: a series whose level is off leans towards its limit for ever.
    surely = np.maximum(k - _UNSURE * unsure, k / 2)
    steps, place = np.unique(np.round(surely, 2), return_inverse=True)
    limit = np.array([_limit(float(each), wanted.arl) for each in steps.tolist()])[place]
    if tail is not None:
        limit = np.maximum(limit, tail[0] + tail[1] * math.log(1 / wanted.chance))
    return np.clip(limit, _LEAST_H, None), tail


def _highest(z: Numbers, k: Numbers, signs: tuple[int, ...], clip: Numbers) -> Numbers:
    return np.asarray(np.max([_largest(sign * z, k, clip) for sign in signs], axis=0))


def _levels(
    own: Numbers, wanted: Wanted, accepted: Numbers | None
) -> tuple[Numbers, Numbers, Numbers]:
    """Return each column's level, the spread of one window, widened for what lasts, and how
    unsure the level is, in such spreads.
    """
    there = np.isfinite(own)
    count = np.cumsum(there, axis=0)
    most = max(LEAST_HISTORY, int(_MOST_BASE_S // wanted.window_s))
    share = np.minimum(np.maximum(count[-1] // _BASE_SHARE, LEAST_HISTORY), most)
    base = np.where(there & (count <= share), own, np.nan)
    level = middle(base, 0)
    level[count[-1] < 2 * LEAST_HISTORY] = np.nan
    if accepted is not None:
        level = np.where(np.isfinite(accepted), accepted, level)
    mine = spread(base, 0)
    fleet = np.nanmedian(mine) if np.isfinite(mine).any() else wanted.floor
    sigma = np.sqrt((share * np.nan_to_num(mine) ** 2 + _PRIOR * fleet**2) / (share + _PRIOR))
    # What resembles the window before tells little of its own spread: none is believed quieter
    # than the fleet.
    sigma = np.maximum(sigma, max(float(fleet), _TINY * wanted.floor))
    unsure = _MEDIAN_ERROR / np.sqrt(np.maximum(share, 1))
    if accepted is not None:
        unsure = np.where(np.isfinite(accepted), 0.0, unsure)
    return level, np.maximum(sigma * _lasting(own - level, sigma), wanted.floor), unsure


def _lasting(rest: Numbers, sigma: Numbers) -> float:
    """Return by how much means over blocks vary more than independent windows would."""
    parts = blocks(rest / sigma, _BLOCK)
    if len(parts) < 4:
        return 1.0
    found = spread(parts, 0)
    usual = float(np.nanmedian(found)) if np.isfinite(found).any() else 0.0
    plain = spread(rest / sigma, 0)
    base = float(np.nanmedian(plain)) if np.isfinite(plain).any() else 1.0
    return float(np.clip(usual * math.sqrt(_BLOCK) / max(base, 1e-9), 1.0, math.sqrt(_BLOCK)))


def _largest(z: Numbers, k: Numbers, clip: Numbers) -> Numbers:
    """Return the largest CUSUM of every column; one window adds no more than `clip`."""
    total = np.zeros(z.shape[1])
    top = np.zeros(z.shape[1])
    gain = np.minimum(np.nan_to_num(z - k, nan=0.0), clip)
    for row in gain:
        total += row
        np.maximum(total, 0.0, out=total)
        np.maximum(top, total, out=top)
    return top


def _crossing(gain: Numbers, limit: float) -> tuple[int, int]:
    """Return where the sum that first exceeds the limit began, and where it did."""
    total, begin = 0.0, 0
    for window, value in enumerate(gain.tolist()):
        if math.isnan(value):
            continue
        if total <= 0:
            total, begin = 0.0, window
        total += value
        if total > limit:
            return begin, window
    return begin, len(gain) - 1


def _onset(off: Numbers, first: tuple[int, int], sign: int) -> tuple[int, int, float]:
    """Return where a change really began, where it was noticed, and how large it is.

    A sum may have begun long before by small things; the change began where most windows from then
    on are beyond half of what the last ones show.
    """
    begin, at = first
    there = np.flatnonzero(np.isfinite(off[begin : at + 1])) + begin
    size = float(np.median(off[there[-_RECENT:]]))
    beyond = off[there] > size / 2
    well = np.cumsum(~beyond[::-1])
    kept = np.flatnonzero(well <= 0.25 * np.arange(1, len(well) + 1))
    start = there[len(there) - 1 - int(kept[-1])] if len(kept) else there[-1]
    return int(start), at, sign * size


def gumbel(tops: Numbers) -> tuple[float, float] | None:
    """Return location and scale of the law of largest sums, by quartiles: faults leave them be."""
    if len(tops) < _LEAST_SERIES:
        return None
    low, mid, high = (float(each) for each in np.quantile(tops, (0.25, 0.5, 0.75)))
    scale = (high - low) / _GUMBEL[1]
    return mid - _GUMBEL[0] * scale, scale


def run_length(k: float, h: float) -> float:
    """Return the average run length of a healthy series, in windows (Siegmund 1985)."""
    b = h + 1.166
    return float((math.exp(min(2 * k * b, 700.0)) - 2 * k * b - 1) / (2 * k * k))


def _limit(k: float, arl: float) -> float:
    """Return the threshold at which a healthy series errs once in so many windows."""
    low, high = 0.0, _MOST_H
    for _ in range(40):
        half = (low + high) / 2
        low, high = (half, high) if run_length(k, half) < arl else (low, half)
    return high
