"""The networks of a plan: IPv4 and IPv6 side by side, and their VLANs.

In-band and out-of-band are the design's own. Fabrics that route are given one range each, loopbacks
another; what the spec does not name is the first of a few private ranges that meets no other.
IPv6 is a unique local range of the factory's name (RFC 4193, with a hash where chance is meant, so
that it comes out the same twice), one /64 a network; the host part is that of IPv4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from millwright.errors import Infeasible
from millwright.model.cluster import Cluster
from millwright.model.site import Network

V4 = {
    "compute": ("10.96.0.0/11", "10.128.0.0/11", "10.192.0.0/11", "172.16.0.0/12"),
    "storage": ("10.128.0.0/11", "10.160.0.0/11", "10.224.0.0/11", "172.16.0.0/12"),
    "loopback": ("10.254.0.0/16", "10.255.0.0/16", "192.168.0.0/16", "100.64.0.0/16"),
}
"""Where a network goes that the spec does not name, in the order of trying."""
SUBNET = {"inband": 1, "oob": 2, "loopback": 3, "compute": 4, "storage": 5}
"""Which /64 of the factory's range is whose."""
VLAN = {"inband": 10, "oob": 20}
"""VLANs of networks that span switches, where the spec names none."""


@dataclass(frozen=True, slots=True)
class Net:
    """A network with both families; `v4` is missing where the site gave it an IPv6 range."""

    name: str
    v4: IPv4Network | None
    v6: IPv6Network
    vlan: int | None
    given: bool
    """Whether the spec names it; else it was chosen here."""

    def pair(self, offset: int) -> Pair:
        """Return the addresses with that host part.

        Raises Infeasible where the network has no room for it.
        """
        if self.v4 is not None and offset >= self.v4.num_addresses:
            raise Infeasible(
                f"network {self.name} ({self.v4}) has {self.v4.num_addresses} addresses, and the "
                f"plan needs that numbered {offset}",
                rule="MW-D-043",
                where="networks",
                hint="give the network a shorter prefix",
            )
        v4 = None if self.v4 is None else IPv4Address(int(self.v4.network_address) + offset)
        return Pair(v4, IPv6Address(int(self.v6.network_address) + offset))

    def like(self, address: str) -> Pair:
        """Return both addresses of a device that has this one in the network."""
        found = ip_address(address)
        base = self.v4 if isinstance(found, IPv4Address) and self.v4 is not None else self.v6
        return self.pair(int(found) - int(base.network_address))


@dataclass(frozen=True, slots=True)
class Pair:
    """The same place in both families."""

    v4: IPv4Address | None
    v6: IPv6Address

    @property
    def both(self) -> tuple[IPv4Address | IPv6Address, ...]:
        """Return the addresses that there are."""
        return (self.v6,) if self.v4 is None else (self.v4, self.v6)


def nets(cluster: Cluster, wished: Iterable[Network], wanted: Iterable[str]) -> dict[str, Net]:
    """Return the design's two networks and those that are wanted beside them, by name.

    Raises Infeasible where two of them have an address in common.
    """
    named = {each.name: each for each in wished}
    whole = _unique_local(cluster.name)
    taken = [ip_network(text) for text in cluster.networks.values()]
    taken += [each.cidr for each in named.values()]
    found: dict[str, Net] = {}
    for name in (*cluster.networks, *wanted):
        given = named.get(name)
        if name in cluster.networks:
            range_: IPv4Network | IPv6Network = ip_network(cluster.networks[name])
        elif given is not None:
            range_ = _usable(given)
        else:
            range_ = _free(name, taken)
            taken.append(range_)
        vlan = given.vlan if given is not None and given.vlan is not None else VLAN.get(name)
        v4 = range_ if isinstance(range_, IPv4Network) else None
        v6 = range_ if isinstance(range_, IPv6Network) else _subnet(whole, SUBNET[name])
        found[name] = Net(name, v4, v6, vlan, given is not None)
    _check(found)
    return found


def _usable(given: Network) -> IPv4Network | IPv6Network:
    if given.name == "loopback" and given.cidr.version == 6:
        raise Infeasible(
            f"the network loopback is {given.cidr}, and a router is known by an IPv4 address",
            rule="MW-D-044",
            where="networks",
            hint="give loopbacks an IPv4 range; they get IPv6 addresses beside it",
        )
    return given.cidr


def _unique_local(name: str) -> IPv6Network:
    digest = hashlib.sha256(f"millwright network {name}".encode()).digest()[:5]
    return IPv6Network((bytes([0xFD]) + digest + bytes(10), 48))


def _subnet(whole: IPv6Network, number: int) -> IPv6Network:
    return IPv6Network((int(whole.network_address) + (number << 64), 64))


def _free(name: str, taken: list[IPv4Network | IPv6Network]) -> IPv4Network:
    for text in V4[name]:
        candidate = IPv4Network(text)
        if not any(isinstance(t, IPv4Network) and candidate.overlaps(t) for t in taken):
            return candidate
    raise Infeasible(
        f"no private range is left for the network {name}",
        rule="MW-D-044",
        where="networks",
        hint=f"name one: networks: [{{name: {name}, cidr: ...}}]",
    )


def _check(found: dict[str, Net]) -> None:
    ranges: list[tuple[str, IPv4Network | IPv6Network]] = []
    for net in found.values():
        for own in (net.v4, net.v6):
            if own is None:
                continue
            for other, theirs in ranges:
                if own.version == theirs.version and own.overlaps(theirs):
                    raise Infeasible(
                        f"the networks {net.name} ({own}) and {other} ({theirs}) overlap",
                        rule="MW-D-044",
                        where="networks",
                        hint="give each of them addresses of its own",
                    )
            ranges.append((net.name, own))
    vlans = [net.vlan for net in found.values() if net.vlan is not None]
    if len(set(vlans)) < len(vlans):
        told = ", ".join(f"{net.name} {net.vlan}" for net in found.values() if net.vlan)
        raise Infeasible(
            f"two networks have one VLAN: {told}",
            rule="MW-D-044",
            where="networks",
            hint="give each network a `vlan` of its own",
        )
