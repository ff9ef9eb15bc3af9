"""The network plan of a design, whole: a function of what was designed and of the spec's networks.

Nothing in it is drawn by chance or counted over neighbours, so that a larger design leaves the
addresses, names and numbers of the smaller one as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.design import ibsim
from millwright.design.plan.nets import Net, Pair, nets
from millwright.design.plan.routers import BRIDGED, HostLink, Router, host_links, routers
from millwright.design.plan.wires import Box, boxes
from millwright.model.catalog import Catalog
from millwright.model.cluster import CableTable, Cluster, Device
from millwright.model.exported import Unexportable
from millwright.model.site import Network

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
FIRST_PARTITION = 0x10
"""InfiniBand keys of pools count from here; 0x7fff is the one that all are in."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name of the zone, and the place in a network that it stands for."""

    name: str
    device: str
    port: str
    net: str
    at: Pair


@dataclass(frozen=True, slots=True)
class Partition:
    """An InfiniBand partition: a key of 15 bits, and the pool whose ports are in it."""

    name: str
    key: int
    pool: str


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """Everything that has a name or a number on the network."""

    factory: str
    simulated: bool
    domain: str
    nets: dict[str, Net]
    boxes: dict[str, Box]
    routers: dict[str, Router]
    links: tuple[HostLink, ...]
    names: tuple[Named, ...]
    node_descriptions: dict[str, tuple[str, ...]]
    """Of each InfiniBand fabric: what adapters and switches call themselves."""
    partitions: tuple[Partition, ...]
    attached: dict[tuple[str, str], int]
    """To how many switches each machine is plugged in each network that spans them."""
    strangers: tuple[str, ...]
    """Machines of the site that the plan gives no address."""


def network_plan(
    cluster: Cluster,
    cables: CableTable,
    catalog: Catalog,
    wished: Sequence[Network],
    domain: str | None = None,
) -> NetworkPlan:
    """Return the plan.

    Raises Infeasible where a network is too small or meets another, and Unexportable where two
    things would have one name, or a name is none that can stand in a zone.
    """
    own = f"{cluster.name}.internal" if domain is None else domain.lower().rstrip(".")
    if len(own) > 200 or not _DOMAIN.fullmatch(own):
        raise Unexportable(f"{own!r} is no domain", hint="say one like pod.example.org")
    wired = boxes(cluster, cables, catalog)
    known_nets = nets(cluster, wished, _wanted(wired))
    known = routers(wired, known_nets) if "loopback" in known_nets else {}
    links = tuple(host_links(wired, known, known_nets))
    described = _node_descriptions(cluster, cables, catalog)
    return NetworkPlan(
        factory=cluster.name,
        simulated=cluster.simulated,
        domain=own,
        nets=known_nets,
        boxes=wired,
        routers=known,
        links=links,
        names=_named(cluster, known_nets, known, links),
        node_descriptions=described,
        partitions=_partitions(cluster) if described else (),
        attached=_attached(wired),
        strangers=tuple(device.name for device in cluster.devices if not device.addresses),
    )


def _attached(wired: Mapping[str, Box]) -> dict[tuple[str, str], int]:
    pairs = {
        (wire.peer.name, wire.fabric, name)
        for name, box in wired.items()
        for wire in box.wires
        if wire.fabric in BRIDGED and not wire.routed
    }
    return dict(Counter((peer, fabric) for peer, fabric, _ in pairs))


def _wanted(wired: Mapping[str, Box]) -> tuple[str, ...]:
    """Return the networks that are there beside the design's own two."""
    routed = {
        wire.fabric
        for box in wired.values()
        for wire in box.wires
        if wire.fabric not in BRIDGED and wire.peer.kind != "switch"
    }
    found = [name for name in ("compute", "storage") if name in routed]
    return ("loopback", *found) if wired else ()


def slug(text: str) -> str:
    """Return a port's name as part of a host's: `OSFP1/2` is `osfp1-2`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _named(
    cluster: Cluster,
    known: Mapping[str, Net],
    found: Mapping[str, Router],
    links: Iterable[HostLink],
) -> tuple[Named, ...]:
    names = [named for device in cluster.devices for named in _of_device(device, known)]
    for router in found.values():
        names.append(Named(f"{router.name}-lo", router.name, "lo", "loopback", router.loopback))
    for link in links:
        ends = (
            (link.switch, link.wire.port, link.here),
            (link.wire.peer.name, link.wire.peer_port, link.there),
        )
        names += [Named(f"{d}-{slug(p)}", d, p, link.net, at) for d, p, at in ends]
    _check_names(names)
    return tuple(names)


def _of_device(device: Device, known: Mapping[str, Net]) -> Iterator[Named]:
    """Yield a machine by its in-band address, its controllers beside it, and the rest as it is."""
    for address in device.addresses:
        own = address.network == "inband" or device.kind in ("switch", "pdu")
        name = device.name if own else f"{device.name}-{slug(address.port)}"
        at = known[address.network].like(address.address)
        yield Named(name, device.name, address.port, address.network, at)


def _check_names(names: Iterable[Named]) -> None:
    seen: dict[str, Named] = {}
    for named in names:
        if not _LABEL.fullmatch(named.name):
            raise Unexportable(
                f"{named.device} {named.port} would be called {named.name!r}, which is no name",
                hint="names have letters, digits and dashes, 63 at most",
            )
        other = seen.setdefault(named.name, named)
        if other is not named:
            raise Unexportable(
                f"{other.device} {other.port} and {named.device} {named.port} would both be "
                f"called {named.name}",
                hint="rename one of them, or its port in the catalogue",
            )


def _node_descriptions(
    cluster: Cluster, cables: CableTable, catalog: Catalog
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for fabric in dict.fromkeys(each for each in cables.fabric if each not in BRIDGED):
        try:
            ends = ibsim.ends(cluster, cables, catalog, fabric)
        except ibsim.NotInfiniband:
            continue
        boxes_of = (name for ports in ends.values() for name, _ in ports.values())
        found[fabric] = tuple(dict.fromkeys(boxes_of))
    return found


def _partitions(cluster: Cluster) -> tuple[Partition, ...]:
    return tuple(
        Partition(f"pool-{pool.name}", FIRST_PARTITION + index, pool.name)
        for index, pool in enumerate(cluster.pools)
    )
