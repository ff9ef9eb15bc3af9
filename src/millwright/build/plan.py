"""From a design to the tests that accept it: what runs where, in which order, for how long."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785

from millwright.build.bounds import failures_told
from millwright.build.linkcover import Way
from millwright.build.planned import Pool, nics_of, planned
from millwright.build.power import PowerBook, draws_of, feeds_of
from millwright.build.rounds import Pairing
from millwright.build.schedule import timeline, turns
from millwright.errors import Infeasible
from millwright.model.buildplan import BuildPlan, LeftOut, PlannedTest
from millwright.model.burnin import CLASSES, LEVELS, PARTS, BurnIn, Class, Draw, Level
from millwright.model.catalog import Catalog, Server
from millwright.model.cluster import Cluster, Device
from millwright.model.lock import Lock
from millwright.model.spec import Factory


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: on all nodes all tests, or on `only` these some.

    `within_s` leaves out the tests that yield least a minute until the rest fits; `confirmed`
    allows tests that wipe. `ways` says how nodes are paired, or names the pairs of adapters: those
    that cover the cables of a fabric.
    """

    level: Level = "l12"
    class_: Class = "smoke"
    within_s: float | None = None
    confirmed: bool = False
    only: frozenset[str] | None = None
    tests: frozenset[str] | None = None
    ways: tuple[Way, ...] | Pairing = "screening"


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything that a plan is a function of."""

    cluster: Cluster
    catalog: Catalog
    factory: Factory
    lock: Lock
    criteria: Sequence[dict[str, Any]] = ()

    @property
    def draw(self) -> Draw:
        """Return the shares that power is reckoned with."""
        return self.catalog.draws["default"]


def plan(basis: Basis, wish: Wish) -> BuildPlan:
    """Return the burn-in of a design; the same inputs give the same plan.

    Raises Infeasible where no node computes, or where nothing is left to test.
    """
    pools = tuple(_pools(basis, wish))
    nodes = [name for pool in pools for name in pool.names]
    if not nodes:
        raise Infeasible("no node is there to test", rule="MW-B-001", where="compute")
    tests: list[PlannedTest] = []
    left: list[LeftOut] = []
    for pool in pools:
        for burnin in basis.catalog.burnin.values():
            why = _unfit(burnin, pool, wish)
            if why is None:
                tests += planned(burnin, pool, wish.class_, wish.ways)
            elif why:
                left.append(LeftOut(test=burnin.name, pool=pool.size.name, why=why))
    tests.sort(
        key=lambda test: (PARTS.index(test.when), -test.yield_per_minute, test.test, test.pool)
    )
    draft = _draft(basis, wish, pools, tests)
    return _checked(_within(_carried(draft, left), wish.within_s))


def _pools(basis: Basis, wish: Wish) -> Iterator[Pool]:
    cluster, catalog = basis.cluster, basis.catalog
    for size in cluster.pools:
        server = catalog.servers[size.server]
        names = tuple(
            device.name
            for device in cluster.devices
            if device.role == "compute" and device.pool == size.name and not device.external
            and (wish.only is None or device.name in wish.only)
        )  # fmt: skip
        if names:
            vendor, draws = _vendor(server, catalog), draws_of(server, catalog, basis.draw)
            infiniband = _is_infiniband(basis, server)
            yield Pool(size, server, names, vendor, infiniband, draws, cluster.simulated)


def _vendor(server: Server, catalog: Catalog) -> str | None:
    gpu = catalog.gpus.get(server.gpu or "")
    told = gpu.vendor.casefold() if gpu else ""
    return told if told in ("nvidia", "amd") else None


def adapters_of(basis: Basis, wish: Wish) -> dict[str, tuple[str, ...]]:
    """Return the adapters of every node that is asked for, where its fabric is InfiniBand."""
    return {
        name: nics_of(pool.server)
        for pool in _pools(basis, wish)
        if pool.infiniband
        for name in pool.names
    }


def _is_infiniband(basis: Basis, server: Server) -> bool:
    """Return whether the leaves of the compute fabric speak InfiniBand."""
    leaves = (d for d in basis.cluster.devices if d.role == "leaf" and d.fabric == "compute")
    models = (basis.catalog.switches.get(leaf.model) for leaf in leaves)
    first = next((model for model in models if model is not None), None)
    return bool(nics_of(server)) and first is not None and first.protocol == "infiniband"


def _unfit(burnin: BurnIn, pool: Pool, wish: Wish) -> str | None:
    """Return why a test is none for these nodes; nothing to tell where it never was."""
    gpus = pool.server.gpu_count.value
    if gpus < burnin.least_gpus or burnin.vendor not in (None, pool.vendor):
        return ""
    if burnin.fabrics == "infiniband" and not pool.infiniband:
        return ""
    if wish.tests is not None and burnin.name not in wish.tests:
        return "is not among those that were asked for"
    if LEVELS.index(burnin.level) > LEVELS.index(wish.level):
        return f"belongs to level {burnin.level}"
    if wish.class_ not in burnin.seconds:
        classes = ", ".join(name for name in CLASSES if name in burnin.seconds)
        return f"belongs to class {classes}"
    return _barred(burnin, pool, wish)


def _barred(burnin: BurnIn, pool: Pool, wish: Wish) -> str | None:
    """Return why these nodes cannot do a test that is wanted."""
    if burnin.scope != "node" and len(pool.names) < 2:
        return "needs a second node"
    if burnin.on_metal and pool.simulated:
        return "is not testable here: simulated nodes have no such hardware of their own"
    if (burnin.destructive or burnin.cycles_power) and not wish.confirmed:
        does = "wipes what it writes on" if burnin.destructive else "cuts nodes off their power"
        return f"{does}: --confirm=FACTORY allows it"
    return None


def _draft(
    basis: Basis, wish: Wish, pools: Sequence[Pool], tests: Sequence[PlannedTest]
) -> BuildPlan:
    names = [name for pool in pools for name in pool.names]
    addresses = _addresses(basis.cluster.devices)
    return BuildPlan(
        factory=basis.cluster.name,
        simulated=basis.cluster.simulated,
        level=wish.level,
        class_=wish.class_,
        tool_version=basis.lock.tool_version,
        spec_sha256=basis.lock.spec_sha256,
        catalog_sha256=basis.lock.catalog_sha256,
        criteria=tuple(basis.criteria),
        criteria_sha256=digest(basis.criteria),
        tests=tuple(tests),
        addresses={name: addresses[name] for name in names if name in addresses},
        skus={name: pool.server.name for pool in pools for name in pool.names},
        idle_w={name: pool.draws.idle for pool in pools for name in pool.names},
        feeds=feeds_of(basis.cluster, basis.catalog, basis.factory, names, basis.draw),
        stagger_s=basis.draw.stagger_s.value,
        takes_s=0.0,
    )


def digest(criteria: Sequence[dict[str, Any]]) -> str:
    """Return the digest by which bars are frozen: of their canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(list(criteria))).hexdigest()


def _addresses(devices: Sequence[Device]) -> dict[str, str]:
    return {
        device.name: address.address
        for device in devices
        for address in device.addresses
        if address.network == "inband"
    }


def _carried(plan: BuildPlan, left: Sequence[LeftOut]) -> BuildPlan:
    """Return the plan without the tests that a feed cannot carry even if they run alone."""
    book = PowerBook(plan.feeds, plan.idle_w, plan.stagger_s)
    kept, out = [], list(left)
    for test in plan.tests:
        alone = _taken_at_once(test)
        over = sorted({feed for nodes in alone for feed in book.over(nodes, test.draw_w)})
        if over:
            why = f"{', '.join(over[:3])} cannot carry {test.draw_w:g} W a node, whoever else rests"
            out.append(LeftOut(test=test.test, pool=test.pool, why=why))
        else:
            kept.append(test)
    return plan.model_copy(update={"tests": tuple(kept), "left_out": tuple(out)})


def _taken_at_once(test: PlannedTest) -> list[tuple[str, ...]]:
    if test.scope == "pair":
        return [pair for pairs in test.rounds for pair in pairs]
    return [test.names()] if test.scope == "fabric" else [(name,) for name in test.names()]


def _within(plan: BuildPlan, within_s: float | None) -> BuildPlan:
    """Return the plan with its length; while it is too long, what yields least a minute goes."""
    while True:
        takes = max((slot.ends for slot in timeline(plan)), default=0.0)
        if within_s is None or takes <= within_s or not plan.tests:
            return plan.model_copy(update={"takes_s": round(takes, 1)})
        least = min(plan.tests, key=lambda each: (each.yield_per_minute, each.test, each.pool))
        why = f"yields {least.yield_per_minute:g} a minute, the least, and the time is not enough"
        out = LeftOut(test=least.test, pool=least.pool, why=why)
        kept = tuple(test for test in plan.tests if test is not least)
        plan = plan.model_copy(update={"tests": kept, "left_out": (*plan.left_out, out)})


def _checked(plan: BuildPlan) -> BuildPlan:
    """Return the plan with its bound. Raises Infeasible where it tests nothing."""
    if not plan.tests:
        told = "; ".join(f"{out.test}: {out.why}" for out in plan.left_out[:3])
        raise Infeasible("nothing is left to test", rule="MW-B-002", where="tests", hint=told)
    under_load = sum(t.test.seconds for t in turns(plan) if t.test.loads)
    count = len(plan.nodes())
    if not under_load:
        return plan
    return plan.model_copy(update={"failure_bound": failures_told(count, under_load / count)})
