"""Where nodes and devices stand: rack, PDU, leaf, rail, slot, by what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from millwright.model.measurements import Measurements

Axes = Mapping[str, str]
Groups = Mapping[str, Mapping[str, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Places:
    """`nodes` by node, `devices` by node and device: axis (`rack`, `leaf`, ...) and group."""

    nodes: Mapping[str, Axes] = field(default_factory=dict)
    devices: Mapping[tuple[str, str], Axes] = field(default_factory=dict)

    def of(self, node: str, device: str) -> dict[str, str]:
        """Return what is known of a device, or of a whole node where it has no name."""
        found = dict(self.nodes.get(node, {}))
        if device:
            found |= self.devices.get((node, device), {})
            found.setdefault("slot", device)
        return found


def with_rows(places: Places, columns: Measurements) -> Places:
    """Return the places with what rows say of themselves; what is given from outside wins."""
    nodes = {node: dict(axes) for node, axes in places.nodes.items()}
    devices = {at: dict(axes) for at, axes in places.devices.items()}
    said = {
        (columns.nodes[node], columns.devices[device]): pairs
        for (node, device), pairs in columns.places.items()
    }
    for (name, part), pairs in sorted(said.items(), key=lambda each: each[0]):
        for axis, group in pairs:
            if axis in ("rack", "pdu", "row", "pod", "cdu", "u") or not part:
                nodes.setdefault(name, {}).setdefault(axis, str(group))
            else:
                devices.setdefault((name, part), {}).setdefault(axis, str(group))
    return Places(nodes, devices)


def axis_groups(places: Places, who: Sequence[tuple[str, str]]) -> Groups:
    """Return for each axis its groups, as places in `who`: nodes with a device, or without."""
    found: dict[str, dict[str, list[int]]] = {}
    for at, (node, device) in enumerate(who):
        if device and node not in places.nodes and (node, device) not in places.devices:
            found.setdefault("slot", {}).setdefault(device, []).append(at)
            continue
        for axis, group in places.of(node, device).items():
            if axis != "u":
                found.setdefault(axis, {}).setdefault(group, []).append(at)
    return found
