"""What several metrics of one family say together of a device: one slow GPU is slow in all GEMMs.

The mean of the family's scores is compared with the same mean of the peers, so that metrics which
move together (and they do) are not counted as if they were independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from millwright.build.judge.arrays import (
    Codes,
    Mask,
    Numbers,
    as_normal,
    medians,
    scale_of,
    sizes_of,
)
from millwright.build.judge.scores import LEAST_PEERS, Layer
from millwright.build.judge.units import Batch

TOGETHER = ("compute", "memory", "interconnect", "network", "storage", "application", "clock")
_LEAST_SHARE = 0.6
"""Of the metrics that the best measured device has, how many another needs to be compared."""
_LOWEST, _HIGHEST = -6.0, 8.0
"""Beyond these one metric alone says enough, and would drown the others in a mean."""


@dataclass(frozen=True, slots=True)
class Together:
    """One row for each device (or node, device -1), SKU and family.

    `ratio` is how much worse, in practical differences; `percent` the same of the peers' median.
    `z` is NaN where one metric is all there is: then it speaks for itself.
    """

    node: Codes
    device: Codes
    lot: Codes
    family: Codes
    z: Numbers
    ratio: Numbers
    percent: Numbers
    members: Codes
    lots: tuple[str, ...]

    @property
    def matters(self) -> Mask:
        """Return where the difference is large enough to matter."""
        return self.ratio >= 1


def together(batch: Batch, layer: Layer) -> Together:
    """Return what the families of a layer say. Only metrics with a worse side and spread count."""
    traits, subjects = batch.names.traits, batch.names.subjects
    families = np.array([_family(trait.family, trait.worse) for trait in traits] or [-1])
    lots = tuple(sorted({subject.sku for subject in subjects}))
    lot = np.array([lots.index(subject.sku) for subject in subjects] or [0])
    share = np.array([trait.percent or np.nan for trait in traits] or [np.nan])
    use = np.flatnonzero(
        (families[layer.subject] >= 0) & ~layer.alike & ~np.isnan(share[layer.subject])
        & np.isfinite(layer.percent)
    )  # fmt: skip
    subject = layer.subject[use]
    columns = (layer.node[use], layer.device[use] + 1, lot[subject], families[subject])
    sizes = (len(batch.names.devices) + 1, len(lots), len(TOGETHER))
    key = columns[0]
    for column, size in zip(columns[1:], sizes, strict=True):
        key = key * size + column
    known, code = np.unique(key, return_inverse=True)
    count = sizes_of(code, len(known))
    z = np.clip(layer.z[use], _LOWEST, _HIGHEST)
    percent = layer.percent[use]
    mean = _mean(code, z, count)
    group = known % (sizes[1] * sizes[2])
    family, in_lot = known % sizes[2], known // sizes[2] % sizes[1]
    owner = known // (sizes[1] * sizes[2])
    return Together(
        owner // sizes[0], owner % sizes[0] - 1, in_lot, family,
        _standard(group, mean, count), _mean(code, percent / share[subject], count),
        _mean(code, percent, count), count, lots,
    )  # fmt: skip


def _family(name: str, worse: int) -> int:
    return TOGETHER.index(name) if worse and name in TOGETHER else -1


def _mean(code: Codes, values: Numbers, count: Codes) -> Numbers:
    summed = np.bincount(code, weights=values, minlength=len(count))
    return np.asarray(summed / np.maximum(count, 1))


def _standard(group: Codes, mean: Numbers, count: Codes) -> Numbers:
    """Return the means on the scale of their own spread, by SKU and family."""
    if not len(group):
        return np.empty(0)
    total = int(group.max()) + 1
    most = np.zeros(total, dtype=np.int64)
    np.maximum.at(most, group, count)
    enough = (count >= 2) & (count >= _LEAST_SHARE * most[group])
    z = np.full(len(group), np.nan)
    some = np.flatnonzero(enough)
    codes, values = group[some], mean[some]
    rest = values - medians(codes, values, total)[codes]
    scale = scale_of(codes, rest, total)[codes]
    peers = sizes_of(codes, total)[codes]
    told = np.where(scale > 0, rest / np.where(scale > 0, scale, 1.0), 0.0)
    z[some] = np.where(peers >= LEAST_PEERS, as_normal(told, peers.astype(np.float64)), np.nan)
    return z
