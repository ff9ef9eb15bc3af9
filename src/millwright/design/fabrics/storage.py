"""Draws the storage fabric: node leaves, storage leaves, ports kept for storage devices, and
spines.

Storage devices themselves are chosen later; their leaf ports are kept free and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.clos import Leaf, Limits, TooLarge, size_tree
from millwright.design.fabrics.compute import medium_of
from millwright.design.fabrics.draft import Draft, Drawing, Lay, Plug
from millwright.design.fabrics.lines import ratio_of
from millwright.design.fabrics.manager import instances, managers_of
from millwright.design.fabrics.media import FIBRES, cable_for
from millwright.design.fabrics.ports import PortPlan, negotiated, share_cages, whole_ports
from millwright.design.fabrics.uplinks import LeafEnd, Stand, draw_tree
from millwright.errors import Infeasible
from millwright.model.catalog import Port
from millwright.model.fabricspec import StorageFabric
from millwright.units import ceil_div


@dataclass(frozen=True, slots=True)
class Share:
    """The storage leaves of one scalable unit of one pool, in ports of one speed."""

    plan: PortPlan
    node_leaves: int
    per_leaf: int
    uplinks: int
    storage_leaves: int
    storage_uplinks: int


@dataclass(slots=True)
class Leaves:
    """The leaves drawn so far and how the tree above sees them."""

    ends: list[LeafEnd]
    sized: list[Leaf]


def draw_storage(
    drawing: Drawing, brief: Brief, spec: StorageFabric, pools: tuple[PoolPlan, ...]
) -> int:
    """Add the fabric; return its tiers, 0 where no server has a storage port."""
    switch = brief.switch(spec.switch, "fabrics.storage.switch")
    leaves = Leaves([], [])
    plan: PortPlan | None = None
    for pool in pools:
        ports = pool.server.ports_of("storage")
        if ports:
            plan = negotiated(switch, ports[0].speed_gbps)
            _draw_pool(drawing, brief, spec, pool, plan, leaves)
    if plan is None:
        drawing.remark(
            "MW-D-016",
            "warn",
            "fabrics.storage",
            "no server has a port for the storage fabric, so it is not built",
            "say `shared_with: inband`, or give the server's port map storage ports",
        )
        return 0
    return _draw_tree(drawing, brief, spec, plan, leaves)


def _share(spec: StorageFabric, ports: int, per_unit: int, plan: PortPlan) -> Share:
    separate = spec.separate_storage_leaves
    devices = 0 if separate else spec.storage_links_per_unit
    capacity, uplinks = _front(spec, plan)
    leaves = ceil_div(ports * per_unit + devices, capacity)
    most = plan.ports // 2
    storage = ceil_div(spec.storage_links_per_unit, most) if separate else 0
    return Share(
        plan=plan,
        node_leaves=leaves,
        per_leaf=ceil_div(ports * per_unit, leaves),
        uplinks=uplinks,
        storage_leaves=storage,
        storage_uplinks=ceil_div(spec.storage_links_per_unit, storage) if storage else 0,
    )


def _front(spec: StorageFabric, plan: PortPlan) -> tuple[int, int]:
    """Return the ports of a node leaf for nodes and devices, and its uplinks."""
    ratio = ratio_of(spec.oversubscription)
    asked = spec.node_ports_per_leaf
    capacity = min(asked or floor(plan.ports * ratio / (ratio + 1)), plan.ports - 1)
    while capacity > 0:
        uplinks = max(1, ceil(capacity / ratio) if asked else plan.ports - capacity)
        if not share_cages(plan, capacity, plan, uplinks):
            return capacity, uplinks
        capacity -= 1
    raise Infeasible(
        f"{plan.switch.name} has no port for a node beside its uplinks",
        rule="MW-D-010",
        where="fabrics.storage.switch",
        hint="choose a switch with more ports",
    )


def _draw_pool(
    drawing: Drawing,
    brief: Brief,
    spec: StorageFabric,
    pool: PoolPlan,
    plan: PortPlan,
    leaves: Leaves,
) -> None:
    ports = pool.server.ports_of("storage")
    share = _share(spec, len(ports), pool.nodes_per_unit, plan)
    names = pool.seated()
    medium = medium_of(spec.medium, plan.gbps)
    lay = Lay("storage", medium, _cable(brief, medium, plan), plan.gbps, ("node", "leaf"))
    for unit in range(pool.units):
        start = unit * pool.nodes_per_unit
        drafts = _unit_leaves(pool, unit, share)
        members = names[start : start + pool.nodes_per_unit]
        _wire_nodes(drawing, ports, members, drafts, share, lay)
        if unit == 0 and pool.index == 0:
            _wire_managers(drawing, brief, pool, drafts, share, lay)
        for index, draft in enumerate(drafts):
            uplinks = share.uplinks if index < share.node_leaves else share.storage_uplinks
            leaves.ends.append(LeafEnd(draft, plan.last_names(uplinks)))
            leaves.sized.append(Leaf(uplinks))
        drawing.devices.extend(drafts)
    if medium in FIBRES:
        for port in ports:
            drawing.plug(Plug(port.connector, medium, plan.gbps, 1, "storage"), pool.nodes)
    _tell_kept_ports(drawing, spec, pool)


def _cable(brief: Brief, medium: str, plan: PortPlan) -> str:
    cable = cable_for(brief.catalog, medium, plan.gbps, connector=plan.switch.connector)
    return cable.name if cable else ""


def _unit_leaves(pool: PoolPlan, unit: int, share: Share) -> list[Draft]:
    count = share.node_leaves + share.storage_leaves
    return [
        Draft(
            name=f"{pool.prefixed('st-leaf')}-{unit * count + index + 1:02d}",
            role="leaf",
            kind="switch",
            model=share.plan.switch.name,
            birth=pool.unit_birth(unit * pool.nodes_per_unit),
            fabric="storage",
            pool=pool.name,
            unit=unit + 1,
            height_u=share.plan.switch.height_u.value,
        )
        for index in range(count)
    ]


def _wire_nodes(
    drawing: Drawing,
    ports: tuple[Port, ...],
    members: list[str | None],
    drafts: list[Draft],
    share: Share,
    lay: Lay,
) -> None:
    names = share.plan.names(1, share.plan.ports)
    taken: list[list[tuple[str, str, int]]] = [[] for _ in range(share.node_leaves)]
    for number, port in enumerate(ports):
        for position, node in enumerate(members):
            leaf, index = divmod(number * len(members) + position, share.per_leaf)
            if node is not None:
                taken[leaf].append((node, port.name, index))
    for draft, rows in zip(drafts, taken, strict=False):
        drawing.lay(
            lay,
            ([row[0] for row in rows], [row[1] for row in rows]),
            ([draft.name] * len(rows), [names[row[2]] for row in rows]),
            f"{draft.name}:down",
        )
        drawing.buy(lay.cable, "storage", len(rows))
        _plug(drawing, share.plan, lay.medium, len({row[2] // share.plan.lanes for row in rows}))


def _plug(drawing: Drawing, plan: PortPlan, medium: str, cages: int) -> None:
    if medium in FIBRES:
        drawing.plug(Plug(plan.switch.connector, medium, plan.gbps, plan.lanes, "storage"), cages)


def _wire_managers(
    drawing: Drawing,
    brief: Brief,
    pool: PoolPlan,
    drafts: list[Draft],
    share: Share,
    lay: Lay,
) -> None:
    """One port of each appliance, in the displaced node's places or in free ports of the
    last leaf."""
    names = share.plan.names(1, share.plan.ports)
    free = _free_places(pool, share)
    run = replace(lay, ends=("fabric-manager", "leaf"))
    for appliances in managers_of(brief, "storage"):
        ports = appliances.model.ports_of("storage") or appliances.model.ports_of("compute")
        for appliance in instances(appliances) if ports else ():
            if not free:
                raise Infeasible(
                    "the storage leaves of the first scalable unit have no free port for their "
                    "manager",
                    rule="MW-D-004",
                    where="fabrics.storage.manager",
                    hint="write `manager: none` for the storage fabric",
                )
            leaf, index = free.pop(0)
            drawing.lay(
                run,
                ((appliance,), (ports[0].name,)),
                ((drafts[leaf].name,), (names[index],)),
                f"{drafts[leaf].name}:manager",
            )
            drawing.buy(lay.cable, "storage", 1)
            if lay.medium in FIBRES:
                plug = Plug(ports[0].connector, lay.medium, share.plan.gbps, 1, "storage-manager")
                drawing.plug(plug, 1)


def _free_places(pool: PoolPlan, share: Share) -> list[tuple[int, int]]:
    ports = len(pool.server.ports_of("storage"))
    displaced = [
        divmod(number * pool.nodes_per_unit + slot, share.per_leaf)
        for slot in pool.displaced
        for number in range(ports)
    ]
    spare = share.plan.ports - share.uplinks
    rest = [
        (leaf, index) for leaf in range(share.node_leaves) for index in range(share.per_leaf, spare)
    ]
    return displaced + rest


def _tell_kept_ports(drawing: Drawing, spec: StorageFabric, pool: PoolPlan) -> None:
    if spec.storage_links_per_unit:
        drawing.remark(
            "MW-D-017",
            "info",
            "fabrics.storage",
            f"{spec.storage_links_per_unit * pool.units} leaf ports are kept for storage devices, "
            "which are not chosen yet: their cables are not in the bill",
        )


def _draw_tree(
    drawing: Drawing, brief: Brief, spec: StorageFabric, plan: PortPlan, leaves: Leaves
) -> int:
    spine_model = brief.switch(
        spec.spine_switch or plan.switch.name, "fabrics.storage.spine_switch"
    )
    spine = negotiated(spine_model, plan.gbps)
    limits = Limits(whole_ports(spine), spine.ports, None, spec.spines or 1)
    try:
        tree = size_tree(leaves.sized, limits)
    except TooLarge as too_large:
        raise Infeasible(
            str(too_large), rule="MW-D-011", where="fabrics.storage", hint="use larger switches"
        ) from None
    medium = medium_of(spec.medium, plan.gbps)
    stand = Stand(
        fabric="storage",
        plane=0,
        leaf_model=plan.switch,
        spine=spine,
        core=spine,
        up=plan,
        medium=medium,
        cable=_cable(brief, medium, plan),
        prefix="st-",
        limits=replace(limits, tiers=tree.tiers),
    )
    draw_tree(drawing, tree, leaves.sized, leaves.ends if tree.tiers > 1 else [], stand)
    return tree.tiers
