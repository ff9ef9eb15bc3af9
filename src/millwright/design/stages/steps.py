"""Which nodes each stage has: what workloads take by then, or pools times the factor of growth.

Nothing shrinks: a stage has at least what the one before has. Workloads of one kind of server
decide together, and the last pool takes what is missing; else each pool follows the factor that is
for all.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from millwright.design.sizing.candidates import Wish, whole_racks
from millwright.design.sizing.enough import CASES, grown_nodes, steps_of
from millwright.design.sizing.growing import PLACE
from millwright.errors import Infeasible
from millwright.model.cluster import Cluster
from millwright.model.nodeset import expanded
from millwright.model.spec import Factory, Pool
from millwright.model.stages import GrowthCase

NO_GROWTH = "MW-D-058"
Nodes = dict[str, int]
_NUMBERED = re.compile(r"(.*?)([0-9]*)")


@dataclass(slots=True)
class Step:
    """A stage before it is designed. `needed` is low, likely and high."""

    months: int
    factory: Factory
    nodes: int
    needed: tuple[int | None, ...] = ()


@dataclass(slots=True)
class Steps:
    """All stages after day one, and what is to be said of them."""

    of: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def steps(wish: Wish, factory: Factory, day_one: Cluster, case: GrowthCase) -> Steps:
    """Return the stages that the spec foresees; `factory` is the one that day one was made from.

    Raises Infeasible where the spec foresees no growth.
    """
    months = steps_of(wish)
    if not months:
        raise Infeasible(
            "the spec foresees no growth",
            rule=NO_GROWTH,
            where="growth",
            hint="for example `growth: [{after_months: 12, factor: [1.2, 1.5, 2.0]}]`",
        )
    found = Steps()
    have: Nodes = {pool.name: pool.nodes for pool in day_one.pools}
    sized = all(None not in grown_nodes(wish, day_one, at) for at in months)
    if not sized:
        _tell_unsized(found, wish, factory)
    for at in months:
        wanted = _by_case(wish, day_one, factory, at, sized)
        have = _grown(factory, day_one, have, wanted[PLACE[case]], wish)
        needed = tuple(sum(nodes.values()) for nodes in wanted)
        pools = tuple(_pool(pool, have[pool.name], found) for pool in factory.compute)
        grown = factory.model_copy(update={"compute": pools})
        found.of.append(Step(at, grown, sum(have.values()), needed))
    return found


def _tell_unsized(found: Steps, wish: Wish, factory: Factory) -> None:
    own = sorted({step.workload for step in factory.growth if step.workload is not None})
    if own and wish.factory.workloads:
        found.notes.append(
            f"growth of single workloads ({', '.join(own)}) is not counted: the workloads have no "
            "size on the servers of this design, so that pools follow the factor that is for all"
        )


def _by_case(
    wish: Wish, day_one: Cluster, factory: Factory, months: int, sized: bool
) -> list[Nodes]:
    """Return the nodes of each pool, low, likely and high."""
    if sized:
        totals = grown_nodes(wish, day_one, months)
        return [_spread(day_one, total or 0) for total in totals]
    return [_multiplied(factory, day_one, months, PLACE[case]) for case in CASES]


def _spread(day_one: Cluster, total: int) -> Nodes:
    nodes = {pool.name: pool.nodes for pool in day_one.pools}
    last = day_one.pools[-1].name
    nodes[last] += max(0, total - sum(nodes.values()))
    return nodes


def _multiplied(factory: Factory, day_one: Cluster, months: int, place: int) -> Nodes:
    reached = [s for s in factory.growth if s.after_months <= months and s.workload is None]
    found = max(reached, key=lambda step: step.after_months).factor if reached else 1.0
    factor = found[place] if isinstance(found, tuple) else found
    nodes: Nodes = {}
    for pool, size in zip(factory.compute, day_one.pools, strict=True):
        if pool.scalable_units is not None:
            units = math.ceil(pool.scalable_units * factor - 1e-9)
            per_unit = size.slots // size.scalable_units
            nodes[pool.name] = units * per_unit - size.displaced
        else:
            nodes[pool.name] = math.ceil(size.nodes * factor - 1e-9)
    return nodes


def _grown(factory: Factory, day_one: Cluster, have: Nodes, wanted: Nodes, wish: Wish) -> Nodes:
    grown: Nodes = {}
    for pool, size in zip(factory.compute, day_one.pools, strict=True):
        server = wish.catalog.servers[size.server]
        more = max(have[pool.name], wanted[pool.name])
        grown[pool.name] = more if more == size.nodes else whole_racks(server, more)
    return grown


def _pool(pool: Pool, nodes: int, found: Steps) -> Pool:
    changed: dict[str, object] = {"nodes": nodes, "scalable_units": None, "gpus": None}
    names = expanded(pool.hostnames) if pool.hostnames else ()
    if names and nodes > len(names):
        more = _more_names(pool, names, nodes - len(names))
        changed["hostnames"] = ",".join((*names, *more))
        note = f"pool {pool.name} names its hosts: those to come are called {more[0]} on"
        if note not in found.notes:
            found.notes.append(note)
    return pool.model_copy(update=changed)


def _more_names(pool: Pool, names: tuple[str, ...], count: int) -> list[str]:
    """Return names that follow the last one and sort behind it, as node sets do."""
    stem, digits = _NUMBERED.fullmatch(names[-1]).groups()  # type: ignore[union-attr]
    stem, first = (stem, int(digits)) if digits else (f"{stem}-", 1)
    width = len(digits) if digits.startswith("0") else 1
    more = [f"{stem}{first + step:0{width}d}" for step in range(1, count + 1)]
    if expanded(",".join((*names, *more))) != (*names, *more):
        raise Infeasible(
            f"pool {pool.name} names its hosts, and {count} more names do not follow from them",
            rule="MW-D-026",
            where=f"compute.{pool.name}.hostnames",
            hint="names with a number at their end can be continued; or leave `hostnames` out",
        )
    return more
