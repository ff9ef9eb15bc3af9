"""Which node ports land on the in-band leaves: its own, and those of fabrics it carries."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.lines import lines_of
from millwright.design.fabrics.ports import PortPlan, negotiated
from millwright.model.catalog import Switch


@dataclass(frozen=True, slots=True)
class Guest:
    """Ports of one fabric and speed that every node of a pool has on a pair of leaves.

    `sides` are the port names that go to the first and to the second leaf; `width` is the larger
    number. `gbps` is the speed of the node's plug, which chooses the cable; links run at
    `plan.gbps`.
    """

    fabric: str
    plan: PortPlan
    gbps: float
    connector: str
    sides: tuple[tuple[str, ...], tuple[str, ...]]
    medium: str | None = None

    @property
    def width(self) -> int:
        """Return how many places a node has on each leaf."""
        return max(len(side) for side in self.sides)


def guests_of(
    brief: Brief, pool: PoolPlan, switch: Switch, carries: tuple[str, ...]
) -> tuple[Guest, ...]:
    """Return the guests of a pool's nodes, the in-band fabric's own first."""
    guests = []
    for fabric in ("inband", "storage"):
        ports = pool.server.ports_of("inband" if fabric == "inband" else "storage")
        if ports and (fabric == "inband" or fabric in carries):
            sides = (tuple(p.name for p in ports[0::2]), tuple(p.name for p in ports[1::2]))
            plan = negotiated(switch, ports[0].speed_gbps)
            guests.append(Guest(fabric, plan, ports[0].speed_gbps, ports[0].connector, sides))
    if "compute" in carries and brief.fabrics.compute is not None:
        spec = brief.fabrics.compute
        lines = lines_of(pool.server, spec)
        if lines:
            half = (len(lines) + 1) // 2
            names = tuple(line.port for line in lines)
            plan = negotiated(switch, lines[0].gbps)
            sides = (names[:half], names[half:])
            guests.append(
                Guest("compute", plan, lines[0].gbps, lines[0].connector, sides, spec.medium)
            )
    return tuple(guests)
