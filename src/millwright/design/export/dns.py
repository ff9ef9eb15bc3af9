"""Names and leases: zones for a name server, and one file for dnsmasq.

Every label was checked when the plan was made, and addresses come from numbers, so that no text of
a person stands in these files. Zones for the way back are cut at /16 and /64.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address

from millwright.design.network import SHARES
from millwright.design.plan.nets import Net
from millwright.design.plan.plan import Named, NetworkPlan
from millwright.model.cluster import Cluster
from millwright.model.exported import Export, Lines, Unexportable, Unknown, head
from millwright.model.survey import Survey

STATE = "in the form that BIND 9.18 and dnsmasq 2.90 read; neither was started with it"
TTL_S = 3600
LEASES = 1000
"""So many addresses dnsmasq lends where nobody says another number."""


def dns(plan: NetworkPlan, cluster: Cluster, survey: Survey, serial: int) -> Export:
    """Return zones, their list for BIND, and dnsmasq.conf.

    The first management host is the name server. Raises Unexportable where there is none, or
    where the survey's gateway is not in the in-band network.
    """
    server = _server(cluster)
    zones = _zones(plan, server, serial)
    files = [Lines(f"zones/{name}.zone", lines) for name, lines in zones.items()]
    files.append(Lines("named.conf.zones", tuple(_list(plan, tuple(zones)))))
    files.append(Lines("dnsmasq.conf", tuple(_dnsmasq(plan, cluster, survey))))
    hosts = tuple(dict.fromkeys(named.device for named in plan.names))
    return Export("dns", hosts, tuple(files), _unknown(plan, cluster, survey, serial), STATE)


def _server(cluster: Cluster) -> str:
    for device in cluster.devices:
        if device.role == "management" and not device.external and device.addresses:
            return device.name
    raise Unexportable(
        "no management host is designed that could serve names",
        hint="a blueprint brings some, or `management` in the spec",
    )


def _head(plan: NetworkPlan, what: str) -> tuple[str, ...]:
    return head(what, plan.factory, simulated=plan.simulated, state=STATE)


def _soa(plan: NetworkPlan, server: str, serial: int, what: str) -> Iterator[str]:
    for line in _head(plan, what):
        yield f"; {line}"
    yield f"$TTL {TTL_S}"
    at = f"{server}.{plan.domain}."
    yield f"@ IN SOA {at} hostmaster.{plan.domain}. ( {serial} 7200 900 1209600 {TTL_S} )"
    yield f"@ IN NS {at}"


def _zones(plan: NetworkPlan, server: str, serial: int) -> dict[str, tuple[str, ...]]:
    forth = [f"$ORIGIN {plan.domain}.", *_soa(plan, server, serial, "Names")]
    back: dict[str, list[str]] = {}
    for named in plan.names:
        for at in named.at.both:
            kind = "A" if at.version == 4 else "AAAA"
            forth.append(f"{named.name} IN {kind} {at}")
            zone, label = _reverse(at)
            if zone not in back:
                back[zone] = [f"$ORIGIN {zone}.", *_soa(plan, server, serial, "The way back")]
            back[zone].append(f"{label} IN PTR {named.name}.{plan.domain}.")
    return {plan.domain: tuple(forth), **{name: tuple(lines) for name, lines in back.items()}}


def _reverse(at: IPv4Address | IPv6Address) -> tuple[str, str]:
    """Return the zone of an address and its label in there."""
    parts = at.reverse_pointer.split(".")
    own = 2 if at.version == 4 else 16
    return ".".join(parts[own:]), ".".join(parts[:own])


def _list(plan: NetworkPlan, zones: tuple[str, ...]) -> Iterator[str]:
    for line in _head(plan, "Zones for BIND"):
        yield f"// {line}"
    for zone in zones:
        yield f'zone "{zone}" {{ type primary; file "zones/{zone}.zone"; }};'


def _dnsmasq(plan: NetworkPlan, cluster: Cluster, survey: Survey) -> Iterator[str]:
    for line in _head(plan, "Names and leases for dnsmasq"):
        yield f"# {line}"
    yield from (f"domain={plan.domain}", f"local=/{plan.domain}/", "domain-needed")
    yield from ("dhcp-authoritative", f"local-ttl={TTL_S}")
    for name in ("inband", "oob"):
        yield from _leases(plan.nets[name])
    if survey.gateway is not None:
        _check_gateway(plan.nets["inband"], survey)
        yield f"dhcp-option=tag:inband,option:router,{survey.gateway}"
    yield from _reservations(plan, survey)
    for named in plan.names:
        addresses = ",".join(str(at) for at in named.at.both)
        yield f"host-record={named.name}.{plan.domain},{named.name},{addresses}"


def _leases(net: Net) -> Iterator[str]:
    """Yield the range that is lent to strangers: in the share that no device is numbered from."""
    span = lent(net)
    if span is not None and net.v4 is not None:
        yield f"dhcp-range=set:{net.name},{span[0]},{span[1]},{net.v4.netmask},12h"


def lent(net: Net) -> tuple[IPv4Address, IPv4Address] | None:
    """Return the first and last address that may be lent, or None where there is no IPv4."""
    if net.v4 is None:
        return None
    share = net.v4.num_addresses // SHARES
    first = int(net.v4.network_address) + share // 2
    count = min(LEASES, share - share // 2)
    return (IPv4Address(first), IPv4Address(first + count - 1)) if count > 0 else None


def _check_gateway(net: Net, survey: Survey) -> None:
    gateway = survey.gateway
    inside = net.v4 if isinstance(gateway, IPv4Address) else None
    if not isinstance(inside, IPv4Network) or gateway not in inside:
        raise Unexportable(f"the survey's gateway {gateway} is not in {net.v4 or net.v6}")


def _reservations(plan: NetworkPlan, survey: Survey) -> Iterator[str]:
    for named in _leased(plan):
        found = survey.hosts.get(named.device)
        if found is not None and found.macs:
            macs = ",".join(mac.lower() for mac in found.macs)
            yield f"dhcp-host={macs},set:inband,{named.at.v4},{named.name}"


def _leased(plan: NetworkPlan) -> Iterator[Named]:
    switches = set(plan.boxes)
    for named in plan.names:
        if named.net == "inband" and named.at.v4 is not None and named.device not in switches:
            yield named


def _unknown(
    plan: NetworkPlan, cluster: Cluster, survey: Survey, serial: int
) -> tuple[Unknown, ...]:
    found: list[Unknown] = []
    macs = [n.device for n in _leased(plan) if not getattr(survey.hosts.get(n.device), "macs", ())]
    mend = "say it in the survey (--survey)"
    if macs:
        means = "no lease is reserved: they are given what is lent to strangers"
        found.append(Unknown("MAC address", tuple(macs), means, mend))
    bmcs = [n.device for n in plan.names if n.net == "oob" and n.device not in plan.boxes]
    if bmcs:
        means = "out-of-band addresses are named, and no lease is reserved for them"
        how = "set them at the controllers, or add dhcp-host lines of your own"
        found.append(Unknown("MAC address of controllers", tuple(dict.fromkeys(bmcs)), means, how))
    if survey.gateway is None:
        found.append(Unknown("gateway", (), "leases name no router", mend))
    if serial == 1:
        means = "zones have the serial 1: secondaries do not see a change"
        found.append(Unknown("serial", (), means, "say a higher one each time (--serial)"))
    return tuple(found)
