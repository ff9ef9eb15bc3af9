"""The design of a spec, whether it names hardware or workloads alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import Inputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from millwright.design.sizing.candidates import Wish
    from millwright.design.solve import Design
    from millwright.model.cluster import BomLine, Cluster
    from millwright.model.finding import Finding
    from millwright.model.spec import Factory
    from millwright.model.storageplan import StoragePlan


def wish_of(inputs: Inputs, loads: Mapping[str, float] | None = None) -> Wish:
    """Return what candidates are made for: workloads that run on this site."""
    from millwright.cli.sizing import models_of
    from millwright.design.placement.choose import on_site
    from millwright.design.sizing.candidates import Wish

    return Wish(on_site(inputs.read.factory), inputs.loaded.catalog, models_of(inputs), loads or {})


def say_simulated(door: Door, inputs: Inputs) -> None:
    """Say it where a design is of nothing that can be bought; a document says so itself."""
    blueprint = inputs.loaded.catalog.blueprints.get(inputs.read.factory.blueprint or "")
    if blueprint is not None and blueprint.simulated and not door.json:
        door.ui.say("SIMULATED: this design describes no hardware that can be bought")


def designed(inputs: Inputs) -> Design:
    """Return the design: of the hardware that is named, or that workloads of this site ask for.

    Raises Infeasible, with the limit, where nothing that may be built answers the spec.
    """
    from millwright.design.solve import solve

    factory, first = buildable(inputs)
    served = _serving(solve(factory, inputs.loaded.catalog), _tiers_of(inputs, factory))
    return _remarked(inputs, served, first)


def buildable(inputs: Inputs) -> tuple[Factory, tuple[Finding, ...]]:
    """Return the spec with hardware in it, and the remark that says whence where it named none.

    Raises Infeasible where a placement is forbidden, or nothing does the workloads.
    """
    from millwright.design.placement.choose import placements, refuse_forbidden

    refuse_forbidden(placements(inputs.read.factory))
    if inputs.read.factory.compute:
        return inputs.read.factory, ()
    from millwright.design.sizing.derive import derive

    found = derive(wish_of(inputs))
    return found.factory, (found.finding,)


def _tiers_of(inputs: Inputs, factory: Factory) -> dict[str, tuple[str, ...]]:
    """Return the tiers of each pool: its own, or those of all workloads that derived it."""
    if inputs.read.factory.compute:
        return {pool.name: (pool.tier,) for pool in factory.compute if pool.tier}
    workloads = wish_of(inputs).factory.workloads
    served = tuple(dict.fromkeys(load.tier for load in workloads if load.tier))
    return {pool.name: served for pool in factory.compute}


def _serving(design: Design, tiers: Mapping[str, tuple[str, ...]]) -> Design:
    """Return the design with the tiers that each pool serves."""
    pools = tuple(
        pool.model_copy(update={"tiers": tiers.get(pool.name, ())}) for pool in design.cluster.pools
    )
    return replace(design, cluster=design.cluster.model_copy(update={"pools": pools}))


def _remarked(inputs: Inputs, design: Design, first: tuple[Finding, ...]) -> Design:
    """Return the design with what is to be said of it beside its workloads."""
    from millwright.design.sizing.enough import remarks_on
    from millwright.design.storing.plan import too_slow

    more = remarks_on(wish_of(inputs), design.cluster)
    slow = too_slow(stored(inputs, design.cluster, design.bom))
    told = (*first, *design.cluster.findings, *more, *slow)
    return replace(design, cluster=design.cluster.model_copy(update={"findings": told}))


def stored(inputs: Inputs, cluster: Cluster, bom: Sequence[BomLine]) -> StoragePlan:
    """Return what a design needs of storage, beside what its workloads read while they run."""
    from millwright.design.sizing.enough import reads_of, size_on, with_parameters
    from millwright.design.storing.plan import storage_plan

    size = size_on(wish_of(inputs), cluster)
    known = inputs.loaded.catalog.assumptions
    factory = with_parameters(inputs.read.factory, size)
    return storage_plan(factory, cluster, bom, known, reads_of(size))
