"""How many nodes each pool comes to, and which node places the fabric is built for."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.design.brief import Brief
from millwright.errors import Infeasible
from millwright.model.catalog import Server
from millwright.model.cluster import PoolSize
from millwright.model.nodeset import expanded
from millwright.model.spec import MAX_GPUS, MAX_NODES, Pool
from millwright.units import ceil_div


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """One pool as node places ("slots"), counted from 0 within the pool.

    The fabric is built for whole scalable units; `displaced` places were given to the fabric
    manager. `offset` is the number of places in the pools before this one.
    """

    name: str
    index: int
    server: Server
    nodes: int
    units: int
    nodes_per_unit: int
    group_size: int
    displaced: tuple[int, ...]
    offset: int
    digits: int
    named: tuple[str, ...] = ()

    @property
    def slots(self) -> int:
        """Return how many node places are built, empty and displaced ones included."""
        return self.units * self.nodes_per_unit

    @property
    def groups_per_unit(self) -> int:
        """Return how many rail groups make a scalable unit."""
        return ceil_div(self.nodes_per_unit, self.group_size)

    @property
    def gpus(self) -> int:
        """Return the GPUs of all nodes."""
        return self.nodes * self.server.gpu_count.value

    @property
    def used_slots(self) -> list[int]:
        """Return the places that hold a node, in the order of node numbers."""
        beyond = self.nodes + len(self.displaced)
        return [slot for slot in range(beyond) if slot not in self.displaced][: self.nodes]

    def group_of(self, slot: int) -> tuple[int, int]:
        """Return (rail group counted from 0 within the pool, position within the group)."""
        unit, within = divmod(slot, self.nodes_per_unit)
        return unit * self.groups_per_unit + within // self.group_size, within % self.group_size

    def group_slots(self, group: int) -> int:
        """Return how many places the rail group is built for."""
        within = group % self.groups_per_unit
        return min(self.group_size, self.nodes_per_unit - within * self.group_size)

    def first_slot(self, group: int) -> int:
        """Return the first place of a rail group."""
        unit, within = divmod(group, self.groups_per_unit)
        return unit * self.nodes_per_unit + within * self.group_size

    def birth_of(self, slot: int) -> int:
        """Return when a place comes into being, counted over all pools."""
        return self.offset + slot

    def unit_birth(self, slot: int) -> int:
        """Return when the scalable unit of a place comes into being; units are built whole."""
        return self.offset + slot // self.nodes_per_unit * self.nodes_per_unit

    def hostnames(self) -> list[str]:
        """Return the node names: those that they have already, else the pool's with a number; one
        that ends in a digit gets a dash before it."""
        if self.named:
            return list(self.named)
        stem = f"{self.name}-" if self.name[-1].isdigit() else self.name
        return [f"{stem}{number:0{self.digits}d}" for number in range(1, self.nodes + 1)]

    def seated(self) -> list[str | None]:
        """Return, for every place in order, the hostname of its node; None for an empty place."""
        places: list[str | None] = [None] * self.slots
        for slot, name in zip(self.used_slots, self.hostnames(), strict=True):
            places[slot] = name
        return places

    def prefixed(self, stem: str) -> str:
        """Return a device stem that is unique to the pool; the first pool's needs no prefix."""
        return stem if self.index == 0 else f"{self.name}-{stem}"

    def size(self) -> PoolSize:
        """Return the pool as the Cluster tells it."""
        return PoolSize(
            name=self.name,
            server=self.server.name,
            nodes=self.nodes,
            gpus=self.gpus,
            scalable_units=self.units,
            slots=self.slots,
            displaced=len(self.displaced),
        )


def plan_pools(brief: Brief, groups: list[int], displaced_ports: int) -> tuple[PoolPlan, ...]:
    """Return the plan of every pool.

    `groups` holds the rail group size of each pool, `displaced_ports` how many node ports the
    fabric manager takes (from the first pool). Raises Infeasible where the sum is beyond what is
    supported.
    """
    plans: list[PoolPlan] = []
    offset = 0
    for index, (pool, group) in enumerate(zip(brief.factory.compute, groups, strict=True)):
        taken = displaced_ports if index == 0 else 0
        plan = _plan(brief, pool, index, group, taken, offset)
        plans.append(plan)
        offset += plan.slots
    _check_total(plans)
    return tuple(plans)


def _plan(brief: Brief, pool: Pool, index: int, group: int, taken: int, offset: int) -> PoolPlan:
    server = brief.server_of(pool, index)
    per_unit = _unit_of(brief, group)
    ports = len(server.ports_of("compute"))
    lost = ceil_div(taken, ports) if taken and ports else 0
    if lost >= per_unit:
        raise Infeasible(
            f"the fabric manager takes {taken} ports, more than a scalable unit of {per_unit} "
            "nodes has",
            rule="MW-D-004",
            where="fabrics.compute.manager",
            hint="write `manager: none`, or a larger nodes_per_rail_group",
        )
    nodes = _nodes(pool, server, per_unit, lost, index)
    return PoolPlan(
        name=pool.name,
        index=index,
        server=server,
        nodes=nodes,
        units=ceil_div(_places(nodes, per_unit, lost), per_unit),
        nodes_per_unit=per_unit,
        group_size=min(group, per_unit),
        displaced=tuple(per_unit - 1 - place for place in reversed(range(lost))),
        offset=offset,
        digits=brief.hostname_digits,
        named=_named(pool, nodes, index),
    )


def _named(pool: Pool, nodes: int, index: int) -> tuple[str, ...]:
    names = expanded(pool.hostnames) if pool.hostnames else ()
    if names and len(names) != nodes:
        raise Infeasible(
            f"compute[{index}].hostnames names {len(names)} nodes, and the pool has {nodes}",
            rule="MW-D-026",
            where=f"compute[{index}].hostnames",
            hint=f"name {nodes}, or say nodes: {len(names)}",
        )
    return names


def _unit_of(brief: Brief, group: int) -> int:
    """Return the nodes of a scalable unit; one that the user's own rail group exceeds grows with
    it."""
    spec = brief.fabrics.compute
    asked = spec.nodes_per_rail_group if spec else None
    return max(brief.nodes_per_unit, asked or 1) if brief.nodes_per_unit else group


def _places(nodes: int, per_unit: int, lost: int) -> int:
    return nodes if nodes <= per_unit - lost else nodes + lost


def _nodes(pool: Pool, server: Server, per_unit: int, lost: int, index: int) -> int:
    if pool.nodes is not None:
        return pool.nodes
    if pool.scalable_units is not None:
        return pool.scalable_units * per_unit - lost
    per_node = server.gpu_count.value
    if not per_node:
        raise Infeasible(
            f"compute[{index}].gpus asks for GPUs, and {server.name} has none",
            rule="MW-D-005",
            where=f"compute[{index}].gpus",
            hint="say `nodes`, or name a server with GPUs",
        )
    assert pool.gpus is not None
    return ceil_div(pool.gpus, per_node)


def _check_total(plans: list[PoolPlan]) -> None:
    nodes, gpus = sum(p.nodes for p in plans), sum(p.gpus for p in plans)
    if nodes > MAX_NODES or gpus > MAX_GPUS:
        raise Infeasible(
            f"{nodes} nodes with {gpus} GPUs are more than a design holds "
            f"({MAX_NODES} nodes, {MAX_GPUS} GPUs)",
            rule="MW-D-006",
            where="compute",
            hint="split the factory into several designs",
        )
