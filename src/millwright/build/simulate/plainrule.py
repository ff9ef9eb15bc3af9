"""The rule that others use: whatever is more than 5 % off the mean is bad."""

from __future__ import annotations

import numpy as np

from millwright.build.judge.units import arranged
from millwright.build.simulate.score import Said
from millwright.model.measurements import Measurements

_OFF = 0.05


def by_mean(columns: Measurements) -> dict[str, Said]:
    """Return what the rule says of every node, on the same rows: first attempts, every metric."""
    batch = arranged(columns)
    units, names = batch.units, batch.names
    value = np.full(len(units), np.nan)
    some = units.last > units.first
    value[some] = units.readings[units.first[some]]
    total = len(names.subjects)
    there = ~np.isnan(value)
    count = np.bincount(units.subject[there], minlength=total)
    summed = np.bincount(units.subject[there], weights=value[there], minlength=total)
    mean = summed / np.maximum(count, 1)
    off = there & (np.abs(value - mean[units.subject]) > _OFF * np.abs(mean[units.subject]))
    flagged: dict[str, set[str]] = {}
    for unit in np.flatnonzero(off).tolist():
        device = names.devices[int(units.device[unit])]
        flagged.setdefault(names.nodes[int(units.node[unit])], set()).add(device)
    return {
        node: Said("FAIL" if node in flagged else "PASS", frozenset(flagged.get(node, ())))
        for node in names.nodes
    }
