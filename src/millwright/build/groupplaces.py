"""Where nodes that fail together stand: their leaves and racks, and what then lies between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from millwright.model.cluster import CableTable, Device
from millwright.model.nodeset import folded

FABRIC = "compute"


@dataclass(frozen=True, slots=True)
class FabricPlaces:
    """The leaves of the compute fabric that each node hangs on, and its rack."""

    leaves: Mapping[str, frozenset[str]] = field(default_factory=dict)
    racks: Mapping[str, str] = field(default_factory=dict)


def places_of(cables: CableTable, devices: Sequence[Device]) -> FabricPlaces:
    """Return where the design's nodes hang and stand."""
    leaves: dict[str, set[str]] = {}
    is_leaf = {device.name for device in devices if device.role == "leaf"}
    ends = zip(cables.fabric, cables.a_device, cables.b_device, strict=True)
    for fabric, node, leaf in ends:
        if fabric == FABRIC and leaf in is_leaf:
            leaves.setdefault(node, set()).add(leaf)
    racks = {device.name: device.rack for device in devices if device.rack}
    return FabricPlaces({node: frozenset(own) for node, own in leaves.items()}, racks)


def together_at(places: FabricPlaces, nodes: Sequence[str]) -> str:
    """Return in words what a node hangs on, or what lies between several; nothing where unknown."""
    hang = {places.leaves.get(node, frozenset[str]()) for node in nodes}
    if frozenset() in hang:
        return ""
    if len(nodes) == 1:
        return f"at {folded(next(iter(hang)))}"
    if len(hang) == 1:
        return f"all hang on {folded(next(iter(hang)))}: their own cables, or ports of these"
    told = " and ".join(folded(each) for each in sorted(hang, key=sorted))
    return f"between {told}: their cables to other switches, or what these lead to"


def shared(places: FabricPlaces, faulty: Sequence[str], suspects: Sequence[str]) -> str:
    """Return the leaf or rack that holds all faulty nodes and no healthy suspect, in words.

    One node has everything to itself: nothing is told of fewer than two.
    """
    healthy = [node for node in suspects if node not in faulty]
    if len(faulty) < 2 or not healthy:
        return ""
    leaves = frozenset.intersection(*(places.leaves.get(n, frozenset()) for n in faulty))
    own = leaves.difference(*(places.leaves.get(node, frozenset()) for node in healthy))
    racks = {places.racks.get(node, "") for node in faulty}
    beside = {places.racks.get(node, "") for node in healthy}
    told = [f"leaf {folded(own)}"] if own else []
    told += [f"rack {next(iter(racks))}"] if len(racks) == 1 and not racks & {"", *beside} else []
    if not told:
        return ""
    return f"all that are faulty, and no healthy suspect, are at {' and '.join(told)}: rather that"
