"""What waits from the day its holder comes until a stage takes it: ports, units, floor, feeds,
addresses.

A thing is reserved where a later stage uses it and everything around it stands before: nothing is
listed that no stage takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from millwright.design.solve import Design
from millwright.design.stages.compared import End, Row
from millwright.model.cluster import Cluster, Device, RackUnit
from millwright.model.stages import Reserved


@dataclass(slots=True)
class Since:
    """With which stage each device and each rack came, and which was the last that used a port;
    networks are there from day one."""

    devices: dict[str, int] = field(default_factory=dict)
    racks: dict[str, int] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    used: dict[End, int] = field(default_factory=dict)

    def came(self, stage: int, design: Design) -> None:
        """Note what comes with a stage."""
        cluster, cables = design.cluster, design.cables
        self.used.update(dict.fromkeys(zip(cables.a_device, cables.a_port, strict=True), stage))
        self.used.update(dict.fromkeys(zip(cables.b_device, cables.b_port, strict=True), stage))
        for device in cluster.devices:
            self.devices.setdefault(device.name, stage)
            fabric = f" {device.fabric}" if device.fabric else ""
            self.roles[device.name] = f"{device.role}{fabric}"
        for rack in cluster.rack_units:
            self.racks.setdefault(rack.name, stage)


def taken(since: Since, stage: int, new: Design, new_cables: Sequence[Row]) -> tuple[Reserved, ...]:
    """Return what a stage takes of what was kept for it. `since` knows all stages before."""
    racks = {rack.name: rack for rack in new.cluster.rack_units}
    fresh = [device for device in new.cluster.devices if device.name not in since.devices]
    return (
        *_ports(since, stage, new_cables),
        *_units(since, stage, fresh, racks),
        *_positions(since, stage, racks.values()),
        *_circuits(since, stage, new.cluster, fresh),
        *_addresses(stage, fresh),
    )


def _ports(since: Since, stage: int, new_cables: Sequence[Row]) -> Iterator[Reserved]:
    """Yield ports of what stands that a new cable takes; one that a cable leaves at this very
    stage was not kept free, and is told as a move."""
    for row in new_cables:
        for end, other in ((row.a, row.b), (row.b, row.a)):
            came = since.devices.get(end[0])
            free = max(came or 0, since.used.get(end, -1) + 1)
            if came is not None and free < stage:
                role = since.roles[end[0]]
                yield Reserved("port", end[0], end[1], role, free, stage, " ".join(other))


def _units(
    since: Since, stage: int, fresh: Sequence[Device], racks: Mapping[str, RackUnit]
) -> Iterator[Reserved]:
    for device in fresh:
        came = since.racks.get(device.rack or "")
        if came is None or device.u is None or device.rack is None:
            continue
        top = device.u + device.height_u - 1
        name = f"U{device.u}" if top == device.u else f"U{device.u}-{top}"
        kind = racks[device.rack].kind
        yield Reserved("rack units", device.rack, name, kind, came, stage, device.name)


def _positions(since: Since, stage: int, racks: Iterable[RackUnit]) -> Iterator[Reserved]:
    for rack in racks:
        if rack.name not in since.racks and rack.row is not None:
            row, at = f"row {rack.row}", f"position {rack.position}"
            yield Reserved("floor position", row, at, rack.kind, 0, stage, rack.name)


def _circuits(
    since: Since, stage: int, cluster: Cluster, fresh: Sequence[Device]
) -> Iterator[Reserved]:
    """Yield one breaker for each PDU that comes; PDUs hang on the feeds in turn."""
    loads = {rack.name: rack.load for rack in cluster.rack_units}
    feeds = cluster.power.feeds or 1
    counts: dict[str, int] = {}
    for device in fresh:
        load = loads.get(device.rack or "")
        if device.kind != "pdu" or device.rack is None or load is None:
            continue
        number = counts.get(device.rack, 0)
        counts[device.rack] = number + 1
        limit = f"{load.circuit_limit_kw:g} kW" if load.circuit_limit_kw is not None else ""
        feed = f"feed {chr(ord('A') + number % feeds)}"
        yield Reserved("circuit", feed, limit or "breaker", device.rack, 0, stage, device.name)


def _addresses(stage: int, fresh: Sequence[Device]) -> Iterator[Reserved]:
    for device in fresh:
        for address in device.addresses:
            yield Reserved(
                "address", address.network, address.address, device.role, 0, stage,
                f"{device.name} {address.port}",
            )  # fmt: skip
