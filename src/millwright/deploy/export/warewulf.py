"""Warewulf 4: nodes.conf with a profile for the factory, one for each pool, and the nodes.

Management hosts are left out: one of them serves the images. The profile `default` is the one that
Warewulf brought, with its overlays and its way of booting.
"""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Any

from millwright.deploy.export.autoinstall import MEND
from millwright.deploy.export.roster import At, Host, Roster
from millwright.model.exported import Data, Export, Unexportable, Unknown, head


def warewulf(roster: Roster) -> Export:
    """Return nodes.conf. Raises Unexportable where nothing computes, or a network is IPv6."""
    hosts = [host for host in roster.hosts if host.kind == "compute"]
    if not hosts:
        raise Unexportable(
            "there is no compute node to export", hint="management hosts boot no image"
        )
    profiles: dict[str, Any] = {_whole(roster): _factory(roster, hosts[0])}
    for host in hosts:
        profiles.setdefault(_profile(host), {"comment": host.model, "tags": {"pool": host.pool}})
    value = {
        "nodeprofiles": profiles,
        "nodes": {host.name: _node(host, roster) for host in hosts},
    }
    about = head(
        "Nodes and profiles for Warewulf 4.6 and later",
        roster.factory,
        "Merge it into the nodes.conf that Warewulf brought, whose profile `default` it stands on",
        simulated=roster.simulated,
    )
    names = tuple(host.name for host in hosts)
    return Export("warewulf", names, (Data("nodes.conf", value, about),), _unknown(roster, hosts))


def _whole(roster: Roster) -> str:
    return f"factory-{roster.factory}"


def _profile(host: Host) -> str:
    return f"pool-{host.pool}"


def _factory(roster: Roster, some: Host) -> dict[str, Any]:
    network = {"onboot": True, "netmask": str(_ipv4(some, some.address).netmask)}
    if roster.gateway:
        network["gateway"] = roster.gateway
    profile: dict[str, Any] = {
        "comment": f"all nodes of {roster.factory}",
        "cluster name": roster.factory,
        **({"image name": roster.image} if roster.image else {}),
        "network devices": {"default": network},
        "primary network": "default",
    }
    if some.bmc is not None:
        netmask = str(_ipv4(some, some.bmc).netmask)
        profile["ipmi"] = {"netmask": netmask, "interface": "lanplus"}
    return profile


def _node(host: Host, roster: Roster) -> dict[str, Any]:
    network: dict[str, Any] = {"ipaddr": str(_ipv4(host, host.address).ip)}
    if host.found.interfaces:
        network["device"] = host.found.interfaces[0]
    if host.found.macs:
        network["hwaddr"] = host.found.macs[0]
    node: dict[str, Any] = {
        "profiles": ["default", _whole(roster), _profile(host)],
        "network devices": {"default": network},
    }
    if host.bmc is not None:
        node["ipmi"] = {"ipaddr": str(_ipv4(host, host.bmc).ip)}
    if host.rack:
        node["tags"] = {"rack": host.rack}
    return node


def _ipv4(host: Host, address: At) -> IPv4Interface:
    if not isinstance(address, IPv4Interface):
        raise Unexportable(
            f"{host.name} is at {address}, and nodes.conf is written for IPv4",
            hint="give the networks IPv4 ranges",
        )
    return address


def _unknown(roster: Roster, hosts: list[Host]) -> tuple[Unknown, ...]:
    found: list[Unknown] = []
    macs = tuple(host.name for host in hosts if not host.found.macs)
    if macs:
        means = "Warewulf does not know which machine it is (discovery would name them by chance)"
        found.append(Unknown("MAC address", macs, means, MEND))
    if roster.image is None:
        found.append(Unknown("image", (), "nodes have none to boot", MEND))
    if roster.gateway is None:
        found.append(Unknown("gateway", (), "hosts get no default route", MEND))
    means = "no secret is ever written: Warewulf has to be told"
    mend = "wwctl profile set (ipmiuser, ipmipass)"
    found.append(Unknown("user and password of BMCs", (), means, mend))
    return tuple(found)
