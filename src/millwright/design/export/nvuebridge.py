"""Networks that span switches, in NVUE: one bridge, EVPN between the in-band switches, and a bond
for whoever has two links.

A machine that is plugged into two switches is one Ethernet segment. Its number is the place that
it has in the network, so that both switches come to the same one by themselves.
"""

from __future__ import annotations

from typing import Any

from millwright.design.export.frr import plain, spans
from millwright.design.plan.plan import NetworkPlan
from millwright.design.plan.routers import BRIDGED
from millwright.design.plan.wires import Box, Wire
from millwright.model.cluster import Device

BRIDGE = "br_default"
SEGMENT_MAC = {"inband": "02:00:00:00:00:01", "oob": "02:00:00:00:00:02"}
"""A locally administered address for each network's segments: their numbers count by themselves."""


def bridged(box: Box) -> bool:
    """Return whether a switch has ports in a network that spans switches."""
    return any(_is_member(wire) for wire in box.wires) or box.device.role == "access"


def _is_member(wire: Wire) -> bool:
    outside = wire.peer.role == "network-uplink"
    return wire.fabric in BRIDGED and not wire.routed and not outside


def bridging(plan: NetworkPlan, box: Box, settings: dict[str, Any]) -> None:
    """Add the bridge, its members and, where the switch routes, EVPN to a switch's settings."""
    interfaces = settings["interface"]
    used: set[str] = set()
    for (peer, fabric), wires in _by_peer(box).items():
        used.add(fabric)
        vlan = plan.nets[fabric].vlan
        member = {"domain": {BRIDGE: {"access": vlan}}}
        segment = _segment(plan, box, wires[0], peer, fabric)
        if segment is None and len(wires) == 1:
            interfaces[wires[0].port]["bridge"] = member
            continue
        interfaces[f"bond{wires[0].slot + 1}"] = {
            "bond": {"member": {wire.port: {} for wire in wires}, "mode": "lacp"},
            "bridge": member,
            "description": plain(peer),
            **({"evpn": {"multihoming": {"segment": segment}}} if segment else {}),
            "type": "bond",
        }
    vlans = sorted(vlan for vlan in (plan.nets[name].vlan for name in used) if vlan is not None)
    routes = box.device.name in plan.routers
    domain: dict[str, Any] = {
        str(v): {"vni": {str(v): {}}} if routes and spans(box) else {} for v in vlans
    }
    settings["bridge"] = {"domain": {BRIDGE: {"vlan": domain}}}
    if routes and spans(box):
        _evpn(plan, box, settings)


def _by_peer(box: Box) -> dict[tuple[str, str], list[Wire]]:
    """Return the ports of one machine in one network together; an access switch's uplinks are one
    bond, whomever they lead to."""
    found: dict[tuple[str, str], list[Wire]] = {}
    for wire in box.wires:
        if _is_member(wire):
            up = box.device.role == "access" and wire.peer.fabric == "inband"
            up = up and wire.peer_port != "mgmt0" and wire.peer.kind == "switch"
            peer = "uplinks" if up else wire.peer.name
            found.setdefault((peer, wire.fabric), []).append(wire)
    return found


def _segment(
    plan: NetworkPlan, box: Box, wire: Wire, peer: str, fabric: str
) -> dict[str, Any] | None:
    """Return the segment of a machine with links to several switches, else None."""
    if box.device.name not in plan.routers or _switches(plan, peer, fabric) < 2:
        return None
    return {
        "enable": "on",
        "local-id": _number(plan, wire.peer, fabric),
        "mac-address": SEGMENT_MAC[fabric],
    }


def _switches(plan: NetworkPlan, peer: str, fabric: str) -> int:
    return plan.attached.get((peer, fabric), 0)


def _number(plan: NetworkPlan, device: Device, fabric: str) -> int:
    """Return the host part of a machine's address, from 1; the site's own count from the top."""
    net = plan.nets[fabric]
    for address in device.addresses:
        if address.network == fabric:
            at = net.like(address.address)
            return int(at.v6) - int(net.v6.network_address) + 1
    return (1 << 23) + plan.strangers.index(device.name)


def _evpn(plan: NetworkPlan, box: Box, settings: dict[str, Any]) -> None:
    router = plan.routers[box.device.name]
    settings["evpn"] = {"enable": "on", "multihoming": {"enable": "on"}}
    source = {"address": str(router.loopback.v4 or router.loopback.v6)}
    settings["nve"] = {"vxlan": {"arp-nd-suppress": "on", "enable": "on", "source": source}}
    for wire in box.wires:
        if wire.routed and wire.peer.role != "leaf":
            uplink = {"multihoming": {"uplink": "on"}}
            settings["interface"][wire.port]["evpn"] = uplink
