"""Samples laid out: a matrix for each metric, windows down and series across, gaps as NaN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from millwright.errors import MillwrightError
from millwright.manage.detect.arrays import Codes, Numbers, filled, filled_codes
from millwright.manage.detect.traits import Trait, trait_of
from millwright.model.detection import EvidenceFamily
from millwright.model.telemetry import Labels, Telemetry

MINUTE_S = 60.0
LEAST_WINDOWS = 5
_MANY = 100.0
_BLANK = 1e18
"""DCGM tells "not available" by numbers of 19 digits; nothing that is judged is as large."""
MOST_CELLS = 400_000_000


@dataclass(frozen=True, slots=True)
class Signal:
    """One metric of all who have it. `values` are in the metric's unit, counters as increments.

    `units` are the columns' units of the panel, sorted; `raw` the last sample of each window, as
    it was said; `counter` whether the values are increments a window.
    """

    trait: Trait
    units: Codes
    values: Numbers
    raw: Numbers
    counter: bool = False

    @property
    def counted(self) -> bool:
        """Return whether events are counted one by one, and not bytes or joules by the million."""
        if self.trait.errors:
            return True
        there = self.values[np.isfinite(self.values)]
        return self.counter and bool(len(there)) and float(np.median(there)) < _MANY


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that was said, by window. A unit is a device of a node, or the node itself.

    `said` holds for each window and unit a code into `labels`.
    """

    begin: float
    window_s: float
    windows: int
    nodes: tuple[str, ...]
    devices: tuple[str, ...]
    unit_node: Codes
    unit_device: Codes
    said: Codes
    labels: tuple[Labels, ...]
    signals: dict[str, Signal] = field(default_factory=dict)

    def moment(self, window: int) -> float:
        """Return when a window begins, in seconds since 1970."""
        return self.begin + window * self.window_s

    def windows_of(self, seconds: float) -> int:
        """Return how many windows so many seconds are, one at least."""
        return max(1, round(seconds / self.window_s))


def panel_of(
    telemetry: Telemetry, families: Mapping[str, EvidenceFamily], window_s: float | None = None
) -> Panel:
    """Return the panel of some telemetry.

    A window is a minute, or as long as it takes for a sample of most series to come; where the
    whole span has no five of them, a window is what lies between two samples.
    """
    moment = np.frombuffer(telemetry.moment, dtype=np.float64)
    series = np.frombuffer(telemetry.of_series, dtype=np.int32).astype(np.int64)
    width = _width(moment, series, window_s)
    begin = float(np.floor(moment.min() / width) * width)
    window = ((moment - begin) // width).astype(np.int64)
    nodes = tuple(sorted({node for node, _, _ in telemetry.series}))
    owners = sorted({(node, device) for node, device, _ in telemetry.series})
    devices = tuple(sorted({device for _, device in owners}))
    node_at = {name: at for at, name in enumerate(nodes)}
    device_at = {name: at for at, name in enumerate(devices)}
    unit_at = {owner: at for at, owner in enumerate(owners)}
    unit = np.array([unit_at[node, device] for node, device, _ in telemetry.series])
    total = int(window.max()) + 1
    _bounded(total, len(owners), width)
    said = np.full((total, len(owners)), -1, dtype=np.int64)
    said[window, unit[series]] = np.frombuffer(telemetry.of_labels, dtype=np.int32)
    panel = Panel(
        begin, width, total, nodes, devices,
        np.array([node_at[node] for node, _ in owners]),
        np.array([device_at[device] for _, device in owners]),
        filled_codes(said), tuple(telemetry.labels),
    )  # fmt: skip
    _lay(panel, telemetry, families, (moment, series, window, unit))
    return panel


def _bounded(windows: int, units: int, width: float) -> None:
    """Refuse what cannot be held: one sample of a wrong year makes a million windows."""
    if windows * units > MOST_CELLS:
        raise MillwrightError(
            f"{windows} windows of {width:g} s and {units} devices are too many to hold",
            hint="take a shorter time, say --window, or look for a sample with a wrong time",
        )


def _width(moment: Numbers, series: Codes, wanted: float | None) -> float:
    if wanted is not None:
        return wanted
    order = np.lexsort((moment, series))
    steps = np.diff(moment[order])[np.diff(series[order]) == 0]
    steps = steps[steps > 0]
    cadence = float(np.median(steps)) if len(steps) else MINUTE_S
    cadence = max(1.0, round(cadence))
    span = float(moment.max() - moment.min())
    minute = max(MINUTE_S, cadence)
    return minute if span >= (LEAST_WINDOWS - 1) * minute else max(cadence, 1.0)


def _lay(
    panel: Panel,
    telemetry: Telemetry,
    families: Mapping[str, EvidenceFamily],
    columns: tuple[Numbers, Codes, Codes, Codes],
) -> None:
    """Add a signal for each metric; several names of one metric share it."""
    moment, series, window, unit = columns
    value = np.frombuffer(telemetry.value, dtype=np.float64)
    traits = {name: trait_of(name, families) for name in {key[2] for key in telemetry.series}}
    metrics = sorted({trait.metric for trait in traits.values()})
    metric_at = {name: at for at, name in enumerate(metrics)}
    code = np.array([metric_at[traits[name].metric] for _, _, name in telemetry.series])
    scale = np.array([traits[name].scale for _, _, name in telemetry.series])
    order = np.argsort(moment, kind="stable")
    order = order[np.argsort(code[series[order]], kind="stable")]
    edges = np.searchsorted(code[series[order]], np.arange(len(metrics) + 1))
    by_name = {trait.metric: trait for trait in traits.values()}
    for at, name in enumerate(metrics):
        rows = order[edges[at] : edges[at + 1]]
        rows = rows[np.abs(value[rows]) < _BLANK]
        if len(rows):
            held = series[rows]
            panel.signals[name] = _signal(
                by_name[name], panel.windows, window[rows], unit[held], value[rows] * scale[held]
            )


def _signal(trait: Trait, total: int, window: Codes, unit: Codes, value: Numbers) -> Signal:
    units, column = np.unique(unit, return_inverse=True)
    cells = total * len(units)
    flat = window * len(units) + column
    shape = total, len(units)
    last = np.full(cells, np.nan)
    last[flat] = value
    raw: Numbers = last.reshape(shape)
    if trait.cumulative and _counts_up(raw, trait):
        return Signal(trait, units, increments(raw), raw, counter=True)
    size = np.bincount(flat, minlength=cells)
    mean = np.bincount(flat, weights=value, minlength=cells) / np.maximum(size, 1)
    return Signal(trait, units, np.where(size > 0, mean, np.nan).reshape(shape), raw)


def _counts_up(raw: Numbers, trait: Trait) -> bool:
    """Return whether values only ever grow, but for resets; of strangers that must be plain."""
    steps = np.diff(filled(raw), axis=0)
    steps = steps[np.isfinite(steps)]
    if not len(steps) or (steps < 0).mean() > 0.005:
        return False
    if trait.errors or not (steps > 0).any():
        return trait.errors
    return (
        trait.known or ((steps > 0).mean() > 0.2 and len(steps) >= 50) or "_total" in trait.metric
    )


def increments(raw: Numbers) -> Numbers:
    """Return what counters grew by in each window; a reset, and what follows a gap, is a gap."""
    grown = np.full(raw.shape, np.nan)
    grown[1:] = np.diff(raw, axis=0)
    return np.asarray(np.where(grown >= 0, grown, np.nan))
