"""FRRouting: frr.conf of every switch that routes, with BGP over unnumbered links.

Peers are whoever is at the other end of a cable (`remote-as external`); only addresses of the plan
are told on. In-band switches carry EVPN beside it, since their networks span them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from millwright.design.plan.nets import Pair
from millwright.design.plan.plan import NetworkPlan
from millwright.design.plan.routers import HostLink, Router
from millwright.design.plan.wires import Box, Wire
from millwright.model.exported import Export, Lines, Unexportable, Unknown, head

STATE = "in the form that FRR 8.4 reads; no switch was configured with it"
GROUP = "fabric"
PATHS = 64
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,14}")
_PLAIN = re.compile(r"[^A-Za-z0-9 ._/:()-]")


def frr(plan: NetworkPlan) -> Export:
    """Return `SWITCH/frr.conf` for each switch that routes.

    Raises Unexportable where none does, or a port's name is none that an interface can have.
    """
    if not plan.routers:
        raise Unexportable(
            "no switch of this design routes", hint="InfiniBand fabrics have no routers"
        )
    links: dict[str, list[HostLink]] = {name: [] for name in plan.routers}
    for link in plan.links:
        links[link.switch].append(link)
    files = tuple(
        Lines(f"{name}/frr.conf", tuple(_conf(plan, router, links[name])))
        for name, router in plan.routers.items()
    )
    return Export("frr", tuple(plan.routers), files, _unknown(plan), STATE)


def interface(port: str) -> str:
    """Return a port's name where it can be an interface's. Raises Unexportable."""
    if not _INTERFACE.fullmatch(port):
        raise Unexportable(
            f"the port {port!r} is no interface", hint="give the switch a `port_name` like swp1"
        )
    return port


def plain(text: str) -> str:
    """Return a remark: letters, digits and a few signs, whatever a name held."""
    return _PLAIN.sub("_", text)[:200]


def spans(box: Box) -> bool:
    """Return whether a switch carries networks that span switches."""
    return box.device.fabric == "inband"


def _conf(plan: NetworkPlan, router: Router, links: list[HostLink]) -> Iterator[str]:
    box = plan.boxes[router.name]
    for line in head("Routes", plan.factory, simulated=plan.simulated, state=STATE):
        yield f"! {line}"
    yield from ("frr version 8.4", "frr defaults datacenter", f"hostname {router.name}")
    yield from ("log syslog informational", "service integrated-vtysh-config", "!")
    yield from _planned(plan)
    yield from _interface("lo", "", (32, 128), router.loopback)
    for link in links:
        told = f"{link.wire.peer.name} {link.wire.peer_port}"
        yield from _interface(link.wire.port, told, (31, 127), link.here)
    peers = [wire for wire in box.wires if wire.routed]
    for wire in peers:
        yield from _interface(wire.port, f"{wire.peer.name} {wire.peer_port}", (), None)
    yield from _bgp(router, peers, evpn=spans(box))
    yield "end"


def _planned(plan: NetworkPlan) -> Iterator[str]:
    """Yield what may be told on: addresses of the plan alone."""
    ours = [net for name, net in plan.nets.items() if name not in ("inband", "oob")]
    for number, net in enumerate((net for net in ours if net.v4 is not None), start=1):
        yield f"ip prefix-list PLANNED4 seq {5 * number} permit {net.v4} le 32"
    for number, net in enumerate(ours, start=1):
        yield f"ipv6 prefix-list PLANNED6 seq {5 * number} permit {net.v6} le 128"
    for version, word in ((4, "ip"), (6, "ipv6")):
        yield "!"
        yield f"route-map PLANNED{version} permit 10"
        yield f" match {word} address prefix-list PLANNED{version}"
        yield "exit"
    yield "!"


def _interface(
    port: str, told: str, lengths: tuple[int, int] | tuple[()], at: Pair | None
) -> Iterator[str]:
    yield f"interface {interface(port)}"
    if told:
        yield f" description {plain(told)}"
    if at is not None and lengths:
        if at.v4 is not None:
            yield f" ip address {at.v4}/{lengths[0]}"
        yield f" ipv6 address {at.v6}/{lengths[1]}"
    yield from ("exit", "!")


def _bgp(router: Router, peers: list[Wire], *, evpn: bool) -> Iterator[str]:
    yield f"router bgp {router.asn}"
    if router.loopback.v4 is not None:
        yield f" bgp router-id {router.loopback.v4}"
    yield " bgp bestpath as-path multipath-relax"
    yield f" neighbor {GROUP} peer-group"
    yield f" neighbor {GROUP} remote-as external"
    for wire in peers:
        yield f" neighbor {interface(wire.port)} interface peer-group {GROUP}"
    for word, version in (("ipv4", 4), ("ipv6", 6)):
        yield from (" !", f" address-family {word} unicast")
        if version == 6:
            yield f"  neighbor {GROUP} activate"
        yield f"  redistribute connected route-map PLANNED{version}"
        yield f"  maximum-paths {PATHS}"
        yield " exit-address-family"
    if evpn:
        yield from (" !", " address-family l2vpn evpn")
        yield from (f"  neighbor {GROUP} activate", "  advertise-all-vni", " exit-address-family")
    yield from ("exit", "!")


def _unknown(plan: NetworkPlan) -> tuple[Unknown, ...]:
    found = list(uplinks_unknown(plan))
    odd = tuple(
        name for name in plan.routers if any("/" in wire.port for wire in plan.boxes[name].wires)
    )
    if odd:
        means = "ports are named as on the front, and an interface of Linux has no slash"
        mend = "give the switch a `port_name` in catalog/*.yaml, as its system calls it"
        found.append(Unknown("interface names", odd, means, mend))
    vteps = tuple(name for name in plan.routers if spans(plan.boxes[name]))
    if vteps:
        means = "bridges, bonds and VXLAN devices are the system's, and are not written"
        found.append(Unknown("layer 2", vteps, means, "see the NVUE export for what they are"))
    return tuple(found)


def uplinks_unknown(plan: NetworkPlan) -> Iterator[Unknown]:
    """Yield the switches whose ports lead to the site's own network: its end is not designed."""
    names = tuple(
        name
        for name in plan.routers
        if any(wire.peer.role == "network-uplink" for wire in plan.boxes[name].wires)
    )
    if names:
        means = "ports towards the site's network are left without addresses and without a peer"
        yield Unknown("uplinks", names, means, "configure them as the site's network wants it")
