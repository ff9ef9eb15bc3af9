"""Ubuntu's autoinstall: user-data and meta-data for each host.

What nobody knows is asked by the installer: a disk that is not named is not wiped, and an
interface that is not named gets no address. The rules are those of Canonical's reference manual.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millwright.deploy.export.account import root_by_key
from millwright.deploy.export.roster import Host, Roster
from millwright.model.exported import Data, Export, Unknown, head

MEND = "say it in the survey (--survey)"


def autoinstall(roster: Roster, keys: tuple[str, ...]) -> Export:
    """Return the files of every host; `keys` are let in as root, and no password is."""
    files: list[Data] = []
    for host in roster.hosts:
        files += [_user_data(host, roster, keys), _meta_data(host, roster)]
    return Export("autoinstall", roster.names, tuple(files), unknown_of(roster, WITHOUT))


WITHOUT = {
    "gateway": "hosts get no default route",
    "mirror": "the installer takes its own default, or its medium",
    "dns": "hosts get no name servers",
}
"""What this installer does about what it is not told."""


def unknown_of(roster: Roster, without: Mapping[str, str]) -> tuple[Unknown, ...]:
    """Return what an installer will ask or do without."""
    found: list[Unknown] = list(roster.unknown)
    nics = roster.lacking(lambda h: not h.found.macs and not h.found.interfaces)
    disks = roster.lacking(lambda h: h.found.disk is None)
    if nics:
        found.append(Unknown("in-band interface", nics, "the installer asks", MEND))
    if disks:
        found.append(Unknown("disk", disks, "the installer asks: nothing is wiped unasked", MEND))
    for what, value in (
        ("gateway", roster.gateway),
        ("mirror", roster.mirror),
        ("dns", roster.dns),
    ):
        if not value:
            place = "say services.dns in factory.yaml" if what == "dns" else MEND
            found.append(Unknown(what, (), without[what], place))
    return tuple(found)


def _user_data(host: Host, roster: Roster, keys: tuple[str, ...]) -> Data:
    asked = [] if host.found.disk else ["storage"]
    network = _network(host, roster)
    if network is None:
        asked.append("network")
    layout: dict[str, Any] = {"name": "direct"}
    if host.found.disk:
        layout["match"] = {"path": host.found.disk}
    value: dict[str, Any] = {
        "version": 1,
        **({"interactive-sections": asked} if asked else {}),
        "locale": "en_US.UTF-8",
        "keyboard": {"layout": "us"},
        "timezone": "UTC",
        "refresh-installer": {"update": False},
        "source": {"search_drivers": False},
        "drivers": {"install": False},
        "apt": _apt(roster),
        **({"proxy": roster.proxy} if roster.proxy else {}),
        **({"network": network} if network is not None else {}),
        "storage": {"layout": layout},
        "ssh": {"install-server": True, "allow-pw": False, "authorized-keys": list(keys)},
        "packages": ["openssh-server", "python3"],
        "user-data": {"hostname": host.name, **root_by_key(keys)},
        "shutdown": "reboot",
    }
    told = (
        f"UNKNOWN, so the installer asks: {' and '.join(asked)} (in-band address: {host.address})"
        if asked
        else "Whole: THE DISK IS WIPED WITHOUT A QUESTION when a machine boots with this"
    )
    title = f"Ubuntu autoinstall for {host.name}"
    about = head(title, roster.factory, told, simulated=roster.simulated)
    return Data(f"{host.name}/user-data", {"autoinstall": value}, about, "#cloud-config")


def _meta_data(host: Host, roster: Roster) -> Data:
    value = {"instance-id": f"{roster.factory}-{host.name}", "local-hostname": host.name}
    return Data(f"{host.name}/meta-data", value)


def _apt(roster: Roster) -> dict[str, Any]:
    """Return where packages come from; without a mirror that answers, from the medium."""
    apt: dict[str, Any] = {"geoip": False, "fallback": "offline-install"}
    if roster.mirror:
        apt["mirror-selection"] = {"primary": [{"uri": roster.mirror}]}
    return apt


def _network(host: Host, roster: Roster) -> dict[str, Any] | None:
    """Return the in-band network in netplan's words, or None where no interface is known.

    Several interfaces become an active-backup bond, which needs nothing of the switches.
    """
    ports: dict[str, dict[str, Any]] = {}
    if host.found.macs:
        for number, mac in enumerate(host.found.macs):
            ports[f"inband{number}"] = {"match": {"macaddress": mac}}
    else:
        ports = {name: {} for name in host.found.interfaces}
    if not ports:
        return None
    address: dict[str, Any] = {"dhcp4": False, "dhcp6": False, "addresses": [str(host.address)]}
    if roster.gateway:
        address["routes"] = [{"to": "default", "via": roster.gateway}]
    if roster.dns:
        address["nameservers"] = {"addresses": list(roster.dns)}
    if len(ports) == 1:
        return {"version": 2, "ethernets": {name: {**p, **address} for name, p in ports.items()}}
    bond = {
        "interfaces": list(ports),
        "parameters": {"mode": "active-backup", "mii-monitor-interval": 100},
        **address,
    }
    quiet = {name: {**port, "dhcp4": False, "dhcp6": False} for name, port in ports.items()}
    return {"version": 2, "ethernets": quiet, "bonds": {"bond0": bond}}
