"""What many have in common is nobody's fault: racks, leaves, rails, feeds are named once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.manage.detect.alarms import Alarm
from millwright.manage.detect.panel import Panel

AXES = ("rack", "row", "pdu", "cdu", "leaf", "rail", "pod", "group")
_TOGETHER_S = 1200.0
_LEAST = 3
_SHARE = 0.6
_OUTSIDE = 0.25
Axes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Places:
    """Where nodes stand (rack, pdu, ...) and devices hang (leaf, rail), as far as known."""

    nodes: Mapping[str, Axes]
    devices: Mapping[tuple[str, str], Axes]


@dataclass(frozen=True, slots=True)
class Cause:
    """A group of which most members left their level together, in one family."""

    axis: str
    name: str
    family: str
    alarms: tuple[Alarm, ...]
    nodes: tuple[int, ...]


def groups_of(panel: Panel, places: Places) -> dict[tuple[str, str], set[tuple[int, int]]]:
    """Return members (node, device or -1) of every group: by places, by labels, by rails.

    Devices of one name in all nodes are one rail.
    """
    found: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for unit in range(len(panel.unit_node)):
        node, device = int(panel.unit_node[unit]), int(panel.unit_device[unit])
        name = panel.nodes[node]
        said = dict(panel.labels[int(panel.said[-1, unit])]) if panel.said[-1, unit] >= 0 else {}
        axes = {**places.nodes.get(name, {}), **{k: v for k, v in said.items() if k in AXES}}
        for axis, group in axes.items():
            per_device = axis in ("leaf", "rail")
            found.setdefault((axis, group), set()).add((node, device if per_device else -1))
        own = places.devices.get((name, panel.devices[device]), {})
        for axis, group in own.items():
            found.setdefault((axis, group), set()).add((node, device))
        if panel.devices[device]:
            found.setdefault(("rail", panel.devices[device]), set()).add((node, device))
    return found


def causes_of(panel: Panel, places: Places, alarms: Sequence[Alarm]) -> list[Cause]:
    """Return groups that explain their members' alarms, the largest first; each alarm once."""
    if not alarms:
        return []
    groups = groups_of(panel, places)
    left = list(alarms)
    found: list[Cause] = []
    ordered = sorted(groups.items(), key=lambda each: (-len(each[1]), each[0]))
    for (axis, name), members in ordered:
        if len(members) < _LEAST:
            continue
        for family in sorted({alarm.trait.family for alarm in left}):
            mine = [a for a in left if a.trait.family == family and _belongs(panel, a, members)]
            cause = _cause(panel, (axis, name, family), mine, (members, left))
            if cause is not None:
                found.append(cause)
                left = [alarm for alarm in left if not any(alarm is each for each in mine)]
    return found


def _belongs(panel: Panel, alarm: Alarm, members: set[tuple[int, int]]) -> bool:
    node = int(panel.unit_node[alarm.unit])
    if (node, -1) in members:
        return True
    return alarm.level == "device" and (node, int(panel.unit_device[alarm.unit])) in members


def _cause(
    panel: Panel,
    named: tuple[str, str, str],
    mine: list[Alarm],
    among: tuple[set[tuple[int, int]], list[Alarm]],
) -> Cause | None:
    members, everybody = among
    axis, name, family = named
    near = _together(panel, [alarm for alarm in mine if alarm.rule != "fact"])
    nodes = {int(panel.unit_node[alarm.unit]) for alarm in near}
    of = {node for node, _ in members}
    if len(nodes) < max(_LEAST, _SHARE * len(of)):
        return None
    others = {
        int(panel.unit_node[alarm.unit]) for alarm in everybody if alarm.trait.family == family
    } - of
    if len(others) > _OUTSIDE * max(len(panel.nodes) - len(of), 1):
        return None
    return Cause(axis, name, family, tuple(mine), tuple(sorted(nodes)))


def _together(panel: Panel, alarms: list[Alarm]) -> list[Alarm]:
    """Return those that began at about the time at which most did."""
    if not alarms:
        return []
    begins = sorted(alarm.begin for alarm in alarms)
    middle = begins[len(begins) // 2]
    reach = panel.windows_of(_TOGETHER_S)
    return [alarm for alarm in alarms if abs(alarm.begin - middle) <= reach]
