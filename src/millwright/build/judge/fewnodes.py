"""Whole nodes where there are few of them: four to seven, too few to hold any rate.

A node all of whose devices are slow is no outlier among its siblings, and a quarter of all devices
is enough to widen what the devices of four nodes are held against.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from millwright.build.judge.arrays import NORMAL_PER_MAD, Codes, Mask, medians, sizes_of
from millwright.build.judge.scores import LEAST_PEERS, LEAST_SIBLINGS, Layer

LEAST_NODES = 4


def few_nodes(devices: Layer) -> Layer:
    """Return nodes by the median of their devices, where a subject has few nodes.

    `at` is a unit of the node. Scores are raw ones, by the MAD of the nodes; `z` says nothing.
    """
    total = int(devices.node.max()) + 1 if len(devices.node) else 1
    known, first, code, count = np.unique(
        devices.subject * total + devices.node,
        return_index=True, return_inverse=True, return_counts=True,
    )  # fmt: skip
    gap = medians(code, devices.gap, len(known))
    one = np.flatnonzero(count >= LEAST_SIBLINGS)
    subjects = int(devices.subject.max()) + 1 if len(devices.subject) else 1
    subject = known[one] // total
    nodes = sizes_of(subject, subjects)[subject]
    few = (nodes >= LEAST_NODES) & (nodes < LEAST_PEERS)
    scale = NORMAL_PER_MAD * medians(subject, np.abs(gap[one]), subjects)[subject]
    rows, percent = _taken(devices, first[one]), medians(code, devices.percent, len(known))
    alike = scale <= 0
    whole = replace(
        rows, gap=gap[one], percent=percent[one], alike=alike, device=rows.device * 0 - 1,
        z=rows.z * 0, raw=np.where(alike, 0.0, gap[one] / np.where(alike, 1.0, scale)),
    )  # fmt: skip
    return _taken(whole, few)


def _taken(layer: Layer, rows: Mask | Codes) -> Layer:
    return Layer(**{name: getattr(layer, name)[rows] for name in Layer.__slots__})
