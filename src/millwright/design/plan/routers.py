"""Who routes, under which number: ASNs, loopbacks, and the two ends of every cable to a machine.

A switch has the number that its management address has among switches: growth only appends to
those, so that nothing that is derived from it moves. ASNs are private ones of 32 bits (RFC 6996),
one a leaf; spines of one pod share that of the first of them, so that no path goes up twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from millwright.design.network import SHARES, SWITCH_SHARE
from millwright.design.plan.nets import Net, Pair
from millwright.design.plan.wires import ROUTING, Box, Wire
from millwright.errors import Infeasible
from millwright.model.cluster import Device

FIRST_ASN = 4_200_000_001
SLOTS = 512
"""So many ports of a switch have addresses kept for them: 64 cages of eight lanes."""
BRIDGED = frozenset(["inband", "oob"])
"""Networks that span switches; what plugs into any other one has a link of its own."""


@dataclass(frozen=True, slots=True)
class Router:
    """A switch that routes."""

    name: str
    number: int
    asn: int
    loopback: Pair


@dataclass(frozen=True, slots=True)
class HostLink:
    """A cable from a switch to a machine that routes over it: a /31 and a /127 of their own."""

    switch: str
    wire: Wire
    net: str
    here: Pair
    there: Pair


def number_of(device: Device, oob: Net) -> int:
    """Return the number of a switch. Raises Infeasible where it has no management address."""
    for address in device.addresses:
        if address.network == "oob":
            found = ip_address(address.address)
            whole = oob.v4 if found.version == 4 and oob.v4 is not None else oob.v6
            first = SWITCH_SHARE * (whole.num_addresses // SHARES)
            return int(found) - int(whole.network_address) - first
    raise Infeasible(
        f"{device.name} has no management address",
        rule="MW-D-043",
        where="networks",
        hint="solve the design again",
    )


def routers(boxes: Mapping[str, Box], nets: Mapping[str, Net]) -> dict[str, Router]:
    """Return every switch that routes. Raises Infeasible where loopbacks do not suffice."""
    numbers = {
        name: number_of(box.device, nets["oob"])
        for name, box in boxes.items()
        if box.device.role in ROUTING
    }
    shared: dict[tuple[object, ...], int] = {}
    for name, number in numbers.items():
        group = _group(boxes[name].device)
        shared[group] = min(number, shared.get(group, number))
    return {
        name: Router(
            name,
            number,
            FIRST_ASN + shared[_group(boxes[name].device)],
            nets["loopback"].pair(number + 1),
        )
        for name, number in numbers.items()
    }


def _group(device: Device) -> tuple[object, ...]:
    """Return what is the same for switches that share an ASN; a leaf shares with nobody."""
    if device.role == "leaf":
        return (device.name,)
    return (device.fabric, device.plane, device.role, device.pod if device.role == "spine" else 0)


def host_links(
    boxes: Mapping[str, Box], known: Mapping[str, Router], nets: Mapping[str, Net]
) -> Iterator[HostLink]:
    """Yield the links to machines that have addresses of their own.

    Raises Infeasible where a switch has more ports than are kept addresses for.
    """
    for name, router in known.items():
        for wire in boxes[name].wires:
            if wire.routed or wire.fabric in BRIDGED or wire.peer.kind == "switch":
                continue
            if wire.slot >= SLOTS:
                raise Infeasible(
                    f"{name} has more ports than the {SLOTS} that are kept addresses for",
                    rule="MW-D-043",
                    where=f"fabrics.{wire.fabric}",
                    hint="a switch of at most 64 cages",
                )
            offset = 2 * (router.number * SLOTS + wire.slot)
            net = nets[wire.fabric]
            yield HostLink(name, wire, net.name, net.pair(offset), net.pair(offset + 1))
