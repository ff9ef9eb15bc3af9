"""What a larger design brings beside the recorded one: devices, racks, cables, ports taken."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.cluster import CableTable, Cluster, Device
from millwright.model.growth import Arrival, NewCable

HOSTS = ("compute", "management")


def hosts_of(cluster: Cluster) -> tuple[str, ...]:
    """Return the hosts of a design, in its order."""
    return tuple(
        device.name for device in cluster.devices if device.role in HOSTS and not device.external
    )


def computing_of(cluster: Cluster) -> tuple[str, ...]:
    """Return the hosts of a design that compute."""
    devices = cluster.devices
    return tuple(each.name for each in devices if each.role == "compute" and not each.external)


def arrivals(old: Cluster, new: Cluster, again: frozenset[str]) -> tuple[Arrival, ...]:
    """Return the devices that come; `again` are those that came before and never served."""
    known = {device.name for device in old.devices} - again
    return tuple(_arrival(device) for device in new.devices if device.name not in known)


def _arrival(device: Device) -> Arrival:
    return Arrival(
        name=device.name,
        role=device.role,
        model=device.model,
        rack=device.rack,
        u=device.u,
        addresses={each.network: each.address for each in device.addresses},
    )


def new_racks(old: Cluster, new: Cluster) -> tuple[str, ...]:
    """Return the racks that are put up."""
    known = {rack.name for rack in old.rack_units}
    return tuple(rack.name for rack in new.rack_units if rack.name not in known)


def new_cables(old: Cluster, old_cables: CableTable, cables: CableTable) -> tuple[NewCable, ...]:
    """Return the cables that come, with the port of an installed device that each takes."""
    stood = {device.name for device in old.devices}
    known = {frozenset(ends) for _, ends in _links(old_cables)}
    return tuple(
        NewCable(
            fabric=fabric,
            a=_told(ends[0]),
            b=_told(ends[1]),
            takes=next((_told(end) for end in ends if end[0] in stood), ""),
        )
        for fabric, ends in _links(cables)
        if frozenset(ends) not in known
    )


def _told(end: tuple[str, str]) -> str:
    return f"{end[0]} {end[1]}"


def _links(cables: CableTable) -> Iterator[tuple[str, tuple[tuple[str, str], tuple[str, str]]]]:
    columns = (cables.a_device, cables.a_port, cables.b_device, cables.b_port)
    for fabric, a, a_port, b, b_port in zip(cables.fabric, *columns, strict=True):
        yield fabric, ((a, a_port), (b, b_port))
