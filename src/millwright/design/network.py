"""Gives every device its management addresses: fixed shares of two networks, so that growth moves
none.

Each network is cut into sixteen equal shares: the first for gateways, DHCP and jump hosts, eight
for nodes (pools divide them), three for switches, three for PDUs, the last for appliances. Within a
share the address follows the device's own number, never its neighbours'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.draft import Draft, Drawing
from millwright.design.fabrics.manager import instances
from millwright.errors import Infeasible
from millwright.model.cluster import Address

Net = IPv4Network | IPv6Network

DEFAULTS = {"inband": IPv4Network("10.32.0.0/11"), "oob": IPv4Network("10.64.0.0/11")}
ALIASES = {
    "inband": ("inband", "in-band", "management", "mgmt"),
    "oob": ("oob", "out-of-band", "bmc", "ipmi"),
}
SHARES = 16
NODE_SHARES = 8
SWITCH_SHARE, PDU_SHARE, APPLIANCE_SHARE = 9, 12, 15


@dataclass(frozen=True, slots=True)
class Range:
    """A run of addresses of one network for one class of devices."""

    name: str
    net: Net
    what: str
    first: int
    size: int

    def at(self, index: int) -> str:
        """Return the address of the device with that number, counted from 0.

        Raises Infeasible where the range is too small; the message names the network to enlarge.
        """
        if index >= self.size:
            raise Infeasible(
                f"network {self.name} ({self.net}) has room for {self.size} {self.what}, and "
                "there are more",
                rule="MW-D-040",
                where="networks",
                hint="give the network a shorter prefix",
            )
        base = self.net.network_address
        if isinstance(base, IPv4Address):
            return str(IPv4Address(int(base) + self.first + index))
        return str(IPv6Address(int(base) + self.first + index))


def networks_of(brief: Brief) -> dict[str, Net]:
    """Return the in-band and out-of-band network: the site's, or private defaults.

    Raises Infeasible where the two overlap.
    """
    nets: dict[str, Net] = dict(DEFAULTS)
    for wished in brief.factory.networks:
        for name, aliases in ALIASES.items():
            if wished.name in aliases:
                nets[name] = wished.cidr
    a, b = nets["inband"], nets["oob"]
    if a.version == b.version and a.overlaps(b):
        raise Infeasible(
            f"the in-band network {a} and the out-of-band network {b} overlap",
            rule="MW-D-041",
            where="networks",
            hint="name two networks, `inband` and `oob`, that have no address in common",
        )
    return nets


def _range(name: str, net: Net, what: str, share: int, shares: int) -> Range:
    unit = net.num_addresses // SHARES
    last = 1 if share + shares == SHARES else 0
    return Range(name, net, what, share * unit, max(0, shares * unit - last))


def _pool_range(name: str, net: Net, index: int, pools: int) -> Range:
    nodes = _range(name, net, "nodes", 1, NODE_SHARES)
    return Range(name, net, "nodes", nodes.first + nodes.size * index // pools, nodes.size // pools)


def assign_addresses(drawing: Drawing, brief: Brief, pools: tuple[PoolPlan, ...]) -> dict[str, str]:
    """Write the addresses into every device; return the networks by name."""
    nets = networks_of(brief)
    by_pool: dict[str, list[Draft]] = {pool.name: [] for pool in pools}
    for device in drawing.devices:
        if device.role == "compute" and device.pool:
            by_pool[device.pool].append(device)
    for pool in pools:
        _assign_nodes(brief, pool, len(pools), by_pool[pool.name], nets)
    rest = [d for d in drawing.devices if d.role != "compute" and not d.external]
    _assign_class((d for d in rest if d.kind == "switch"), nets, "switches", SWITCH_SHARE)
    _assign_class((d for d in rest if d.kind == "pdu"), nets, "PDUs", PDU_SHARE)
    _assign_appliances(brief, [d for d in rest if d.kind == "appliance"], nets)
    return {name: str(net) for name, net in nets.items()}


def _assign_nodes(
    brief: Brief, pool: PoolPlan, pools: int, nodes: list[Draft], nets: dict[str, Net]
) -> None:
    bmcs = [port.name for port in brief.oob_ports(pool.server)]
    has_inband = bool(pool.server.ports_of("inband"))
    inband = _pool_range("inband", nets["inband"], pool.index, pools)
    oob = _pool_range("oob", nets["oob"], pool.index, pools)
    for slot, node in zip(pool.used_slots, nodes, strict=True):
        found = [Address(port="bond0", network="inband", address=inband.at(slot))][
            : int(has_inband)
        ]
        for number, port in enumerate(bmcs):
            address = oob.at(slot * len(bmcs) + number)
            found.append(Address(port=port, network="oob", address=address))
        node.addresses = tuple(found)


def _assign_class(devices: Iterable[Draft], nets: dict[str, Net], what: str, share: int) -> None:
    """Number a class of devices in the order of birth, which growth only appends to."""
    port = "eth0" if what == "PDUs" else "mgmt0"
    addresses = _range("oob", nets["oob"], what, share, 3)
    for index, device in enumerate(sorted(devices, key=lambda d: d.birth)):
        device.addresses = (Address(port=port, network="oob", address=addresses.at(index)),)


def _assign_appliances(brief: Brief, devices: list[Draft], nets: dict[str, Net]) -> None:
    models = {name: a.model for a in brief.appliances for name in instances(a)}
    ranges = {
        name: _range(name, net, "appliances", APPLIANCE_SHARE, 1) for name, net in nets.items()
    }
    used: Counter[str] = Counter()
    for device in devices:
        model = models[device.name]
        found = []
        ports = [p.name for p in model.ports_of("oob")]
        wanted = [("bond0", "inband")] if model.ports_of("inband") else []
        for port, network in [*wanted, *((port, "oob") for port in ports)]:
            address = ranges[network].at(used[network])
            used[network] += 1
            found.append(Address(port=port, network=network, address=address))
        device.addresses = tuple(found)
