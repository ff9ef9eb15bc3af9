"""The ports of Ethernet switches: at which speed, in which cage, and what stands behind them.

A cable list names ports and no speeds. A name that stands for one cage alone has the speed of its
switch; a lane of a split cage has the fastest speed that both ends can run at and that gives as
many lanes as the cage uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from millwright.design.fabrics.ports import negotiated, plan_at, speeds, spelled
from millwright.model.catalog import Catalog, Switch
from millwright.model.cluster import CableTable, Cluster, Device


@dataclass(frozen=True, slots=True)
class Wire:
    """One used port of a switch. `lane` counts from 0; `lanes` is 1 where the cage is whole.

    `slot` is a number of the port that no other port of the switch has, whatever is plugged.
    """

    port: str
    cage: int
    lane: int
    lanes: int
    gbps: float
    slot: int
    fabric: str
    plane: int
    rail: int
    peer: Device
    peer_port: str
    routed: bool = False
    """Whether the other end is an Ethernet switch of the same fabric that routes as well."""


@dataclass(slots=True)
class Box:
    """An Ethernet switch of the design with its used ports, in the order of its slots."""

    device: Device
    switch: Switch
    wires: list[Wire] = field(default_factory=list)

    def split(self) -> dict[int, int]:
        """Return how many lanes each split cage has."""
        return {wire.cage: wire.lanes for wire in self.wires if wire.lanes > 1}


MOST_LANES = 8
ROUTING = frozenset(["leaf", "spine", "core"])


@dataclass(frozen=True, slots=True)
class Place:
    """One meaning of a port's name."""

    cage: int
    lane: int
    lanes: int
    gbps: float


@lru_cache(maxsize=64)
def _places(switch: Switch) -> dict[str, tuple[Place, ...]]:
    """Return every meaning that a port's name can have, the fastest first."""
    found: dict[str, list[Place]] = {}
    for gbps in reversed(speeds(switch)):
        plan = plan_at(switch, gbps)
        if plan is None:
            continue
        for cage in range(1, plan.cages + 1):
            for lane in range(1, plan.lanes + 1):
                place = Place(cage, lane - 1, plan.lanes, gbps)
                found.setdefault(plan.name(cage, lane), []).append(place)
    if switch.uplink_count is not None and switch.uplink_speed_gbps is not None:
        for index in range(switch.uplink_count.value):
            cage = switch.cage_count.value + index + 1
            name = spelled(switch.uplink_port_name, cage, 1)
            found.setdefault(name, []).append(Place(cage, 0, 1, switch.uplink_speed_gbps.value))
    return {name: tuple(places) for name, places in found.items()}


End = tuple[str, str]


def boxes(cluster: Cluster, cables: CableTable, catalog: Catalog) -> dict[str, Box]:
    """Return the Ethernet switches of a design by name, with what is plugged into them."""
    devices = {device.name: device for device in cluster.devices}
    found: dict[str, Box] = {}
    for device in cluster.devices:
        switch = catalog.switches.get(device.model) if device.kind == "switch" else None
        if switch is not None and switch.protocol == "ethernet":
            found[device.name] = Box(device, switch)
    for row, a, b in _rows(cables):
        for (name, port), (peer, peer_port) in ((a, b), (b, a)):
            box = found.get(name)
            if box is None or port not in _places(box.switch):
                continue
            there = devices[peer]
            offered = _offered(found.get(peer), there, peer_port, catalog)
            place = _meant(box.switch, port, offered)
            box.wires.append(_wire(cables, row, (port, place), (there, peer_port), found))
    for box in found.values():
        box.wires = _settled(box)
    return found


def _rows(cables: CableTable) -> Iterator[tuple[int, End, End]]:
    ends = zip(cables.a_device, cables.a_port, cables.b_device, cables.b_port, strict=True)
    for row, (a, a_port, b, b_port) in enumerate(ends):
        yield row, (a, a_port), (b, b_port)


def _offered(
    box: Box | None, device: Device, port: str, catalog: Catalog
) -> tuple[float, ...] | None:
    """Return the speeds of the other end, or None where nobody knows them."""
    if box is not None and port in _places(box.switch):
        return tuple(place.gbps for place in _places(box.switch)[port])
    machine = catalog.servers.get(device.model) or catalog.appliances.get(device.model)
    if machine is None:
        return None
    return tuple(each.speed_gbps for each in machine.ports if each.name == port) or None


def _meant(switch: Switch, port: str, offered: tuple[float, ...] | None) -> Place:
    places = _places(switch)[port]
    if offered is None:
        return places[0]
    both = [place for place in places if place.gbps in offered]
    if both:
        return both[0]
    wanted = negotiated(switch, max(offered)).gbps
    return next((place for place in places if place.gbps <= wanted), places[-1])


def _wire(
    cables: CableTable,
    row: int,
    own: tuple[str, Place],
    other: End | tuple[Device, str],
    found: dict[str, Box],
) -> Wire:
    (port, place), (peer, peer_port) = own, other
    assert isinstance(peer, Device)
    there = found.get(peer.name)
    fabric = cables.fabric[row]
    routed = (
        there is not None
        and peer.role in ROUTING
        and peer.fabric == fabric
        and peer_port in _places(there.switch)
    )
    return Wire(
        port=port,
        cage=place.cage,
        lane=place.lane,
        lanes=place.lanes,
        gbps=place.gbps,
        slot=(place.cage - 1) * MOST_LANES + place.lane,
        fabric=fabric,
        plane=cables.plane[row],
        rail=cables.rail[row],
        peer=peer,
        peer_port=peer_port,
        routed=routed,
    )


def _settled(box: Box) -> list[Wire]:
    """Give all lanes of a cage one way of splitting: as many lanes as its highest one needs."""
    lanes: dict[int, int] = {}
    for wire in box.wires:
        lanes[wire.cage] = max(lanes.get(wire.cage, 1), wire.lanes, wire.lane + 1)
    told = []
    for wire in box.wires:
        fitting = [p for p in _places(box.switch)[wire.port] if p.lanes >= lanes[wire.cage]]
        place = fitting[0] if fitting else None
        if place is not None and place.lanes != wire.lanes:
            wire = replace(wire, lanes=place.lanes, gbps=place.gbps)
        told.append(wire)
    return sorted(told, key=lambda wire: (wire.slot, wire.port))
