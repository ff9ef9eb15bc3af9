"""The rule that others use: fixed limits on single samples. It stands beside the detector's score.

Limits are those of public monitors, as far as such are known: 83 degrees, clocks a tenth below
what the fleet usually runs at, mounts of 10 ms, one congestion notification in five seconds, a
silence of five minutes. Three samples in a row must break one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from millwright.manage.score.notices import Notice
from millwright.model.telemetry import Telemetry
from millwright.probes.metrics import told_as

_IN_A_ROW = 3
_SILENT_S = 300.0


@dataclass(frozen=True, slots=True)
class _Limit:
    """`above` or `below` a value; `share` is of the fleet's median."""

    metric: str
    above: float | None = None
    below_share: float | None = None
    grows_per_s: float | None = None


_LIMITS = {
    each.metric: each
    for each in (
        _Limit("gpu_temperature", above=83.0),
        _Limit("gpu_sm_clock", below_share=0.9),
        _Limit("gpu_thermal_violation", grows_per_s=1e7),
        _Limit("nfs_rtt", above=10.0),
        _Limit("cpu_busy", above=90.0),
        _Limit("nic_congestion_notified", grows_per_s=0.2),
    )
}


def by_thresholds(told: Telemetry) -> list[Notice]:
    """Return what fixed limits say of the same samples."""
    series = np.frombuffer(told.of_series, dtype=np.int32)
    moment = np.frombuffer(told.moment, dtype=np.float64)
    value = np.frombuffer(told.value, dtype=np.float64)
    order = np.lexsort((moment, series))
    edges = np.searchsorted(series[order], np.arange(len(told.series) + 1))
    typical = _typical(told, value, (order, edges))
    found: list[Notice] = []
    last: dict[str, float] = {}
    for at, (node, device, name) in enumerate(told.series):
        rows = order[edges[at] : edges[at + 1]]
        rows = rows[np.isfinite(value[rows])]
        if not len(rows):
            continue
        last[node] = max(last.get(node, 0.0), float(moment[rows[-1]]))
        limit = _LIMITS.get(_metric(name))
        if limit is None:
            continue
        broken = _broken(limit, moment[rows], value[rows], typical.get(limit.metric, 0.0))
        first = _run(broken)
        if first >= 0:
            when = float(moment[rows[first]])
            found.append(Notice(frozenset({node}), device, when, when, True))
    end = float(moment.max())
    found += [
        Notice(frozenset({node}), "", when, when + _SILENT_S, True)
        for node, when in sorted(last.items())
        if end - when > _SILENT_S
    ]
    return found


def _metric(name: str) -> str:
    told = told_as("dcgm", name) or told_as("node-exporter", name)
    return told[0].name if told else name


def _typical(
    told: Telemetry, value: np.ndarray[tuple[int], np.dtype[np.float64]], laid: Sequence[object]
) -> dict[str, float]:
    order, edges = (np.asarray(each) for each in laid)
    found: dict[str, list[float]] = {}
    for at, (_, _, name) in enumerate(told.series):
        rows = order[edges[at] : edges[at + 1]]
        if _metric(name) in _LIMITS and len(rows):
            found.setdefault(_metric(name), []).append(float(np.nanmedian(value[rows])))
    return {name: float(np.median(values)) for name, values in found.items()}


def _broken(
    limit: _Limit,
    moment: np.ndarray[tuple[int], np.dtype[np.float64]],
    value: np.ndarray[tuple[int], np.dtype[np.float64]],
    typical: float,
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if limit.above is not None:
        return np.asarray(value > limit.above)
    if limit.below_share is not None:
        return np.asarray(value < limit.below_share * typical)
    rate = np.diff(value, prepend=value[0]) / np.maximum(np.diff(moment, prepend=moment[0]), 1.0)
    return np.asarray(rate > (limit.grows_per_s or 0.0))


def _run(broken: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    """Return the sample at which three in a row were beyond a limit; -1 where none were."""
    if len(broken) < _IN_A_ROW:
        return -1
    together = np.convolve(broken.astype(np.int64), np.ones(_IN_A_ROW, dtype=np.int64), "valid")
    over = np.flatnonzero(together == _IN_A_ROW)
    return int(over[0]) + _IN_A_ROW - 1 if len(over) else -1
