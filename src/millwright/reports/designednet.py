"""The address plan of a design: networks of both families, and who has which address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.model.cluster import Cluster
from millwright.reports.designedcables import shortened
from millwright.reports.page import Block, Field, Grid, Paragraph, Section


@dataclass(frozen=True, slots=True)
class Network:
    """A network of the plan; texts are empty where it has none."""

    name: str
    v4: str
    v6: str
    vlan: int | None
    given: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What the network plan comes to; `refused` says why there is none."""

    networks: Sequence[Network] = ()
    domain: str = ""
    routers: int = 0
    names: int = 0
    refused: str = ""


ADDRESSES = (
    *(Field(title, "code") for title in ("device", "role", "rack", "port", "network", "address")),
)


def address_rows(cluster: Cluster) -> tuple[tuple[str | None, ...], ...]:
    """Return one row an address of a device."""
    return tuple(
        (device.name, device.role, device.rack, address.port, address.network, address.address)
        for device in cluster.devices
        for address in device.addresses
    )


def network_section(cluster: Cluster, plan: Plan) -> Section:
    """Return networks, how full they are, and all addresses."""
    rows = address_rows(cluster)
    blocks: list[Block] = [_networks(cluster, plan)]
    if plan.refused:
        blocks.append(Paragraph(f"No plan beyond these two: {plan.refused}"))
    elif plan.names:
        blocks.append(Paragraph(
            f"{plan.names:,} names in {plan.domain}, {plan.routers:,} routing switches with an ASN "
            "each; `millwright design export network` writes all of it, with node descriptions and "
            "partitions of InfiniBand and both sides of RoCE."
        ))  # fmt: skip
    blocks.append(shortened(Grid(ADDRESSES, rows, "All addresses", folded=True), "Addresses"))
    return Section("network", "Address plan", tuple(blocks))


def _networks(cluster: Cluster, plan: Plan) -> Grid:
    taken = Counter(a.network for device in cluster.devices for a in device.addresses)
    known = plan.networks or [
        Network(name, cidr, "", None, given=True) for name, cidr in cluster.networks.items()
    ]
    fields = (
        Field("network", "code"),
        Field("IPv4", "code"),
        Field("IPv6", "code"),
        Field("VLAN", "number"),
        Field("addresses of devices", "number"),
        Field("from"),
    )
    rows = tuple(
        (each.name, each.v4 or None, each.v6 or None, each.vlan, taken[each.name] or None,
         "the spec" if each.given else "chosen here: private range")
        for each in known
    )  # fmt: skip
    return Grid(fields, rows, empty="No network.")
