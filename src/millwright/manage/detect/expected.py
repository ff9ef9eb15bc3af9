"""How often these rules would call something that is nothing.

Each series came as near to its limit as it came: the largest hundredth of all series tells how fast
such nearness thins out, and so how many of as many healthy series would be over a limit. A Pareto
tail (Hill 1975) is taken and not an exponential one, because series differ among themselves: the
tail of a mixture is longer than that of its usual member. Sums were made of what came one after
another, so that readings which resemble those before are in them already.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from millwright.manage.detect.arrays import Numbers
from millwright.manage.detect.tested import Bounds, Tested
from millwright.model.detection import FalseAlarms

MONTH_S = 30 * 86_400.0
_BLOCK = 60
_LEAST_BLOCKS = 4
_MOST_SERIES = 400
_CLIP = 3.0
_LEAST_TAIL = 20
_TAIL_SHARE = 100
_Z = 1.96
ASSUMED = (
    "the month is like this span, and its series are about as unlike each other",
    "every hour is judged once: another look at the same hours is another chance to err",
    "what was found here is left out of it, for it may be real",
)
"""What the figure rests on, whatever was judged."""


def expected(layers: Sequence[Tested], bounds: Bounds, window_s: float, seed: int) -> FalseAlarms:
    """Return the expected number of false alarms a month over all series that were judged.

    Of series without peers nothing can be said: their limit is a multiple of the change that is
    looked for, and no chance.
    """
    series = sum(int(np.isfinite(each.changes.level).sum()) for each in layers)
    lone = sum(int((each.lone & np.isfinite(each.changes.level)).sum()) for each in layers)
    if not layers:
        return FalseAlarms(
            by_tails=None, by_resampling=None, arl_windows=round(bounds.arl), series=0
        )
    times = MONTH_S / (len(layers[0].layer.own) * window_s)
    rules = {
        "history": tail(_joined([_near(each, each.changes.score) for each in layers])),
        "peers": tail(_joined([_beside(each) for each in layers])),
    }
    told = {name: found for name, found in rules.items() if found is not None}
    shuffled = _shuffled(layers, seed)
    beside = told["peers"][1] if "peers" in told else 0.0
    assumed = (*ASSUMED, f"{lone} series without peers are not in it") if lone else ASSUMED
    return FalseAlarms(
        by_tails=_short(times * sum(each[1] for each in told.values())) if told else None,
        low=_short(times * sum(each[0] for each in told.values())) if told else None,
        high=_short(times * sum(each[2] for each in told.values())) if told else None,
        by_resampling=None if shuffled is None else _short(times * (shuffled + beside)),
        by_rule={name: _short(times * each[1]) for name, each in told.items()},
        looks_a_month=round(times, 1), arl_windows=round(bounds.arl), series=series,
        assumed=assumed if told else (),
    )  # fmt: skip


def tail(near: Numbers) -> tuple[float, float, float] | None:
    """Return how many of as many series would be over one, with an interval of 95 %.

    `near` is how near each series came to its limit, as a share of it; what is over it is left
    out. None of fewer than a hundred series: twenty have to be the far end of something. Where
    hardly any came near at all, none is to be expected.
    """
    known = near[np.isfinite(near) & (near < 1)]
    below = np.sort(known[known > 0])[::-1]
    if len(known) < 5 * _LEAST_TAIL:
        return None
    count = min(max(_LEAST_TAIL, len(known) // _TAIL_SHARE), len(below) - 1)
    if count < _LEAST_TAIL // 4:
        return 0.0, 0.0, 0.0
    edge = float(below[count])
    slope = float(np.log(below[:count] / edge).mean())
    unsure = _Z / math.sqrt(count)
    slopes = slope * max(1 - unsure, 0.1), slope, slope * (1 + unsure)
    low, found, high = (count * edge ** (1 / max(each, 1e-6)) for each in slopes)
    return low, found, high


def _joined(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate(parts)


def _near(each: Tested, score: Numbers) -> Numbers:
    """Return how near sums came to their limits: of series that have peers and a level."""
    fits = np.isfinite(each.changes.level) & ~each.lone
    return np.asarray(score[fits] / each.changes.limit[fits])


def _beside(each: Tested) -> Numbers:
    """Return how near series came to standing apart from their peers."""
    found = each.standing.near
    return np.asarray(found[np.isfinite(found)])


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _shuffled(layers: Sequence[Tested], seed: int) -> float | None:
    """Return how many series would be over their limits, had their hours come in another order."""
    dice = np.random.default_rng(seed)
    near = [mixed for each in layers if (mixed := _by_blocks(each, dice)) is not None]
    found = tail(_joined(near)) if near else None
    if found is None:
        return None
    judged = sum(int((np.isfinite(e.changes.level) & ~e.lone).sum()) for e in layers)
    return found[1] * judged / sum(map(len, near))


def _by_blocks(each: Tested, dice: np.random.Generator) -> Numbers | None:
    """Return how near shuffled series came to their limits; None of too short a past."""
    own, found = each.layer.own, each.changes
    count = len(own) // _BLOCK
    well = np.flatnonzero(np.isfinite(found.level) & ~each.lone & (found.score <= found.limit))
    if count < _LEAST_BLOCKS or not len(well):
        return None
    chosen = well[:: len(well) // _MOST_SERIES + 1]
    k = np.maximum(0.5, each.wanted.change / (2 * found.sigma[chosen]))
    z = (own[: count * _BLOCK, chosen] - found.level[chosen]) / found.sigma[chosen]
    parts = z.reshape(count, _BLOCK, len(chosen))
    order = dice.permuted(np.tile(np.arange(count)[:, None], (1, len(chosen))), axis=0)
    mixed = np.take_along_axis(parts, order[:, None, :], axis=0).reshape(-1, len(chosen))
    signs = (-1, 1) if each.wanted.worse == 0 else (each.wanted.worse,)
    tops = np.max([_largest(sign * mixed - k) for sign in signs], axis=0)
    return np.asarray(tops / found.limit[chosen])


def _largest(gain: Numbers) -> Numbers:
    """Return the largest sum of every series."""
    total = np.zeros(gain.shape[1])
    top = np.zeros(gain.shape[1])
    for row in np.clip(np.nan_to_num(gain, nan=0.0), -math.inf, _CLIP):
        total = np.maximum(total + row, 0.0)
        np.maximum(top, total, out=top)
    return top
