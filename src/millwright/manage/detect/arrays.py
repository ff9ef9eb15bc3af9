"""Statistics of windows: medians beside gaps, of groups, of siblings, and by blocks of time.

Matrices have a row for each window and a column for each series; NaN is a gap.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

NORMAL_PER_MAD = 1.4826


def middle(values: Numbers, axis: int) -> Numbers:
    """Return medians along an axis, gaps left out; NaN where there is nothing else."""
    if values.shape[axis] == 0:
        return np.full(values.sum(axis=axis).shape, np.nan)
    ordered = np.sort(values, axis=axis)
    count = np.isfinite(values).sum(axis=axis, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis)
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[axis] - 1), axis)
    return np.asarray(np.where(count > 0, (low + high) / 2, np.nan).squeeze(axis))


def spread(values: Numbers, axis: int) -> Numbers:
    """Return the robust deviation along an axis: MAD, made to equal that of normal values."""
    centre = np.expand_dims(middle(values, axis), axis)
    return NORMAL_PER_MAD * middle(np.abs(values - centre), axis)


def quantile(values: Numbers, share: float) -> float:
    """Return a quantile of what is no gap; NaN of nothing."""
    there = values[np.isfinite(values)]
    return float(np.quantile(there, share)) if len(there) else float("nan")


def gathered(values: Numbers, seats: Codes) -> Numbers:
    """Return values by window, group and seat; `seats` holds columns, -1 for an empty one."""
    return np.asarray(np.where(seats >= 0, values[:, seats], np.nan))


def seats_of(groups: Codes, count: int) -> Codes:
    """Return for every group its members' columns, filled with -1 to equal length."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups, minlength=count)
    seats = np.full((count, int(sizes.max(initial=0))), -1, dtype=np.int64)
    rank = np.arange(len(groups)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    seats[groups[order], rank] = order
    return seats


def filled(values: Numbers) -> Numbers:
    """Return values with each gap closed by what was last said before it."""
    at = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    return np.asarray(np.take_along_axis(values, np.maximum.accumulate(at, axis=0), 0))


def filled_codes(codes: Codes) -> Codes:
    """Return codes with gaps (-1) closed by the one before, and at the beginning the one after."""
    rows = np.arange(len(codes))[:, None]
    forward = np.maximum.accumulate(np.where(codes >= 0, rows, -1), axis=0)
    after = np.where(codes >= 0, rows, len(codes))[::-1]
    backward = np.minimum.accumulate(after, axis=0)[::-1]
    at = np.where(forward >= 0, forward, np.minimum(backward, len(codes) - 1))
    return np.asarray(np.take_along_axis(codes, at, 0))


def spread_after(mask: Mask, windows: int) -> Mask:
    """Return a mask that stays on for so many windows after it was."""
    found = mask.copy()
    for shift in range(1, min(windows, len(mask) - 1) + 1):
        found[shift:] |= mask[:-shift]
    return found


def counted_back(mask: Mask, windows: int) -> Codes:
    """Return for each window how many of the last so many, itself among them, are on."""
    total = np.cumsum(mask, axis=0, dtype=np.int64)
    total[windows:] -= total[:-windows].copy()
    return total


def blocks(values: Numbers, length: int) -> Numbers:
    """Return means over whole blocks of windows; a block that is mostly gaps is one."""
    count = len(values) // length
    parts = values[: count * length].reshape(count, length, values.shape[1])
    there = np.isfinite(parts)
    size = there.sum(axis=1)
    total = np.where(there, parts, 0.0).sum(axis=1)
    return np.asarray(np.where(2 * size > length, total / np.maximum(size, 1), np.nan))
