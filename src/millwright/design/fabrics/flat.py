"""Draws a compute fabric of a single tier: one leaf, or two joined directly, and no spine."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.compute import medium_of, wirings
from millwright.design.fabrics.draft import Draft, Drawing, Lay, Plug
from millwright.design.fabrics.leaves import Wiring
from millwright.design.fabrics.lines import Line, ratio_of
from millwright.design.fabrics.media import FIBRES, cable_for
from millwright.design.fabrics.ports import PortPlan
from millwright.errors import Infeasible
from millwright.model.fabricspec import ComputeFabric
from millwright.units import ceil_div

Member = tuple[PoolPlan, Wiring]


@dataclass(frozen=True, slots=True)
class Flat:
    """The leaves of one plane: how many, and how many ports of each go to nodes and to its
    neighbour."""

    plane: int
    leaves: int
    node_ports: int
    isl: int
    plan: PortPlan


def fits_flat(brief: Brief, spec: ComputeFabric, pools: tuple[PoolPlan, ...]) -> bool:
    """Return whether a fabric that begins with joined leaves still needs no spine."""
    if spec.tiers is not None or spec.min_leaves < 2:
        return spec.tiers == 1
    members = [(p, w) for p, w in zip(pools, wirings(brief, spec), strict=True) if w is not None]
    try:
        return bool(members) and _size(spec, members, 1).leaves > 0
    except Infeasible:
        return False


def draw_flat(
    drawing: Drawing, brief: Brief, spec: ComputeFabric, pools: tuple[PoolPlan, ...]
) -> int:
    """Add the leaves, every NIC's cable and the inter-switch links; return the tiers,
    which is 1."""
    members = [
        (pool, wiring)
        for pool, wiring in zip(pools, wirings(brief, spec), strict=True)
        if wiring is not None
    ]
    for plane in range(1, spec.planes + 1):
        if members:
            _draw_plane(drawing, brief, spec, members, plane)
    return 1


def _lines(member: Member, plane: int) -> list[Line]:
    return [line for line in member[1].lines if line.key[0] == plane]


def _size(spec: ComputeFabric, members: list[Member], plane: int) -> Flat:
    plan = members[0][1].down
    for leaves in range(spec.min_leaves, 65):
        ports = sum(
            pool.slots * ceil_div(len(_lines((pool, wiring), plane)), leaves)
            for pool, wiring in members
        )
        isl = _isl(spec, leaves, ports)
        if ports + isl <= plan.ports and plan.cages_for(ports) + plan.cages_for(isl) <= plan.cages:
            return Flat(plane, leaves, ports, isl, plan)
        if spec.isl_ratio is not None and leaves >= 2:
            break
    raise Infeasible(
        f"one tier of {plan.switch.name} ({plan.ports} ports) cannot carry "
        f"{sum(pool.slots for pool, _ in members)} nodes and the links between its leaves",
        rule="MW-D-011",
        where="fabrics.compute.tiers",
        hint="leave `tiers` out, so that spines join the leaves, or ask for fewer nodes",
    )


def _isl(spec: ComputeFabric, leaves: int, node_ports: int) -> int:
    if spec.isl_ratio is None or leaves != 2:
        return 0
    return ceil(node_ports / ratio_of(spec.isl_ratio))


def _draw_plane(
    drawing: Drawing, brief: Brief, spec: ComputeFabric, members: list[Member], plane: int
) -> None:
    flat = _size(spec, members, plane)
    shown = plane if spec.planes > 1 else 0
    leaves = [_leaf(flat, shown, number) for number in range(1, flat.leaves + 1)]
    drawing.devices.extend(leaves)
    used = [0] * flat.leaves
    for member in members:
        _wire_pool(drawing, brief, spec, member, (flat, leaves, used))
    if flat.isl:
        _join(drawing, brief, spec, flat, leaves)
    elif flat.leaves > 1:
        _warn_unjoined(drawing, flat)


def _leaf(flat: Flat, plane: int, number: int) -> Draft:
    prefix = f"leaf-p{plane}-" if plane else "leaf-"
    switch = flat.plan.switch
    return Draft(
        name=f"{prefix}{number:02d}",
        role="leaf",
        kind="switch",
        model=switch.name,
        fabric="compute",
        plane=plane or None,
        height_u=switch.height_u.value,
    )


def _wire_pool(
    drawing: Drawing,
    brief: Brief,
    spec: ComputeFabric,
    member: Member,
    target: tuple[Flat, list[Draft], list[int]],
) -> None:
    pool, wiring = member
    flat, leaves, used = target
    lines = _lines(member, flat.plane)
    medium = medium_of(spec.medium, flat.plan.gbps)
    cable = cable_for(brief.catalog, medium, flat.plan.gbps, connector=flat.plan.switch.connector)
    lay = Lay("compute", medium, cable.name if cable else "", flat.plan.gbps, ("node", "leaf"))
    slots, names = pool.used_slots, pool.hostnames()
    for index, leaf in enumerate(leaves):
        mine = [line for n, line in enumerate(lines) if n * flat.leaves // len(lines) == index]
        ports = flat.plan.names(1, flat.plan.ports)
        run = Lay(lay.fabric, lay.medium, lay.cable, lay.gbps, lay.ends, plane=leaf.plane or 0)
        places = [used[index] + slot * len(mine) + i for slot in slots for i in range(len(mine))]
        drawing.lay(
            run,
            ([name for name in names for _ in mine], [line.port for _ in names for line in mine]),
            ([leaf.name] * len(places), [ports[place] for place in places]),
            f"{leaf.name}:down",
        )
        drawing.buy(lay.cable, "compute", len(places))
        used[index] += pool.slots * len(mine)
        if medium in FIBRES:
            _plug(drawing, flat.plan, medium, len({p // flat.plan.lanes for p in places}))
    if medium in FIBRES and flat.plane == 1:
        _plug_nodes(drawing, wiring, medium, pool.nodes)


def _plug(drawing: Drawing, plan: PortPlan, medium: str, cages: int) -> None:
    drawing.plug(Plug(plan.switch.connector, medium, plan.gbps, plan.lanes, "compute"), cages)


def _plug_nodes(drawing: Drawing, wiring: Wiring, medium: str, nodes: int) -> None:
    cages: dict[str, list[Line]] = {}
    for line in wiring.lines:
        cages.setdefault(line.cage, []).append(line)
    for lines in cages.values():
        plug = Plug(lines[0].connector, medium, lines[0].gbps, len(lines), "compute")
        drawing.plug(plug, nodes)


def _join(
    drawing: Drawing, brief: Brief, spec: ComputeFabric, flat: Flat, leaves: list[Draft]
) -> None:
    plan = flat.plan
    twin = cable_for(brief.catalog, "dac", plan.gbps, links=plan.lanes)
    medium = "dac" if twin else medium_of(spec.medium, plan.gbps)
    cable = twin or cable_for(brief.catalog, medium, plan.gbps, connector=plan.switch.connector)
    name = cable.name if cable else ""
    lay = Lay("compute", medium, name, plan.gbps, ("leaf", "leaf"), plane=leaves[0].plane or 0)
    for pair in range(plan.cages_for(flat.isl)):
        lanes = min(plan.lanes, flat.isl - pair * plan.lanes)
        ports = [plan.name(plan.cages - pair, lane + 1) for lane in range(lanes)]
        ends = [[leaf.name] * lanes for leaf in leaves]
        drawing.lay(lay, (ends[0], ports), (ends[1], ports), f"{leaves[0].name}:isl-{pair + 1}")
    drawing.buy(name, "compute", plan.cages_for(flat.isl) if twin else flat.isl)
    if medium in FIBRES:
        _plug(drawing, plan, medium, 2 * plan.cages_for(flat.isl))


def _warn_unjoined(drawing: Drawing, flat: Flat) -> None:
    drawing.remark(
        "MW-D-015",
        "warn",
        "fabrics.compute",
        f"the {flat.leaves} leaves are not joined: traffic between rails must be forwarded inside "
        "a node",
        "say `isl_ratio` for links between two leaves, or allow two tiers",
    )
