"""Draws the compute fabric: leaves, every NIC to its leaf, the fabric manager, and the tree above."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.draft import Draft, Drawing, Lay, Plug
from millwright.design.fabric import (
    Block,
    Line,
    blocks_for,
    default_group,
    down_capacity,
    down_plan,
    lines_of,
)
from millwright.design.manager import Seat, seats_for
from millwright.design.media import FIBRES, cable_for, default_medium
from millwright.design.ports import PortPlan, negotiated, plan_at
from millwright.design.tree import Leaf, Limits, TooLarge, Tree, size_tree
from millwright.design.trees import LeafEnd, Stand, draw_tree
from millwright.errors import Infeasible
from millwright.model.catalog import Switch
from millwright.model.fabricspec import ComputeFabric


@dataclass(frozen=True, slots=True)
class Wiring:
    """How one pool meets the compute fabric."""

    lines: tuple[Line, ...]
    down: PortPlan
    up: PortPlan
    capacity: int


@dataclass(frozen=True, slots=True)
class Models:
    """The switch models of the fabric."""

    leaf: Switch
    spine: Switch
    core: Switch


@dataclass(slots=True)
class LeafDraft:
    """A leaf with what the wiring needs: its block, its number within the block, and its ports."""

    device: Draft
    block: Block
    number: int
    wiring: Wiring


@dataclass(frozen=True, slots=True)
class Entry:
    """One port of a leaf that is taken: by which place of the group, through which line."""

    position: int
    line: int
    port: int


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
        leaves = _group_leaves(spec, pool, group, blocks, wiring)
        start = pool.first_slot(group)
        members = names[start : start + pool.group_slots(group)]
        table = _entries(leaves, wiring.lines, members)
        if pool.displaced and group == pool.group_of(pool.displaced[0])[0]:
            place = pool.displaced[0] - start
            _seat_manager(drawing, leaves, table, place, seats, lay)
        _lay_group(drawing, leaves, table, members, lay)
        drawn.extend(leaves)
    _plug_nodes(drawing, wiring, medium, pool.nodes)
    drawing.devices.extend(leaf.device for leaf in drawn)
    return drawn


def _group_leaves(
    spec: ComputeFabric, pool: PoolPlan, group: int, blocks: tuple[Block, ...], wiring: Wiring
) -> list[LeafDraft]:
    birth = pool.unit_birth(pool.first_slot(group))
    leaves = []
    for block in blocks:
        for number in range(block.leaves):
            device = Draft(
                name=_leaf_name(spec, pool, group, block, number),
                role="leaf",
                kind="switch",
                model=wiring.down.switch.name,
                birth=birth,
                fabric="compute",
                pool=pool.name,
                unit=group // pool.groups_per_unit + 1,
                group=group + 1,
                plane=block.key[0] if spec.planes > 1 else None,
                rail=block.key[1] or None,
                height_u=wiring.down.switch.height_u.value,
            )
            leaves.append(LeafDraft(device, block, number, wiring))
    return leaves


def _leaf_name(spec: ComputeFabric, pool: PoolPlan, group: int, block: Block, number: int) -> str:
    plane, rail, tor = block.key
    parts = [pool.prefixed("leaf")]
    if spec.planes > 1:
        parts.append(f"p{plane}")
    parts.append(f"{group + 1:02d}")
    if rail:
        parts.append(f"{rail}{'ab'[tor] if spec.dual_tor else ''}")
    if block.leaves > 1:
        parts.append(f"{number + 1}")
    return "-".join(parts)


def _entries(
    leaves: list[LeafDraft], lines: tuple[Line, ...], members: list[str | None]
) -> list[list[Entry]]:
    first: dict[tuple[int, int, int], int] = {}
    for index, leaf in enumerate(leaves):
        first.setdefault(leaf.block.key, index)
    table: list[list[Entry]] = [[] for _ in leaves]
    present = [position for position, name in enumerate(members) if name is not None]
    turn: Counter[tuple[int, int, int]] = Counter()
    for number, line in enumerate(lines):
        base = first[line.key]
        block, nth = leaves[base].block, turn[line.key]
        turn[line.key] += 1
        for position in present:
            nth_leaf, port = divmod(position * block.width + nth, block.per_leaf)
            table[base + nth_leaf].append(Entry(position, number, port))
    return table


def _seat_manager(
    drawing: Drawing,
    leaves: list[LeafDraft],
    table: list[list[Entry]],
    place: int,
    seats: tuple[Seat, ...],
    lay: Lay,
) -> None:
    """Give the displaced node's leaf ports to the fabric manager.

    A splitter fibre may not share a twin cage with a straight one: the cage-mate's link moves to the
    displaced node's port of a leaf that holds no splitter.
    """
    home = [i for i, leaf in enumerate(leaves) if leaf.block.key[0] == 1]
    moved: list[str] = []
    for nth, seat in enumerate(seats):
        index = home[nth % len(home)]
        leaf = leaves[index]
        plan = leaf.wiring.down
        port = place * leaf.block.width % leaf.block.per_leaf
        if seat.tails > 1 and plan.lanes == 2:
            spare = home[(nth + len(seats)) % len(home)]
            moved += _move_mate(table, index, spare, port)
        cage, lane = divmod(port, plan.lanes)
        name = plan.name(cage + 1, lane + 1)
        tails = [name if seat.tails == 1 else f"{name}/{t + 1}" for t in range(seat.tails)]
        run = replace(
            lay,
            cable=seat.cable or lay.cable,
            gbps=seat.gbps,
            ends=("fabric-manager", "leaf"),
            plane=leaf.device.plane or 0,
            rail=leaf.device.rail or 0,
        )
        drawing.lay(
            run,
            (seat.devices, seat.ports),
            ([leaf.device.name] * seat.tails, tails),
            f"{leaf.device.name}:manager",
        )
        drawing.buy(run.cable, "compute", 1)
        _plug_seat(drawing, seat, leaf, port, table[index], lay.medium)
    _tell_moves(drawing, len(moved))


def _plug_seat(
    drawing: Drawing, seat: Seat, leaf: LeafDraft, port: int, entries: list[Entry], medium: str
) -> None:
    if medium not in FIBRES:
        return
    drawing.plug(Plug(seat.connector, medium, seat.gbps, 1, "compute-manager"), seat.tails)
    plan = leaf.wiring.down
    cage = port // plan.lanes
    if not any(entry.port // plan.lanes == cage for entry in entries):
        drawing.plug(Plug(plan.switch.connector, medium, plan.gbps, plan.lanes, "compute"), 1)


def _move_mate(table: list[list[Entry]], index: int, spare: int, port: int) -> list[str]:
    mates = [entry for entry in table[index] if entry.port == port ^ 1]
    if not mates or spare == index or any(e.port == port for e in table[spare]):
        return []
    table[index].remove(mates[0])
    table[spare].append(mates[0])
    table[spare][-1] = Entry(mates[0].position, mates[0].line, port)
    return ["moved"]


def _tell_moves(drawing: Drawing, moved: int) -> None:
    if moved:
        drawing.remark(
            "MW-D-014",
            "warn",
            "fabrics.compute.manager",
            f"{moved} links of the node beside the displaced place land on a leaf of another rail, "
            "because both ports of a twin cage must carry the same kind of fibre and the fabric "
            "manager's splitters take their own",
            "their traffic crosses a spine; put the node last in the scheduler's topology, or use "
            "`manager: none` with the subnet manager of the switches",
        )


def _lay_group(
    drawing: Drawing,
    leaves: list[LeafDraft],
    table: list[list[Entry]],
    members: list[str | None],
    lay: Lay,
) -> None:
    for leaf, entries in zip(leaves, table, strict=True):
        if not entries:
            continue
        plan, lines = leaf.wiring.down, leaf.wiring.lines
        names = plan.names(1, leaf.block.per_leaf)
        drawing.lay(
            replace(lay, plane=leaf.device.plane or 0, rail=leaf.device.rail or 0),
            ([members[e.position] or "" for e in entries], [lines[e.line].port for e in entries]),
            ([leaf.device.name] * len(entries), [names[e.port] for e in entries]),
            f"{leaf.device.name}:down",
        )
        drawing.buy(lay.cable, "compute", len(entries))
        if lay.medium in FIBRES:
            cages = len({entry.port // plan.lanes for entry in entries})
            drawing.plug(
                Plug(plan.switch.connector, lay.medium, plan.gbps, plan.lanes, "compute"), cages
            )


def _plug_nodes(drawing: Drawing, wiring: Wiring, medium: str, nodes: int) -> None:
    if medium not in FIBRES:
        return
    cages = Counter((line.cage, line.connector, line.gbps) for line in wiring.lines)
    for (_, connector, gbps), ports in cages.items():
        drawing.plug(Plug(connector, medium, gbps, ports, "compute"), nodes)


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
    limits = Limits(spine.ports, core.ports, spec.tiers, spec.spines or 1)
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
