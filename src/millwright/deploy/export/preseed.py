"""Debian's preseed: answers for each host, and the keys beside them.

What nobody knows is not answered, so that the installer asks. The one command that runs on the
installed system is constant text; it fetches the keys as a file from where the answers lay.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Interface

from millwright.deploy.export.autoinstall import unknown_of
from millwright.deploy.export.roster import Host, Roster
from millwright.model.exported import Export, Text, Unexportable, Unknown, head

_MIRROR = re.compile(r"(?P<scheme>https?)://(?P<host>[^/]+)(?P<folder>/.*)?")

ASKED = dict.fromkeys(("gateway", "mirror", "dns"), "the installer asks")


def preseed(roster: Roster, keys: tuple[str, ...]) -> Export:
    """Return the files of every host. Raises Unexportable where the in-band network is IPv6."""
    files: list[Text] = []
    for host in roster.hosts:
        files.append(
            Text(f"{host.name}/preseed.cfg", "deploy/preseed.cfg.j2", _answers(host, roster))
        )
        lines = {"lines": keys}
        files.append(Text(f"{host.name}/authorized_keys", "deploy/lines.j2", lines))
    return Export(
        "preseed", roster.names, tuple(files), (*unknown_of(roster, ASKED), *_bonds(roster))
    )


def _bonds(roster: Roster) -> tuple[Unknown, ...]:
    many = roster.lacking(lambda h: max(len(h.found.interfaces), len(h.found.macs)) > 1)
    if not many:
        return ()
    means = "only the first in-band interface is set up: this installer knows no bonds"
    return (Unknown("bond", many, means, "bond the others after the installation"),)


def _answers(host: Host, roster: Roster) -> dict[str, object]:
    if not isinstance(host.address, IPv4Interface):
        raise Unexportable(
            f"{host.name} is at {host.address}, and preseed is written for IPv4",
            hint="give the in-band network an IPv4 range",
        )
    found = host.found
    mirror = _MIRROR.fullmatch(roster.mirror or "")
    known = ", ".join(
        what
        for what, value in (
            ("in-band interface", found.interfaces),
            ("disk", found.disk),
            ("gateway", roster.gateway),
            ("name servers", roster.dns),
            ("mirror", roster.mirror),
        )
        if not value
    )
    told = (
        f"UNKNOWN, so the installer asks: {known}"
        if known
        else "Whole: THE DISK IS WIPED WITHOUT A QUESTION when a machine boots with this"
    )
    return {
        "head": head(
            f"Debian preseed for {host.name}", roster.factory, told, simulated=roster.simulated
        ),
        "host": host.name,
        "interface": found.interfaces[0] if found.interfaces else "",
        "address": str(host.address.ip),
        "netmask": str(host.address.netmask),
        "gateway": roster.gateway or "",
        "dns": " ".join(roster.dns[:3]),
        "ntp": roster.ntp[0] if roster.ntp else "",
        "proxy": roster.proxy or "",
        "disk": found.disk or "",
        "mirror": mirror.groupdict("/") if mirror else {},
    }
