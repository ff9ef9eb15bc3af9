"""MAAS: machines as its API takes them, and cloud-init's word on who is let in.

A machine without a known MAC address is found again by its BMC's address, which is why its power
is IPMI. No password is written: MAAS asks for the BMC's.
"""

from __future__ import annotations

from typing import Any

from millwright.deploy.export.account import root_by_key
from millwright.deploy.export.autoinstall import MEND
from millwright.deploy.export.roster import Host, Roster
from millwright.model.exported import NOT_VALIDATED, Data, Export, Unknown, head


def maas(roster: Roster, keys: tuple[str, ...]) -> Export:
    """Return the machines, their pools and tags, and the user-data of a deployment."""
    machines = [_machine(host, roster) for host in roster.hosts]
    value = {
        "schema": "millwright.maas/1",
        "about": NOT_VALIDATED,
        "factory": roster.factory,
        "simulated": roster.simulated,
        "resource_pools": _pools(roster),
        "subnets": _subnets(roster),
        "tags": _tags(roster),
        "machines": machines,
    }
    about = head("cloud-init user-data for MAAS", roster.factory, simulated=roster.simulated)
    users = Data("user-data", root_by_key(keys), about, "#cloud-config")
    return Export("maas", roster.names, (Data("machines.json", value), users), _unknown(roster))


def _pool(host: Host) -> str:
    return host.pool or "management"


def _pools(roster: Roster) -> list[dict[str, str]]:
    names = dict.fromkeys(_pool(host) for host in roster.hosts)
    return [{"name": name, "description": f"{name} of {roster.factory}"} for name in names]


def _tags(roster: Roster) -> list[dict[str, Any]]:
    tags: dict[str, dict[str, None]] = {}
    for host in roster.hosts:
        for tag in (host.kind, host.model, host.rack):
            if tag:
                tags.setdefault(tag, {})[host.name] = None
    return [{"name": name, "machines": list(hosts)} for name, hosts in tags.items()]


def _subnets(roster: Roster) -> list[dict[str, Any]]:
    """Return the in-band network once, with what is known of it."""
    found: list[dict[str, Any]] = []
    for cidr in dict.fromkeys(str(host.address.network) for host in roster.hosts):
        subnet: dict[str, Any] = {"name": f"{roster.factory}-inband", "cidr": cidr}
        if roster.gateway:
            subnet["gateway_ip"] = roster.gateway
        if roster.dns:
            subnet["dns_servers"] = list(roster.dns)
        found.append(subnet)
    return found


def _machine(host: Host, roster: Roster) -> dict[str, Any]:
    create: dict[str, Any] = {
        "hostname": host.name,
        "description": f"{host.model} of {roster.factory}",
        "commission": False,
    }
    if host.found.architecture:
        create["architecture"] = host.found.architecture
    if host.found.macs:
        create["mac_addresses"] = list(host.found.macs)
    if host.bmc is not None:
        create["power_type"] = "ipmi"
        create["power_parameters_power_driver"] = "LAN_2_0"
        create["power_parameters_power_address"] = str(host.bmc.ip)
    layout = {"storage_layout": "flat"}
    link = {
        "mode": "STATIC",
        "subnet": str(host.address.network),
        "ip_address": str(host.address.ip),
    }
    return {
        "create": create,
        "update": {"pool": _pool(host)},
        "set_storage_layout": layout,
        "link_subnet": link,
        "unknown": _unknown_of(host),
    }


def _unknown_of(host: Host) -> list[str]:
    known = {
        "mac_addresses": host.found.macs,
        "architecture": host.found.architecture,
        "power_parameters_power_address": host.bmc,
    }
    missing = [name for name, value in known.items() if not value]
    return [*missing, "power_parameters_power_user", "power_parameters_power_pass"]


def _unknown(roster: Roster) -> tuple[Unknown, ...]:
    found = list(roster.unknown)
    macs = roster.lacking(lambda h: not h.found.macs)
    kinds = roster.lacking(lambda h: h.found.architecture is None)
    bmcs = roster.lacking(lambda h: h.bmc is None)
    if macs:
        means = "MAAS finds the machine by its BMC's address, or not at all"
        found.append(Unknown("MAC address", macs, means, MEND))
    if kinds:
        found.append(Unknown("architecture", kinds, "MAAS refuses a machine without it", MEND))
    if bmcs:
        found.append(Unknown("BMC address", bmcs, "MAAS cannot switch it", "give it a power type"))
    means = "no secret is ever written: MAAS has to be told"
    found.append(Unknown("user and password of BMCs", (), means, "say them to MAAS itself"))
    if not roster.gateway:
        found.append(Unknown("gateway", (), "hosts get no default route", MEND))
    return tuple(found)
