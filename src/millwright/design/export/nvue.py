"""NVUE: startup.yaml of every Ethernet switch of NVIDIA, as Cumulus Linux 5.9 to 5.14 writes it.

Cages are split lane by lane with the speed at each child; links between switches run BGP without
addresses; networks that span switches are EVPN, and machines with two links are one segment of it.
Keys are those of the user guides of these releases; no switch has read a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from millwright.design.export.frr import plain, spans, uplinks_unknown
from millwright.design.export.nvuebridge import bridged, bridging
from millwright.design.export.nvueroce import roce_settings
from millwright.design.fabrics.ports import spelled
from millwright.design.plan.plan import NetworkPlan
from millwright.design.plan.routers import HostLink
from millwright.design.plan.wires import Box, Wire
from millwright.model.exported import Data, Export, Unexportable, Unknown, head
from millwright.model.roce import TrafficClass

VENDOR = "NVIDIA"
ELECTRICAL_LANES = (("osfp", 8), ("qsfp-dd", 8), ("qsfp", 4))
"""Lanes behind a cage, by the beginning of its connector's name."""
_PORT = re.compile(r"swp[1-9][0-9]{0,2}(s[0-7])?")
OTHERS = "NVUE is NVIDIA's, and these are of another vendor"


def nvue(plan: NetworkPlan, classes: Sequence[TrafficClass]) -> Export:
    """Return `SWITCH/startup.yaml` for each switch that speaks NVUE.

    Raises Unexportable where none does, where a port's name is none of theirs, or where the table
    of traffic classes contradicts itself.
    """
    spoken = {name: box for name, box in plan.boxes.items() if box.switch.vendor == VENDOR}
    if not spoken:
        raise Unexportable("no Ethernet switch of NVIDIA is in this design")
    links: dict[str, list[HostLink]] = {name: [] for name in plan.boxes}
    for link in plan.links:
        links[link.switch].append(link)
    lossless = {plan.boxes[link.switch].device.fabric for link in plan.links}
    files = []
    for name, box in spoken.items():
        settings = _settings(plan, box, links[name])
        if box.device.fabric in lossless and name in plan.routers:
            settings["qos"] = roce_settings(classes)
        if box.device.fabric == "compute" and name in plan.routers:
            settings["router"]["adaptive-routing"] = {"enable": "on"}
        files.append(Data(f"{name}/startup.yaml", [{"set": settings}], _head(plan, name)))
    return Export("nvue", tuple(spoken), tuple(files), _unknown(plan, spoken))


def _head(plan: NetworkPlan, name: str) -> tuple[str, ...]:
    told = "For Cumulus Linux 5.9 to 5.14: nv config replace startup.yaml, then nv config apply"
    return head(f"NVUE settings of {name}", plan.factory, told, simulated=plan.simulated)


def _settings(plan: NetworkPlan, box: Box, links: list[HostLink]) -> dict[str, Any]:
    name = box.device.name
    router = plan.routers.get(name)
    interfaces = {"eth0": _management(plan, name), **_ports(box)}
    settings: dict[str, Any] = {"interface": interfaces, "system": {"hostname": name}}
    if router is not None:
        at: dict[str, Any] = {f"{router.loopback.v6}/128": {}}
        if router.loopback.v4 is not None:
            at = {f"{router.loopback.v4}/32": {}, **at}
        interfaces["lo"] = {"ip": {"address": at}, "type": "loopback"}
        for link in links:
            _address(interfaces[port(link.wire.port)], link)
        settings |= _routing(plan, box)
    if bridged(box):
        bridging(plan, box, settings)
    return settings


def port(name: str) -> str:
    """Return a port's name where it is one of theirs. Raises Unexportable."""
    if not _PORT.fullmatch(name):
        raise Unexportable(
            f"the port {name!r} is none of Cumulus Linux",
            hint="its ports are swp1, and swp1s0 where a cage is split (`port_name`)",
        )
    return name


def _management(plan: NetworkPlan, name: str) -> dict[str, Any]:
    own = next((n for n in plan.names if n.device == name and n.net == "oob"), None)
    if own is None:
        return {"ip": {"address": {"dhcp": {}}, "vrf": "mgmt"}, "type": "eth"}
    net = plan.nets["oob"]
    at: dict[str, Any] = {f"{own.at.v6}/{net.v6.prefixlen}": {}}
    if own.at.v4 is not None and net.v4 is not None:
        at = {f"{own.at.v4}/{net.v4.prefixlen}": {}, **at}
    return {"ip": {"address": at, "vrf": "mgmt"}, "type": "eth"}


def _ports(box: Box) -> dict[str, Any]:
    """Return cages and lanes: a split cage names its lanes, and is no port itself any more."""
    found: dict[str, Any] = {}
    for cage, lanes in sorted(box.split().items()):
        parent = port(spelled(box.switch.native_port_name, cage, 1))
        whole = next(
            (n for word, n in ELECTRICAL_LANES if box.switch.connector.startswith(word)), 0
        )
        mode: dict[str, Any] = {"lanes-per-port": str(whole // lanes)} if whole else {}
        found[parent] = {"link": {"breakout": {f"{lanes}x": mode}}, "type": "swp"}
    for wire in box.wires:
        if found.get(port(wire.port)) is not None:
            raise Unexportable(
                f"{box.device.name} {wire.port} is used whole and split", hint="solve again"
            )
        found[wire.port] = _port_settings(wire)
    return found


def _port_settings(wire: Wire) -> dict[str, Any]:
    return {
        "description": plain(f"{wire.peer.name} {wire.peer_port}"),
        "link": {"speed": f"{wire.gbps:g}G", "state": {"up": {}}},
        "type": "swp",
    }


def _address(interface: dict[str, Any], link: HostLink) -> None:
    at: dict[str, Any] = {f"{link.here.v6}/127": {}}
    if link.here.v4 is not None:
        at = {f"{link.here.v4}/31": {}, **at}
    interface["ip"] = {"address": at}


def _routing(plan: NetworkPlan, box: Box) -> dict[str, Any]:
    router = plan.routers[box.device.name]
    evpn = {"l2vpn-evpn": {"enable": "on"}} if spans(box) else {}
    both = {"ipv4-unicast": {"enable": "on"}, "ipv6-unicast": {"enable": "on"}, **evpn}
    told = {
        word: {"enable": "on", "redistribute": {"connected": {"enable": "on"}}}
        for word in ("ipv4-unicast", "ipv6-unicast")
    }
    neighbors = {
        wire.port: {"peer-group": "fabric", "type": "unnumbered"}
        for wire in box.wires
        if wire.routed
    }
    bgp: dict[str, Any] = {
        "address-family": {**told, **evpn},
        "enable": "on",
        "path-selection": {"multipath": {"aspath-ignore": "on"}},
        "peer-group": {"fabric": {"address-family": both, "remote-as": "external"}},
    }
    if neighbors:
        bgp["neighbor"] = neighbors
    identity: dict[str, Any] = {"autonomous-system": router.asn, "enable": "on"}
    if router.loopback.v4 is not None:
        identity["router-id"] = str(router.loopback.v4)
    return {"router": {"bgp": identity}, "vrf": {"default": {"router": {"bgp": bgp}}}}


def _unknown(plan: NetworkPlan, spoken: dict[str, Box]) -> tuple[Unknown, ...]:
    return tuple(_told(plan, spoken))


def _told(plan: NetworkPlan, spoken: dict[str, Box]) -> Iterator[Unknown]:
    yield from uplinks_unknown(plan)
    others = tuple(name for name in plan.boxes if name not in spoken)
    if others:
        yield Unknown("settings", others, OTHERS, "see the FRR export for their routes")
    means = "users, keys, time, logs and the way out of the management network are the site's"
    yield Unknown("base settings", tuple(spoken), means, "keep yours beside these: nv config patch")
