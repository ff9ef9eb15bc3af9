"""Takes out of each metric what its peers share: what is left is a device's own, or a node's own.

Devices of a node do the same work at the same time, so that a device is first held against its
siblings, and what remains against the same slot of other nodes. A node is held against the nodes
of its group by the median of its devices. What all nodes' devices of one slot share is the rail's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from millwright.manage.detect.arrays import (
    Codes,
    Mask,
    Numbers,
    gathered,
    middle,
    seats_of,
)
from millwright.manage.detect.panel import Panel, Signal
from millwright.manage.detect.peers import FEW_PEERS, LEAST_PEERS, peers_of
from millwright.manage.detect.state import State
from millwright.manage.detect.traits import Trait

LEAST_SIBLINGS = 4
_DECADES = 1e4
_FIRST = 20
Level = Literal["device", "node"]


@dataclass(frozen=True, slots=True)
class Layer:
    """One metric's own part. `own` is a share (or in the unit), by window and column; NaN is
    not judged.

    `units` are the columns' units; of a node's column its first device. `peers` counts those it
    was held against; below three, `own` is only the series itself. `told` is the value in the
    metric's unit, `group` the group by window.
    """

    level: Level
    trait: Trait
    units: Codes
    own: Numbers
    peers: Codes
    told: Numbers
    group: Codes
    counter: bool


def layers_of(panel: Panel, state: State, signal: Signal) -> list[Layer]:
    """Return the layers of one metric: its devices, and its nodes where they have siblings."""
    group = state.group[:, signal.units]
    parts = _parts(panel, signal.units)
    group = group * (int(parts.max(initial=0)) + 1) + parts
    usable = _usable(panel, state, signal)
    told = np.where(usable, signal.values, np.nan)
    values = _comparable(told, signal)
    node = panel.unit_node[signal.units]
    present = np.unique(node)
    place = np.searchsorted(present, node)
    key = place * (int(parts.max(initial=0)) + 1) + parts
    families, seat_key = np.unique(key, return_inverse=True)
    seats = seats_of(seat_key, len(families))
    size = (seats >= 0).sum(axis=1)
    if not len(size) or 2 * (size >= LEAST_SIBLINGS).sum() < len(size):
        return [_plain("device", signal, values, (group, told), signal.units)]
    inner = middle(gathered(values, seats), 2)
    first = seats[:, 0]
    devices = _siblings(panel, signal, (values, inner[:, seat_key]), (group, told))
    whole = middle(gathered(told, seats), 2)
    return [devices, _plain("node", signal, inner, (group[:, first], whole), signal.units[first])]


def _parts(panel: Panel, units: Codes) -> Codes:
    """Return a code for the kind of each unit's device: GPUs are compared with GPUs."""
    from millwright.model.measurements import part_of

    kinds = [part_of(name) for name in panel.devices]
    table = {name: at for at, name in enumerate(sorted(set(kinds)))}
    return np.array([table[name] for name in kinds])[panel.unit_device[units]]


def _usable(panel: Panel, state: State, signal: Signal) -> Mask:
    """Return where a sample may be judged: not excused, settled, and at work where that counts."""
    node = panel.unit_node[signal.units]
    fine = ~state.excused[:, node]
    if signal.trait.load or signal.trait.family == "thermal" or _follows_work(signal):
        fine &= state.busy[:, node] & ~state.unsettled[:, signal.units]
    if signal.trait.family == "thermal":
        fine &= ~state.cold[:, node]
    return np.asarray(fine)


def _follows_work(signal: Signal) -> bool:
    """Return whether events are counted all the time: then they come and rest with traffic.

    What is usually zero is judged at rest as well.
    """
    if not signal.counted:
        return False
    there = signal.values[np.isfinite(signal.values)]
    return bool(len(there)) and float(np.quantile(there, 0.75)) > 0


def _comparable(values: Numbers, signal: Signal) -> Numbers:
    """Return values on a scale where equal steps mean equal shares: logarithms where they suit.

    Counts are taken by twice their root, whose spread is one where they come by chance.
    """
    if signal.counted:
        return np.asarray(2 * np.sqrt(np.maximum(values, 0) + 0.375))
    if signal.trait.absolute:
        return values
    there = values[np.isfinite(values)]
    if len(there) and there.min() > 0 and there.max() < _DECADES * there.min():
        return np.asarray(np.log(values))
    typical = float(np.median(np.abs(there))) if len(there) else 1.0
    return np.asarray(values / (typical if typical > 0 else 1.0))


def _plain(
    level: Level, signal: Signal, values: Numbers, around: tuple[Codes, Numbers], units: Codes
) -> Layer:
    """Return values against their peers; where these are fewer than three, as they are."""
    group, told = around
    peers = peers_of(values, group)
    lone = np.isfinite(values) & (peers.count < FEW_PEERS)
    own = np.where(lone, _since_begun(values, group, lone), values - peers.median)
    # A series is held against peers or against itself, whichever it mostly can; never now and then.
    mostly = 2 * lone.sum(axis=0) > np.isfinite(values).sum(axis=0)
    own = np.where(lone == mostly[None, :], own, np.nan)
    return Layer(level, signal.trait, units, own, peers.count, told, group, signal.counted)


def _since_begun(values: Numbers, groups: Codes, lone: Mask) -> Numbers:
    """Return what has no peers against its own first windows in the same job."""
    found = np.full(values.shape, np.nan)
    for column in np.flatnonzero(lone.any(axis=0)).tolist():
        for group in np.unique(groups[lone[:, column], column]).tolist():
            rows = np.flatnonzero(lone[:, column] & (groups[:, column] == group))
            mine = values[rows, column]
            found[rows[_FIRST:], column] = (mine - np.median(mine[:_FIRST]))[_FIRST:]
    return found


def _siblings(
    panel: Panel, signal: Signal, values: tuple[Numbers, Numbers], around: tuple[Codes, Numbers]
) -> Layer:
    """Return devices against their siblings, less what their slot adds in most nodes."""
    own = values[0] - values[1]
    group, told = around
    slot = panel.unit_device[signal.units]
    # Slots are compared over all jobs: what a slot adds is the machine's, not the job's.
    places, code = np.unique(slot, return_inverse=True)
    seats = seats_of(code, len(places))
    shared = middle(gathered(own, seats), 2)
    size = np.isfinite(gathered(own, seats)).sum(axis=2)
    shift = np.where(size >= LEAST_PEERS, shared, 0.0)
    left = own - shift[:, code]
    peers = peers_of(values[0], group)
    return Layer("device", signal.trait, signal.units, left, peers.count, told, group,
                 signal.counted)  # fmt: skip
