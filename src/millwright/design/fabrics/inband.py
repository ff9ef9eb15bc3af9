"""Draws the in-band fabric: pairs of leaves with every node on both, the tree above, and the way
out.

Each leaf has three regions of cages: fixed places for the nodes at the bottom, uplinks and inter-
switch links at the top, and what remains between them for whatever else needs a port. So growth
moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.attach import Bench, attach_appliances, attach_site, tell_misfit
from millwright.design.fabrics.clos import Leaf, Limits, TooLarge, Tree, size_tree
from millwright.design.fabrics.draft import Draft, Drawing, Lay, Plug
from millwright.design.fabrics.guests import Guest, guests_of
from millwright.design.fabrics.media import pick
from millwright.design.fabrics.pairs import Face, face, isl_links, nodes_per_pair
from millwright.design.fabrics.ports import CagePool, PortPlan, negotiated, whole_ports
from millwright.design.fabrics.uplinks import LeafEnd, Stand, draw_tree
from millwright.errors import Infeasible
from millwright.model.catalog import Switch
from millwright.model.fabricspec import InbandFabric
from millwright.units import ceil_div


@dataclass(frozen=True, slots=True)
class Pair:
    """Two leaves that share their nodes."""

    pool: PoolPlan
    number: int
    first_slot: int
    slots: int
    leaves: tuple[Draft, Draft]


@dataclass(slots=True)
class Inband:
    """The finished fabric, with the ports that are still free."""

    tiers: int
    pairs: list[Pair] = field(default_factory=list)
    benches: list[tuple[Bench, Bench]] = field(default_factory=list)

    def pair_at(self, pool: PoolPlan, slot: int) -> int:
        """Return the pair that serves a node place."""
        for index, pair in enumerate(self.pairs):
            if pair.pool is pool and pair.first_slot <= slot < pair.first_slot + pair.slots:
                return index
        return 0


def draw_inband(
    drawing: Drawing,
    brief: Brief,
    spec: InbandFabric,
    pools: tuple[PoolPlan, ...],
    carries: tuple[str, ...],
) -> Inband:
    """Add the fabric. `carries` names the other fabrics whose node links land here as well."""
    switch = brief.switch(spec.switch, "fabrics.inband.switch")
    up = negotiated(switch, switch.port_speed_gbps.value)
    per_pool = [(pool, guests_of(brief, pool, switch, carries)) for pool in pools]
    cores = _cores(drawing, spec, per_pool, up)
    inband = Inband(tiers=2 if cores else 1)
    for pool, guests in per_pool:
        _draw_pool(drawing, brief, spec, (pool, guests), (up, cores), inband)
    tops = [bench for pair in inband.benches for bench in pair]
    if cores:
        tops, inband.tiers = _draw_tree(drawing, brief, spec, inband, (up, cores))
    attach_site(drawing, brief, spec, tops)
    attach_appliances(drawing, brief, spec, inband.benches[0], tops if cores else None)
    return inband


def _cores(
    drawing: Drawing,
    spec: InbandFabric,
    per_pool: list[tuple[PoolPlan, tuple[Guest, ...]]],
    up: PortPlan,
) -> int:
    pairs = sum(ceil_div(p.slots, nodes_per_pair(spec, g, up, spec.cores)) for p, g in per_pool)
    if spec.cores or pairs <= 1:
        return spec.cores
    drawing.remark(
        "MW-D-018",
        "info",
        "fabrics.inband.cores",
        f"{pairs} pairs of in-band leaves need a layer above them: two switches were added",
        "say `cores` to choose another number",
    )
    return 2


def _draw_pool(
    drawing: Drawing,
    brief: Brief,
    spec: InbandFabric,
    member: tuple[PoolPlan, tuple[Guest, ...]],
    above: tuple[PortPlan, int],
    inband: Inband,
) -> None:
    pool, guests = member
    up, cores = above
    per_pair = nodes_per_pair(spec, guests, up, cores)
    _tell_smaller_pairs(drawing, spec, per_pair, up)
    full = face(spec, up, cores, isl_links(spec, guests, min(per_pair, 4096), up))
    places = pool.seated()
    for number in range(ceil_div(pool.slots, per_pair)):
        first = number * per_pair
        leaves = _leaves(pool, number, first, up.switch)
        slots = min(per_pair, pool.slots - first)
        pair = Pair(pool, number, first, per_pair, leaves)
        drawing.devices.extend(leaves)
        bottom = _wire_guests(drawing, brief, spec, pair, guests, places, per_pair)
        _join(drawing, brief, spec, pair, full, isl_links(spec, guests, slots, up))
        inband.pairs.append(pair)
        last = up.cages - full.top + full.site
        inband.benches.append(
            (
                Bench(leaves[0], up.switch, CagePool(bottom, last)),
                Bench(leaves[1], up.switch, CagePool(bottom, last)),
            )
        )


def _tell_smaller_pairs(drawing: Drawing, spec: InbandFabric, per_pair: int, up: PortPlan) -> None:
    if spec.nodes_per_pair is not None and per_pair < spec.nodes_per_pair:
        drawing.remark(
            "MW-D-019",
            "warn",
            "fabrics.inband.nodes_per_pair",
            f"a pair of {up.switch.name} takes {per_pair} nodes, not {spec.nodes_per_pair}, "
            "beside its "
            "uplinks and reserved ports",
            "more pairs are built; lower `nodes_per_pair` to say so",
        )


def _leaves(pool: PoolPlan, number: int, first: int, switch: Switch) -> tuple[Draft, Draft]:
    def leaf(side: int) -> Draft:
        return Draft(
            name=f"{pool.prefixed('in-leaf')}-{2 * number + side + 1:02d}",
            role="leaf",
            kind="switch",
            model=switch.name,
            birth=pool.unit_birth(first),
            fabric="inband",
            pool=pool.name,
            height_u=switch.height_u.value,
        )

    return leaf(0), leaf(1)


def _wire_guests(
    drawing: Drawing,
    brief: Brief,
    spec: InbandFabric,
    pair: Pair,
    guests: tuple[Guest, ...],
    places: list[str | None],
    per_pair: int,
) -> int:
    """Cable all nodes of a pair; return the first cage above their places."""
    cage = 1
    here = places[pair.first_slot : pair.first_slot + per_pair]
    members = [(name, at) for at, name in enumerate(here) if name is not None]
    for guest in guests:
        chosen = pick(
            brief.catalog, guest.medium or spec.medium or "aoc", guest.gbps, guest.connector
        )
        tell_misfit(drawing, brief, chosen.cable, guest.plan.switch)
        lay = Lay(guest.fabric, chosen.medium, chosen.cable, guest.plan.gbps, ("node", "leaf"))
        ports = guest.plan.names(cage, per_pair * guest.width)
        for leaf, side in zip(pair.leaves, guest.sides, strict=True):
            spots = [at * guest.width + i for _, at in members for i in range(len(side))]
            drawing.lay(
                lay,
                ([n for n, _ in members for _ in side], [p for _ in members for p in side]),
                ([leaf.name] * len(spots), [ports[spot] for spot in spots]),
                f"{leaf.name}:down",
            )
            drawing.buy(lay.cable, guest.fabric, len(spots))
            if chosen.is_fibre:
                _plug_down(drawing, guest, chosen.medium, spots)
        cage += guest.plan.cages_for(per_pair * guest.width)
    return cage


def _plug_down(drawing: Drawing, guest: Guest, medium: str, spots: list[int]) -> None:
    plan = guest.plan
    cages = len({spot // plan.lanes for spot in spots})
    switch_side = Plug(plan.switch.connector, medium, plan.gbps, plan.lanes, guest.fabric)
    drawing.plug(switch_side, cages)
    drawing.plug(Plug(guest.connector, medium, plan.gbps, 1, guest.fabric), len(spots))


def _join(
    drawing: Drawing, brief: Brief, spec: InbandFabric, pair: Pair, full: Face, isl: int
) -> None:
    if not isl:
        return
    up = full.up
    chosen = pick(brief.catalog, spec.isl_medium, up.gbps, up.switch.connector)
    top = up.cages - up.cages_for(full.uplinks)
    ports = [up.name(top - i // up.lanes, i % up.lanes + 1) for i in range(isl)]
    a, b = pair.leaves
    drawing.lay(
        Lay("inband", chosen.medium, chosen.cable, up.gbps, ("leaf", "leaf")),
        ([a.name] * isl, ports),
        ([b.name] * isl, ports),
        f"{a.name}:isl",
    )
    drawing.buy(chosen.cable, "inband-isl", isl)
    if chosen.is_fibre:
        plug = Plug(up.switch.connector, chosen.medium, up.gbps, up.lanes, "inband-isl")
        drawing.plug(plug, 2 * up.cages_for(isl))


def _draw_tree(
    drawing: Drawing,
    brief: Brief,
    spec: InbandFabric,
    inband: Inband,
    above: tuple[PortPlan, int],
) -> tuple[list[Bench], int]:
    up, cores = above
    switch = brief.switch(spec.core_switch or up.switch.name, "fabrics.inband.core_switch")
    plan = negotiated(switch, up.gbps)
    count = cores * spec.uplinks_per_core
    drafts = [leaf for pair in inband.pairs for leaf in pair.leaves]
    ends = [LeafEnd(leaf, up.last_names(count)) for leaf in drafts]
    sized = [Leaf(count)] * len(drafts)
    kept = _kept_above(brief, spec, cores)
    tree, limits = _size(sized, plan, kept, cores)
    chosen = pick(brief.catalog, spec.medium or "aoc", up.gbps, up.switch.connector)
    stand = Stand(
        fabric="inband",
        plane=0,
        leaf_model=up.switch,
        spine=plan,
        core=plan,
        up=up,
        medium=chosen.medium,
        cable=chosen.cable,
        prefix="in-",
        limits=limits,
    )
    upper = draw_tree(drawing, tree, sized, ends, stand)
    tops = upper.cores if tree.tiers == 3 else upper.spines
    return [
        Bench(top, switch, CagePool(1 + plan.cages - kept, plan.cages, descending=True))
        for top in tops
    ], tree.tiers


def _kept_above(brief: Brief, spec: InbandFabric, cores: int) -> int:
    external = sum(
        a.placed.count * len(a.model.ports_of("inband"))
        for a in brief.appliances
        if a.model.external
    )
    return ceil_div(spec.site_uplinks + external, cores)


def _size(sized: list[Leaf], plan: PortPlan, kept: int, cores: int) -> tuple[Tree, Limits]:
    room = max(2, plan.ports - kept * plan.lanes)
    tiers = 2 if len(sized) <= room else 3
    limits = Limits(room if tiers == 2 else whole_ports(plan), room, tiers, cores)
    try:
        return size_tree(sized, limits), limits
    except TooLarge as too_large:
        raise Infeasible(
            str(too_large),
            rule="MW-D-011",
            where="fabrics.inband",
            hint="use larger switches, or more nodes per pair",
        ) from None
