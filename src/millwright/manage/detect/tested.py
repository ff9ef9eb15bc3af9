"""Tries all rules on one layer of one metric, and remembers what healthy looks like there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from millwright.manage.detect.alarms import Alarm, Seen, alarm_of
from millwright.manage.detect.arrays import Mask, Numbers
from millwright.manage.detect.changes import Changes, Wanted, changes
from millwright.manage.detect.layers import Layer
from millwright.manage.detect.panel import Panel
from millwright.manage.detect.peers import FEW_PEERS
from millwright.manage.detect.standing import Standing, standing

_COUNT_CHANGE, _COUNT_FLOOR = 1.5, 0.7
_LONE_CHANGE = 3.0
_MOSTLY = 0.5
_MOST_CHANGED = 0.3
Accepted = Mapping[tuple[str, str, str], float]
"""What a node's device ("" for the node) was accepted with, by node, device and metric."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often a rule may err: `chance` per series and run, `arl` in windows."""

    chance: float
    arl: float


@dataclass(frozen=True, slots=True)
class Tested:
    """A layer after its trial: who changed, who stands apart, and all alarms of it.

    `apart` is true where so many changed at once that the rule itself is in doubt there; `lone` are
    columns that mostly had no peers.
    """

    layer: Layer
    wanted: Wanted
    changes: Changes
    standing: Standing
    alarms: tuple[Alarm, ...]
    apart: bool
    lone: Mask


def tested(panel: Panel, layer: Layer, bounds: Bounds, accepted: Accepted) -> Tested:
    """Return what all rules say of a layer. A series with a change is not told of its peers too."""
    trait = layer.trait
    change, floor = (_COUNT_CHANGE, _COUNT_FLOOR) if layer.counter else (trait.change, trait.floor)
    wanted = Wanted(trait.worse, change, floor, bounds.chance, bounds.arl, panel.window_s)
    lone = _lone(layer)
    moved = changes(layer.own, wanted)
    apart = standing(layer, change, floor)
    seen = list(_changed(layer, moved, change, lone))
    many = len(seen) > max(3.0, _MOST_CHANGED * layer.own.shape[1])
    seen = [] if many else seen
    columns = {each.column for each in seen}
    seen += [each for each in apart.seen if each.column not in columns]
    columns = {each.column for each in seen}
    seen += [e for e in _below(panel, layer, wanted, accepted) if e.column not in columns]
    alarms = tuple(alarm_of(layer, each) for each in sorted(seen, key=lambda each: each.column))
    return Tested(layer, wanted, moved, apart, alarms, many or apart.apart, lone > _MOSTLY)


def _lone(layer: Layer) -> Numbers:
    """Return for each column the share of its windows in which it had fewer than three peers."""
    there = np.isfinite(layer.own)
    few = there & (layer.peers < FEW_PEERS)
    return np.asarray(few.sum(axis=0) / np.maximum(there.sum(axis=0), 1))


def _changed(layer: Layer, moved: Changes, change: float, lone: Numbers) -> list[Seen]:
    """Return who changed; without peers only by thrice as much: nothing common is taken out."""
    found = []
    for column in np.flatnonzero(moved.at >= 0).tolist():
        if lone[column] > _MOSTLY and abs(moved.shift[column]) < _LONE_CHANGE * change:
            continue
        found.append(
            Seen(column, "history", int(moved.begin[column]), int(moved.at[column]),
                 float(moved.shift[column]), float(moved.score[column]),
                 float(moved.level[column]))
        )  # fmt: skip
    return found


def _below(panel: Panel, layer: Layer, wanted: Wanted, accepted: Accepted) -> list[Seen]:
    """Return who lasts below what it was accepted with, by the same sums over log(value/accepted).

    Only by twice the change that peers are watched for: load and room differ from those then.
    """
    known = _accepted(panel, layer, accepted)
    columns = np.flatnonzero(known > 0)
    if not len(columns):
        return []
    share = np.log(np.maximum(layer.told[:, columns], 1e-12) / known[columns])
    moved = changes(share, replace(wanted, change=2 * wanted.change), np.zeros(len(columns)))
    return [
        Seen(int(columns[at]), "acceptance", int(moved.begin[at]), int(moved.at[at]),
             float(moved.shift[at]), float(moved.score[at]))
        for at in np.flatnonzero(moved.at >= 0).tolist()
    ]  # fmt: skip


def _accepted(panel: Panel, layer: Layer, accepted: Accepted) -> Numbers:
    """Return what columns were accepted with, in the metric's unit; NaN where nobody knows."""
    found = np.full(len(layer.units), np.nan)
    for at, unit in enumerate(layer.units.tolist() if accepted else ()):
        device = panel.devices[panel.unit_device[unit]] if layer.level == "device" else ""
        key = panel.nodes[panel.unit_node[unit]], device, layer.trait.metric
        found[at] = accepted.get(key, np.nan)
    return found
