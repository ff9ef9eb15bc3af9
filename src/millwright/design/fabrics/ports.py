"""Names and numbers of switch ports: cages, lanes, breakouts, and who may use which.

A cage runs at one speed at a time, so it is either whole (the parent port) or split (its children),
never both. Cages count from 1; endpoints take low cages and uplinks high ones, so that neither
moves when the other grows.
"""

from __future__ import annotations

from dataclasses import dataclass

from millwright.model.catalog import Switch
from millwright.units import ceil_div


@dataclass(frozen=True, slots=True)
class PortPlan:
    """One speed of one switch model: `lanes` ports in each of `cages` cages."""

    switch: Switch
    gbps: float
    lanes: int
    cages: int

    @property
    def ports(self) -> int:
        """Return how many ports the whole switch has at this speed."""
        return self.lanes * self.cages

    def name(self, cage: int, lane: int) -> str:
        """Return what the switch itself calls this port."""
        native = self.gbps == self.switch.port_speed_gbps.value or self.lanes == 1
        pattern = self.switch.native_port_name if native else self.switch.child_port_name
        return spelled(pattern, cage, lane)

    def names(self, first_cage: int, count: int) -> list[str]:
        """Return the names of `count` ports from the first lane of a cage upwards."""
        return [
            self.name(first_cage + index // self.lanes, index % self.lanes + 1)
            for index in range(count)
        ]

    def last_names(self, count: int) -> list[str]:
        """Return the names of `count` ports in the highest cages, in ascending order."""
        return self.names(self.cages - ceil_div(count, self.lanes) + 1, count)

    def cages_for(self, count: int) -> int:
        """Return how many cages that many ports fill."""
        return ceil_div(count, self.lanes)


def share_cages(down: PortPlan, ports: int, up: PortPlan, uplinks: int) -> bool:
    """Return whether that many ports and uplinks would have to share a cage of one switch."""
    return down.cages_for(ports) + up.cages_for(uplinks) > down.cages


def whole_ports(plan: PortPlan) -> int:
    """Return the ports of a switch that can be halved cage by cage."""
    return plan.ports if plan.lanes == 1 else plan.cages // 2 * 2 * plan.lanes


def spelled(pattern: str, cage: int, lane: int) -> str:
    """Return a port name of the catalogue's pattern; other braces stay as they are."""
    return (
        pattern.replace("{cage}", str(cage))
        .replace("{lane0}", str(lane - 1))
        .replace("{lane}", str(lane))
    )


def speeds(switch: Switch) -> list[float]:
    """Return every speed that a cage of this switch can run at, slowest first."""
    return sorted({switch.port_speed_gbps.value, *(b.port_speed_gbps for b in switch.breakouts)})


def plan_at(switch: Switch, gbps: float) -> PortPlan | None:
    """Return the ports of a switch at exactly this speed, or None where it cannot run at it."""
    lanes = switch.lanes_at(gbps)
    return None if lanes is None else PortPlan(switch, gbps, lanes, switch.cage_count.value)


def negotiated(switch: Switch, gbps: float) -> PortPlan:
    """Return the fastest ports that do not exceed a plug's speed; the slowest where all exceed it.

    Ethernet ends agree on the lower speed; InfiniBand fabrics of one generation ask `plan_at`
    instead.
    """
    offered = speeds(switch)
    fitting = [speed for speed in offered if speed <= gbps]
    speed = fitting[-1] if fitting else offered[0]
    lanes = switch.lanes_at(speed)
    assert lanes is not None
    return PortPlan(switch, speed, lanes, switch.cage_count.value)


class CagePool:
    """Free cages of one switch, handed out port by port in a growing or a shrinking order."""

    def __init__(self, first: int, last: int, *, descending: bool = False) -> None:
        self._next = last if descending else first
        self._step = -1 if descending else 1
        self._end = first - 1 if descending else last + 1
        self._open: dict[float, tuple[int, int]] = {}

    def room(self, plan: PortPlan) -> int:
        """Return how many more ports of this speed there are."""
        cage, lane = self._open.get(plan.gbps, (0, plan.lanes))
        return (self._end - self._next) * self._step * plan.lanes + plan.lanes - lane

    def take(self, plan: PortPlan) -> tuple[str, int]:
        """Return name and cage of the next free port.

        Raises IndexError when all are taken; ask `room` first.
        """
        cage, lane = self._open.get(plan.gbps, (0, plan.lanes))
        if lane == plan.lanes:
            if self._next == self._end:
                raise IndexError(f"no free cage on {plan.switch.name}")
            cage, lane = self._next, 0
            self._next += self._step
        self._open[plan.gbps] = (cage, lane + 1)
        return plan.name(cage, lane + 1), cage
