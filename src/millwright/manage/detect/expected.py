"""How often these rules would call something that is nothing: by tails, and by resampling."""

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


def expected(layers: Sequence[Tested], bounds: Bounds, window_s: float, seed: int) -> FalseAlarms:
    """Return the expected number of false alarms a month over all series that were judged."""
    judged = [each for each in layers if np.isfinite(each.changes.level).any()]
    series = sum(int(np.isfinite(each.changes.level).sum()) for each in judged)
    if not judged:
        return FalseAlarms(
            by_tails=None, by_resampling=None, arl_windows=round(bounds.arl), series=0
        )
    tails = sum(_by_tail(each, bounds) * _months(each, window_s) for each in judged)
    dice = np.random.default_rng(seed)
    shuffled = [_by_blocks(each, window_s, dice) for each in judged]
    known = [each for each in shuffled if each is not None]
    return FalseAlarms(
        by_tails=_short(tails), by_resampling=_short(sum(known)) if known else None,
        arl_windows=round(bounds.arl), series=series,
    )  # fmt: skip


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _months(each: Tested, window_s: float) -> float:
    """Return what to multiply a run's alarms by to have a month's."""
    return MONTH_S / (len(each.layer.own) * window_s)


def _by_tail(each: Tested, bounds: Bounds) -> float:
    """Return the expected alarms of one run: a Gumbel tail over the limit, or the run length's."""
    found = each.changes
    limits = found.limit[np.isfinite(found.level)]
    if found.tail is None or found.tail[1] <= 0:
        return float(len(limits) * len(each.layer.own) / bounds.arl)
    place, scale = found.tail
    return float(-np.expm1(-np.exp(-(limits - place) / scale)).sum())


def _by_blocks(each: Tested, window_s: float, dice: np.random.Generator) -> float | None:
    """Return a month's alarms of series whose own hours were shuffled; None of too short a past."""
    own, found = each.layer.own, each.changes
    count = len(own) // _BLOCK
    well = np.flatnonzero(np.isfinite(found.level) & (found.score <= found.limit))
    if count < _LEAST_BLOCKS or not len(well):
        return None
    chosen = well[:: len(well) // _MOST_SERIES + 1]
    k = np.maximum(0.5, each.wanted.change / (2 * found.sigma[chosen]))
    z = (own[: count * _BLOCK, chosen] - found.level[chosen]) / found.sigma[chosen]
    parts = z.reshape(count, _BLOCK, len(chosen))
    order = dice.permuted(np.tile(np.arange(count)[:, None], (1, len(chosen))), axis=0)
    mixed = np.take_along_axis(parts, order[:, None, :], axis=0).reshape(-1, len(chosen))
    hits = 0
    for sign in (-1, 1) if each.wanted.worse == 0 else (each.wanted.worse,):
        hits += _alarms(sign * mixed - k, found.limit[chosen])
    share = len(well) / len(chosen)
    return hits * share * MONTH_S / (count * _BLOCK * window_s)


def _alarms(gain: Numbers, limit: Numbers) -> int:
    """Return of how many series the sum went over its limit: a finding that lasts is one."""
    total = np.zeros(gain.shape[1])
    top = np.zeros(gain.shape[1])
    for row in np.clip(np.nan_to_num(gain, nan=0.0), -math.inf, _CLIP):
        total = np.maximum(total + row, 0.0)
        np.maximum(top, total, out=top)
    return int((top > limit).sum())
