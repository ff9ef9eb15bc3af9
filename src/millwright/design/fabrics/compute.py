"""Draws the compute fabric: leaves, every NIC to its leaf, the fabric manager, and the
tree above."""

from __future__ import annotations

from dataclasses import dataclass, replace

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.clos import Leaf, Limits, TooLarge, Tree, size_tree
from millwright.design.fabrics.draft import Drawing, Lay
from millwright.design.fabrics.leaves import (
    LeafDraft,
    Wiring,
    entries,
    group_leaves,
    lay_group,
    plug_nodes,
)
from millwright.design.fabrics.lines import (
    blocks_for,
    default_group,
    down_capacity,
    down_plan,
    lines_of,
)
from millwright.design.fabrics.manager import seats_for
from millwright.design.fabrics.media import cable_for, default_medium
from millwright.design.fabrics.ports import PortPlan, negotiated, plan_at, whole_ports
from millwright.design.fabrics.seating import seat_manager
from millwright.design.fabrics.uplinks import LeafEnd, Stand, draw_tree
from millwright.errors import Infeasible
from millwright.model.catalog import Switch
from millwright.model.fabricspec import ComputeFabric


@dataclass(frozen=True, slots=True)
class Models:
    """The switch models of the fabric."""

    leaf: Switch
    spine: Switch
    core: Switch


def models_of(brief: Brief, spec: ComputeFabric) -> Models:
    """Return the three switch models; spine and core default to the model below."""
    leaf = brief.switch(spec.switch, "fabrics.compute.switch")
    spine = brief.switch(spec.spine_switch or leaf.name, "fabrics.compute.spine_switch")
    core = brief.switch(spec.core_switch or spine.name, "fabrics.compute.core_switch")
    return Models(leaf, spine, core)


def wirings(brief: Brief, spec: ComputeFabric) -> list[Wiring | None]:
    """Return the wiring of every pool, in order; None for servers without compute ports."""
    models = models_of(brief, spec)
    all_lines = [
        lines_of(brief.server_of(pool, index), spec)
        for index, pool in enumerate(brief.factory.compute)
    ]
    fastest = max((lines[0].gbps for lines in all_lines if lines), default=0.0)
    up = _uplink_plan(models, spec, fastest) if fastest else None
    found: list[Wiring | None] = []
    for lines in all_lines:
        if not lines or up is None:
            found.append(None)
            continue
        down = down_plan(models.leaf, lines)
        found.append(Wiring(lines, down, up, down_capacity(models.leaf, spec, down, up)))
    return found


def _uplink_plan(models: Models, spec: ComputeFabric, fastest: float) -> PortPlan:
    plan = plan_at(models.leaf, spec.uplink_gbps or fastest) or negotiated(
        models.leaf, spec.uplink_gbps or fastest
    )
    if plan_at(models.spine, plan.gbps) is None or plan_at(models.core, plan.gbps) is None:
        raise Infeasible(
            f"{models.leaf.name} and {models.spine.name} share no port speed of {plan.gbps:g} Gb/s",
            rule="MW-D-010",
            where="fabrics.compute.spine_switch",
            hint="choose a spine of the leaf's speed, or say `uplink_gbps`",
        )
    return plan


def group_sizes(spec: ComputeFabric | None, found: list[Wiring | None]) -> list[int]:
    """Return the rail group of each pool in nodes: as specified, or as many as fill a leaf."""
    sizes = []
    for wiring in found:
        asked = spec.nodes_per_rail_group if spec else None
        if wiring is None:
            sizes.append(asked or 1)
        else:
            sizes.append(asked or default_group(wiring.lines, wiring.capacity))
    return sizes


def draw_compute(
    drawing: Drawing, brief: Brief, spec: ComputeFabric, pools: tuple[PoolPlan, ...]
) -> int:
    """Add leaves, spines, cores and all their cables; return how many tiers there are."""
    models = models_of(brief, spec)
    leaves: list[LeafDraft] = []
    for pool, wiring in zip(pools, wirings(brief, spec), strict=True):
        if wiring is not None:
            leaves.extend(_draw_pool(drawing, brief, spec, pool, wiring))
    tiers = 0
    for plane in range(1, spec.planes + 1):
        of_plane = [leaf for leaf in leaves if leaf.block.key[0] == plane]
        if of_plane:
            tiers = _draw_plane(drawing, brief, spec, models, of_plane)
    return tiers


def medium_of(spec_medium: str | None, gbps: float) -> str:
    """Return the medium asked for, or the usual one of the speed."""
    return spec_medium or default_medium(gbps)


def _draw_pool(
    drawing: Drawing, brief: Brief, spec: ComputeFabric, pool: PoolPlan, wiring: Wiring
) -> list[LeafDraft]:
    medium = medium_of(spec.medium, wiring.down.gbps)
    cable = cable_for(
        brief.catalog, medium, wiring.down.gbps, connector=wiring.down.switch.connector
    )
    lay = Lay("compute", medium, cable.name if cable else "", wiring.down.gbps, ("node", "leaf"))
    names = pool.seated()
    seats = seats_for(brief, "compute") if pool.index == 0 and spec.manager == "ufm" else ()
    plans = (wiring.down, wiring.up)
    drawn: list[LeafDraft] = []
    for group in range(pool.units * pool.groups_per_unit):
        blocks = blocks_for(pool.group_slots(group), wiring.lines, spec, plans, wiring.capacity)
        leaves = group_leaves(spec, pool, group, blocks, wiring)
        start = pool.first_slot(group)
        members = names[start : start + pool.group_slots(group)]
        table = entries(leaves, wiring.lines, members)
        if pool.displaced and group == pool.group_of(pool.displaced[0])[0]:
            place = pool.displaced[0] - start
            seat_manager(drawing, leaves, table, place, seats, lay)
        lay_group(drawing, leaves, table, members, lay)
        drawn.extend(leaves)
    plug_nodes(drawing, wiring, medium, pool.nodes)
    drawing.devices.extend(leaf.device for leaf in drawn)
    return drawn


def _draw_plane(
    drawing: Drawing,
    brief: Brief,
    spec: ComputeFabric,
    models: Models,
    leaves: list[LeafDraft],
) -> int:
    up = leaves[0].wiring.up
    medium = medium_of(spec.medium, up.gbps)
    cable = cable_for(brief.catalog, medium, up.gbps, connector=models.leaf.connector)
    spine, core = negotiated(models.spine, up.gbps), negotiated(models.core, up.gbps)
    sized = [Leaf(leaf.block.uplinks, _scope(spec, leaf)) for leaf in leaves]
    limits = Limits(whole_ports(spine), core.ports, spec.tiers, spec.spines or 1, spec.pods)
    tree = _sized(sized, limits)
    stand = Stand(
        fabric="compute",
        plane=leaves[0].device.plane or 0,
        leaf_model=models.leaf,
        spine=spine,
        core=core,
        up=up,
        medium=medium,
        cable=cable.name if cable else "",
        limits=replace(limits, tiers=tree.tiers),
    )
    ends = [LeafEnd(leaf.device, up.last_names(leaf.block.uplinks)) for leaf in leaves]
    draw_tree(drawing, tree, sized, ends if tree.tiers > 1 else [], stand)
    return tree.tiers


def _scope(spec: ComputeFabric, leaf: LeafDraft) -> object:
    rail, unit = leaf.block.key[1], (leaf.device.pool, leaf.device.unit)
    return {"plane": None, "rail": rail, "rail-and-unit": (rail, unit)}[spec.spine_scope]


def _sized(leaves: list[Leaf], limits: Limits) -> Tree:
    try:
        return size_tree(leaves, limits)
    except TooLarge as too_large:
        raise Infeasible(
            str(too_large),
            rule="MW-D-011",
            where="fabrics.compute",
            hint="ask for fewer nodes, more tiers, planes, or switches with more ports",
        ) from None
