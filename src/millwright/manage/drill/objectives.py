"""What the spec promises that a drill can be held against; what it does not say stays unsaid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from millwright.model.drill import Objective
from millwright.model.site import Tier
from millwright.model.workload import Workload

UNSAID = "no objective is set"


def of_node_loss(tier: Tier | None) -> tuple[Objective, ...]:
    """Return the objectives for losing a node of a tier: its RTO, and what must go on serving."""
    if tier is None:
        return ()
    least = Objective(
        figure="left-serving", at_least=tier.min_replicas, unit="nodes",
        source=f"factory.yaml: tier {tier.name}, min_replicas",
    )  # fmt: skip
    return (*recovery("job-elsewhere", (tier,)), least)


def recovery(figure: str, tiers: Iterable[Tier]) -> tuple[Objective, ...]:
    """Return the strictest RTO of tiers for a figure; none where none is said."""
    said = [(tier.rto_min, tier.name) for tier in tiers if tier.rto_min is not None]
    if not said:
        return ()
    least, name = min(said)
    source = f"factory.yaml: tier {name}, rto_min"
    return (Objective(figure=figure, at_most=least, unit="min", source=source),)


def loss(figure: str, tiers: Iterable[Tier]) -> tuple[Objective, ...]:
    """Return the strictest RPO of tiers for a figure; none where none is said."""
    said = [(tier.rpo_min, tier.name) for tier in tiers if tier.rpo_min is not None]
    if not said:
        return ()
    least, name = min(said)
    source = f"factory.yaml: tier {name}, rpo_min"
    return (Objective(figure=figure, at_most=least, unit="min", source=source),)


def independent(workloads: Iterable[Workload]) -> tuple[str, ...]:
    """Return the workloads that must go on without the site's WAN: those that say so."""
    return tuple(load.name for load in workloads if load.needs_wan is False)


def dependent(workloads: Iterable[Workload]) -> tuple[str, ...]:
    """Return the workloads that stop without the WAN, by their own word."""
    return tuple(load.name for load in workloads if load.needs_wan)


def of_head(tiers: Iterable[Tier]) -> tuple[Objective, ...]:
    """Return the objectives for the head, which all tiers depend on: the strictest of each."""
    known = tuple(tiers)
    return (
        *recovery("restored", known),
        *loss("backup-age", known),
        *loss("loss-at-most", known),
    )


def of_wan_loss(workloads: Sequence[Workload], tiers: Sequence[Tier]) -> tuple[Objective, ...]:
    """Return the objectives without the WAN: nothing breaks that a workload must go on with."""
    must = independent(workloads)
    if not must:
        return ()
    names = {load.tier for load in workloads if load.needs_wan is False}
    whole = Objective(
        figure="inside-broken", at_most=0, unit="services",
        source=f"factory.yaml: {', '.join(must)[:120]}: needs_wan: false",
    )  # fmt: skip
    return (whole, *recovery("standstill", (tier for tier in tiers if tier.name in names)))


def used(
    pools: Iterable[str | None], workloads: Iterable[Workload], tiers: Iterable[Tier]
) -> tuple[Tier, ...]:
    """Return the tiers that a pool or a workload has."""
    names = {*pools, *(load.tier for load in workloads)}
    return tuple(tier for tier in tiers if tier.name in names)
