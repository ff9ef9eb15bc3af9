"""Once something is noticed, the other families are asked: do they say the same?

A family that alone would not have been believed may support one that was; it was asked one
question, not thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from millwright.manage.detect.alarms import Alarm, Seen, alarm_of
from millwright.manage.detect.panel import Panel
from millwright.manage.detect.tested import Tested
from millwright.model.detection import Rule

_Z = 4.0
_LEAST_SHARE = 0.5
_LOOK = 20


@dataclass(frozen=True, slots=True)
class Index:
    """Where a unit or a node stands in each layer that was tested."""

    columns: tuple[dict[int, list[int]], ...]


def index_of(panel: Panel, layers: Sequence[Tested]) -> Index:
    """Return for each layer its columns by node."""
    found = []
    for each in layers:
        columns: dict[int, list[int]] = {}
        for at, node in enumerate(panel.unit_node[each.layer.units].tolist()):
            columns.setdefault(node, []).append(at)
        found.append(columns)
    return Index(tuple(found))


def supporting(panel: Panel, layers: Sequence[Tested], index: Index, alarm: Alarm) -> list[Alarm]:
    """Return what metrics of other families say at the same device, or its node, at that time."""
    node = int(panel.unit_node[alarm.unit])
    found = []
    for each, columns in zip(layers, index.columns, strict=True):
        layer = each.layer
        if layer.trait.family == alarm.trait.family or each.apart:
            continue
        for column in columns.get(node, ()):
            if layer.level == "device" and int(layer.units[column]) != alarm.unit:
                continue
            seen = _seen(each, column, alarm)
            if seen is not None:
                found.append(alarm_of(layer, seen))
    return found


def _seen(each: Tested, column: int, alarm: Alarm) -> Seen | None:
    end = alarm.end if alarm.end >= 0 else len(each.layer.own)
    begin = alarm.begin + 1 if alarm.end < 0 or alarm.end > alarm.begin + 2 else alarm.begin
    after = each.layer.own[begin : min(end, max(alarm.at + 5, begin + _LOOK)), column]
    after = after[np.isfinite(after)]
    level = float(each.changes.level[column])
    past = alarm.rule == "history" and not np.isnan(level)
    scale = float(each.changes.sigma[column]) if past else each.standing.scale
    lasting = float(np.sqrt(len(after))) if past else 1.0
    level = level if past else 0.0
    if len(after) < min(3, len(each.layer.own)) or not scale > 0:
        return None
    shift = float(np.median(after)) - level
    worse = each.wanted.worse
    z = (abs(shift) if worse == 0 else worse * shift) / scale * lasting
    if z < _Z or abs(shift) < _LEAST_SHARE * each.wanted.change:
        return None
    rule: Rule = "history" if past else "peers"
    return Seen(column, rule, alarm.begin, alarm.at, shift, float(z), level)
