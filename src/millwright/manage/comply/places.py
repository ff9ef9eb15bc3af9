"""Where an address or a name lies: in which zone of the spec, and whether data may be there.

What nobody placed is nowhere that data may go: the guard is a list of what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from millwright.model.site import Endpoint, Service
from millwright.model.spec import Factory

_LITERAL = re.compile(r"^\[?([0-9a-fA-F:.]+)\]?$")
_ENDPOINT = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(\[[0-9a-fA-F:.]+\]|[^:/\s]+)", re.I)
SERVICES = ("identity", "dns", "ntp", "proxy", "pki", "siem", "secrets", "tickets")


@dataclass(frozen=True, slots=True)
class Spot:
    """A zone, or none, and by what it is known to be there."""

    zone: str | None
    how: str


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of where things are.

    `home` is the zone that the cluster stands in, `own` its networks, `names` hosts of its design.
    `nets` and `domains` are those of all zones, `services` what the spec says that the site runs.
    """

    home: str
    own: tuple[str, ...]
    names: frozenset[str]
    nets: tuple[tuple[str, str], ...]
    domains: tuple[tuple[str, str], ...]
    services: Mapping[str, str]

    def spot(self, host: str) -> Spot:
        """Return where a host lies."""
        bare = host.strip("[]").rstrip(".").lower()
        address = _address(bare)
        if address is not None:
            return self._of_address(address, bare)
        if bare in ("localhost", "ip6-localhost") or bare.startswith("/"):
            return Spot(self.home, "the host itself")
        for suffix, zone in sorted(self.domains, key=lambda pair: -len(pair[0])):
            if bare == suffix or bare.endswith(f".{suffix}"):
                return Spot(zone, f"{suffix} is of the zone {zone}")
        if bare.split(".")[0] in self.names and "." not in bare:
            return Spot(self.home, "a host of the design")
        if bare in self.services:
            return Spot(self.home, f"the site's own service ({self.services[bare]})")
        return Spot(None, f"no zone of the spec has {host}")

    def _of_address(self, address: IPv4Address | IPv6Address, bare: str) -> Spot:
        if address.is_loopback or address.is_unspecified:
            return Spot(self.home, "the host itself")
        if address.is_link_local:
            return Spot(self.home, "the link itself")
        for cidr, zone in sorted(self.nets, key=lambda pair: -ip_network(pair[0]).prefixlen):
            if address in ip_network(cidr):
                return Spot(zone, f"{cidr} is of the zone {zone}")
        if any(address in ip_network(cidr, strict=False) for cidr in self.own):
            return Spot(self.home, "a network of the design")
        if bare in self.services:
            return Spot(self.home, f"the site's own service ({self.services[bare]})")
        return Spot(None, f"no zone of the spec has {bare}")


def places_of(factory: Factory, networks: Iterable[str], names: Iterable[str]) -> Places:
    """Return what spec and design say of places."""
    home = next((zone.name for zone in factory.zones if zone.kind == "on-prem"), None)
    nets = [(str(net), zone.name) for zone in factory.zones for net in zone.networks]
    own = [*networks, *(str(network.cidr) for network in factory.networks)]
    services = {
        host.lower(): f"services.{key}"
        for key in SERVICES
        for host in _hosts(getattr(factory.services, key))
    }
    return Places(
        home or factory.site.name or "site",
        tuple(dict.fromkeys(own)),
        frozenset(name.lower() for name in names),
        tuple(nets),
        tuple((name.lower(), zone.name) for zone in factory.zones for name in zone.domains),
        services,
    )


def _hosts(endpoint: Endpoint | None) -> Iterable[str]:
    if endpoint is None:
        return
    told: Iterable[str | None]
    if isinstance(endpoint, Service):
        told = (endpoint.uri, endpoint.to)
    else:
        told = (endpoint,) if isinstance(endpoint, str) else endpoint
    for each in told:
        if each and (host := host_of(each)):
            yield host


def host_of(text: str) -> str:
    """Return the host of a URI, of `host:port`, or of an address; nothing where there is none."""
    bare = text.strip()
    if _address(bare.strip("[]")) is not None:
        return bare.strip("[]")
    found = _ENDPOINT.match(bare)
    return found[1].strip("[]") if found else ""


def _address(text: str) -> IPv4Address | IPv6Address | None:
    if not _LITERAL.match(text):
        return None
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None
