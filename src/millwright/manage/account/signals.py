"""Samples of GPUs as steps in time: a value holds until the next one, and never much longer.

What nobody said for more than some two and a half times the usual distance of samples is unknown.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millwright.model.telemetry import Telemetry
from millwright.probes import metrics

Seconds = NDArray[np.int64]
Values = NDArray[np.float64]

WANTED = (
    metrics.GPU_GRAPHICS_ACTIVE.name,
    metrics.GPU_SM_ACTIVE.name,
    metrics.GPU_TENSOR_ACTIVE.name,
    metrics.GPU_SM_CLOCK.name,
    metrics.GPU_UTILIZATION.name,
    metrics.GPU_POWER_DRAW.name,
)
GRAPHICS, SM, TENSOR, CLOCK, UTILIZATION, POWER = WANTED
PATIENCE = 2.5
LONGEST_S = 900


@dataclass(frozen=True, slots=True)
class Steps:
    """One signal of one GPU: from `begin` a value holds until `end`, exclusive."""

    begin: Seconds
    end: Seconds
    value: Values

    def at(self, moments: Seconds) -> Values:
        """Return the value at each moment, NaN where nobody knows."""
        place = np.searchsorted(self.begin, moments, side="right") - 1
        safe = np.maximum(place, 0)
        there = (place >= 0) & (moments < self.end[safe])
        return np.where(there, self.value[safe], np.nan)


Signals = Mapping[str, Mapping[str, Mapping[str, Steps]]]
"""By node, device and metric."""


def told_by_name(name: str) -> tuple[str, float] | None:
    """Return which wanted metric a name means, and what its values are to be multiplied by."""
    if name in WANTED:
        return name, 1.0
    found = metrics.told_as("dcgm", name)
    return (found[0].name, found[1].scale) if found and found[0].name in WANTED else None


def signals_of(telemetry: Telemetry) -> dict[str, dict[str, dict[str, Steps]]]:
    """Return the signals of all GPUs. Samples of one moment: the last that was told counts."""
    found: dict[str, dict[str, dict[str, Steps]]] = defaultdict(lambda: defaultdict(dict))
    if not len(telemetry):
        return {}
    series = np.frombuffer(telemetry.of_series, dtype=np.int32)
    moment = np.floor(np.frombuffer(telemetry.moment, dtype=np.float64)).astype(np.int64)
    value = np.frombuffer(telemetry.value, dtype=np.float64)
    order = np.lexsort((np.arange(len(series)), moment, series))
    edges = np.searchsorted(series[order], np.arange(len(telemetry.series) + 1))
    for code, (node, device, name) in enumerate(telemetry.series):
        meant = told_by_name(name)
        rows = order[edges[code] : edges[code + 1]]
        if meant is None or not device or not len(rows):
            continue
        metric, scale = meant
        found[node][device][metric] = _steps(moment[rows], value[rows] * scale)
    return {node: dict(devices) for node, devices in found.items()}


def _steps(moments: Seconds, values: Values) -> Steps:
    last = np.append(moments[1:] != moments[:-1], True)
    moments, values = moments[last], values[last]
    gaps = np.diff(moments)
    usual = float(np.median(gaps)) if len(gaps) else 60.0
    longest = max(1, min(LONGEST_S, math.ceil(usual * PATIENCE)))
    following = np.append(moments[1:], moments[-1] + min(longest, math.ceil(usual)))
    return Steps(moments, np.minimum(following, moments + longest), values)


def highest_clock(signals: Signals) -> float | None:
    """Return the highest clock that any GPU ever said."""
    seen = [
        float(np.nanmax(steps[CLOCK].value))
        for devices in signals.values()
        for steps in devices.values()
        if CLOCK in steps and np.isfinite(steps[CLOCK].value).any()
    ]
    return max(seen, default=None)


def idle_power(signals: Signals) -> float | None:
    """Return what a GPU draws with nothing to do: the median where its utilisation is nil."""
    drawn: list[float] = []
    for devices in signals.values():
        for steps in devices.values():
            if POWER in steps and UTILIZATION in steps:
                used = steps[UTILIZATION].at(steps[POWER].begin)
                drawn += steps[POWER].value[used == 0].tolist()
    known = [value for value in drawn if math.isfinite(value)]
    return float(np.median(known)) if len(known) >= 10 else None
