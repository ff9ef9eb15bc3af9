"""The compute fabric in numbers: which NIC port belongs to which leaf, and how large each leaf
block is.

A leaf is built for a whole rail group, whether or not every node place is filled.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from millwright.design.fabrics.ports import PortPlan, plan_at, share_cages, speeds
from millwright.errors import Infeasible
from millwright.model.catalog import Port, Server, Switch
from millwright.model.fabricspec import ComputeFabric
from millwright.units import ceil_div

Key = tuple[int, int, int]
"""Plane, rail (0 where leaves take all rails) and ToR (0 or 1): which leaf of a rail group."""


@dataclass(frozen=True, slots=True)
class Line:
    """One link of a node: its port, and the leaf of its rail group that it lands on."""

    port: str
    cage: str
    connector: str
    rail: int
    key: Key
    gbps: float


@dataclass(frozen=True, slots=True)
class Block:
    """The leaves of one key in one rail group: `leaves` switches of `per_leaf` node ports each.

    `width` is how many ports of one node land on this key.
    """

    key: Key
    width: int
    leaves: int
    per_leaf: int
    uplinks: int


def ratio_of(value: float) -> Fraction:
    """Return an oversubscription as the fraction it stands for: 1.3333 is 4/3, 1.067 is 16/15."""
    return Fraction(value).limit_denominator(64)


def lines_of(server: Server, spec: ComputeFabric) -> tuple[Line, ...]:
    """Return every link of a node in the order of its port map.

    A NIC is split over planes and ToRs, unless its port map already has one port for each of them.
    """
    legs = [
        (plane, tor)
        for plane in range(1, spec.planes + 1)
        for tor in range(2 if spec.dual_tor else 1)
    ]
    ports = server.ports_of("compute")
    rails = [port.rail or index + 1 for index, port in enumerate(ports)]
    shared = Counter(rails)
    seen: Counter[int] = Counter()
    lines: list[Line] = []
    for port, rail in zip(ports, rails, strict=True):
        if shared[rail] == len(legs):
            plane, tor = legs[seen[rail]]
            lines.append(_line(port, port.name, rail, (plane, tor), port.speed_gbps, spec))
            seen[rail] += 1
            continue
        for leg, (plane, tor) in enumerate(legs, start=1):
            name = port.name if len(legs) == 1 else f"{port.name}/{leg}"
            lines.append(_line(port, name, rail, (plane, tor), port.speed_gbps / len(legs), spec))
    return tuple(lines)


def _line(
    port: Port, name: str, rail: int, leg: tuple[int, int], gbps: float, spec: ComputeFabric
) -> Line:
    key = (leg[0], rail if spec.rail_optimized else 0, leg[1])
    return Line(name, port.cage, port.connector, rail, key, gbps)


def down_plan(leaf: Switch, lines: tuple[Line, ...]) -> PortPlan:
    """Return the leaf's ports at the speed of the node's links.

    Raises Infeasible where the leaf cannot run at that speed.
    """
    gbps = lines[0].gbps
    plan = plan_at(leaf, gbps)
    if plan is None:
        offered = ", ".join(f"{speed:g}" for speed in speeds(leaf))
        raise Infeasible(
            f"{leaf.name} has no ports of {gbps:g} Gb/s (it has {offered})",
            rule="MW-D-010",
            where="fabrics.compute.switch",
            hint="choose another switch, or `planes` so that each link runs at a speed it has",
        )
    return plan


def down_capacity(leaf: Switch, spec: ComputeFabric, down: PortPlan, up: PortPlan) -> int:
    """Return how many node ports a leaf can offer beside its uplinks.

    At one speed that is floor(k*r/(r+1)), less what cages cannot share. Raises Infeasible where the
    uplinks leave no port.
    """
    ports = _ideal_capacity(leaf, spec, down, up)
    while ports > 0 and share_cages(down, ports, up, uplinks_for(spec, ports, down, up)):
        ports -= 1
    if ports < 1:
        raise Infeasible(
            f"{leaf.name} has no port for a node beside its uplinks",
            rule="MW-D-010",
            where="fabrics.compute.uplinks_per_leaf",
            hint="ask for fewer uplinks, or choose a leaf with more ports",
        )
    return ports


def _ideal_capacity(leaf: Switch, spec: ComputeFabric, down: PortPlan, up: PortPlan) -> int:
    if spec.uplinks_per_leaf is not None:
        return (leaf.cage_count.value - up.cages_for(spec.uplinks_per_leaf)) * down.lanes
    ratio = ratio_of(spec.oversubscription)
    if down.gbps == up.gbps:
        return floor(down.ports * ratio / (ratio + 1))
    down_gbps, up_gbps = (Fraction(plan.gbps) * plan.lanes for plan in (down, up))
    cages = floor(leaf.cage_count.value * ratio * up_gbps / (ratio * up_gbps + down_gbps))
    return cages * down.lanes


def uplinks_for(spec: ComputeFabric, per_leaf: int, down: PortPlan, up: PortPlan) -> int:
    """Return the uplinks that a leaf with that many node ports needs."""
    if spec.uplinks_per_leaf is not None:
        return spec.uplinks_per_leaf
    wanted = per_leaf * Fraction(down.gbps) / Fraction(up.gbps) / ratio_of(spec.oversubscription)
    return max(1, ceil(wanted))


def widths(lines: tuple[Line, ...]) -> dict[Key, int]:
    """Return how many links of one node land on each key, in the order of planes, rails
    and ToRs."""
    return dict(sorted(Counter(line.key for line in lines).items()))


def default_group(lines: tuple[Line, ...], capacity: int) -> int:
    """Return how many nodes fill the leaves of one rail group."""
    return max(1, capacity // max(widths(lines).values(), default=1))


def blocks_for(
    group_slots: int,
    lines: tuple[Line, ...],
    spec: ComputeFabric,
    plans: tuple[PortPlan, PortPlan],
    capacity: int,
) -> tuple[Block, ...]:
    """Return the leaf blocks of a rail group that is built for `group_slots` nodes."""
    blocks = []
    for key, width in widths(lines).items():
        leaves = ceil_div(group_slots * width, capacity)
        per_leaf = ceil_div(group_slots * width, leaves)
        blocks.append(Block(key, width, leaves, per_leaf, uplinks_for(spec, per_leaf, *plans)))
    return tuple(blocks)
