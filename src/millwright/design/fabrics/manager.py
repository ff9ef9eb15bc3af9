"""Where the fabric manager plugs in: its ports, bundled into splitters where the catalogue
has one."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.design.brief import Appliances, Brief
from millwright.design.fabrics.media import cable_for, default_medium
from millwright.model.catalog import FabricName
from millwright.model.nodeset import expanded


@dataclass(frozen=True, slots=True)
class Seat:
    """One switch port for the manager: `tails` appliance ports behind it.

    With more than one tail it is a splitter; `cable` is then its catalogue name, else None.
    """

    devices: tuple[str, ...]
    ports: tuple[str, ...]
    connector: str
    gbps: float
    cable: str | None

    @property
    def tails(self) -> int:
        """Return how many appliance ports share the switch port."""
        return len(self.devices)


def instances(appliances: Appliances) -> list[str]:
    """Return the names of all appliances of one kind: `ufm-compute-1`, `ufm-compute-2`, or those
    that they have already."""
    placed = appliances.placed
    if placed.hostnames:
        return list(expanded(placed.hostnames))
    return [f"{placed.name}-{n}" for n in range(1, placed.count + 1)]


def managers_of(brief: Brief, fabric: FabricName) -> list[Appliances]:
    """Return the appliances that manage a fabric."""
    return [a for a in brief.appliances if a.placed.manages == fabric]


def manager_ports(brief: Brief, fabric: FabricName) -> int:
    """Return how many ports the managers of a fabric have in it."""
    return sum(a.placed.count * len(a.model.ports_of(fabric)) for a in managers_of(brief, fabric))


def seats_for(brief: Brief, fabric: FabricName) -> tuple[Seat, ...]:
    """Return the switch ports that the managers take, first ports of all appliances first.

    So a splitter's tails go to different appliances, and the loss of one leaves each of them a
    port.
    """
    spec = getattr(brief.fabrics, fabric)
    ends = [
        (port, name)
        for appliances in managers_of(brief, fabric)
        for index in range(len(appliances.model.ports_of(fabric)))
        for name in instances(appliances)
        for port in [appliances.model.ports_of(fabric)[index]]
    ]
    seats: list[Seat] = []
    while ends:
        port = ends[0][0]
        medium = spec.medium or default_medium(port.speed_gbps)
        splitter = cable_for(brief.catalog, medium, port.speed_gbps, splits=2)
        take = 2 if splitter is not None and len(ends) > 1 else 1
        tails, ends = ends[:take], ends[take:]
        seats.append(
            Seat(
                devices=tuple(name for _, name in tails),
                ports=tuple(p.name for p, _ in tails),
                connector=port.connector,
                gbps=port.speed_gbps,
                cable=splitter.name if splitter is not None and take > 1 else None,
            )
        )
    return tuple(seats)
