"""Which service tiers a pool of the design serves, and by which rules nodes of several are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from millwright.model.cluster import PoolSize
from millwright.model.site import Tier
from millwright.model.spec import Factory

TOGETHER = "+"
"""Joins the names of tiers that share a pool; no name of a tier has it."""
_CAUTION = ("observe", "advise", "auto")


def tiers_of_pools(pools: Iterable[PoolSize], factory: Factory) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the tiers of each pool: what the spec says of the pool, else what the
    design derived it for."""
    said = {pool.name: (pool.tier,) for pool in factory.compute if pool.tier}
    return {pool.name: said.get(pool.name, pool.tiers) for pool in pools}


def governing(names: Sequence[str], tiers: Iterable[Tier]) -> Tier | None:
    """Return the tier by whose rules nodes are kept, or None where they have none.

    Of several that share a pool it is the strictest in everything: the most replicas, the shortest
    times, every freeze window, the most cautious mode. Its name is all of theirs.
    """
    found = [tier for tier in tiers if tier.name in names]
    if len(found) < 2:
        return found[0] if found else None
    told = [tier.downtime_procedure for tier in found if tier.downtime_procedure]
    return found[0].model_copy(
        update={
            "name": TOGETHER.join(tier.name for tier in found),
            "min_replicas": max(tier.min_replicas for tier in found),
            "rto_min": _least(tier.rto_min for tier in found),
            "rpo_min": _least(tier.rpo_min for tier in found),
            "remedy_mode": min((tier.remedy_mode for tier in found), key=_CAUTION.index),
            "freeze": tuple(dict.fromkeys(each for tier in found for each in tier.freeze)),
            "downtime_procedure": "; ".join(dict.fromkeys(told)) or None,
            "slo": None,
        }
    )


def _least(values: Iterable[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)


def names_of(tier: Tier) -> tuple[str, ...]:
    """Return the names of the tiers that one of several stands for."""
    return tuple(tier.name.split(TOGETHER))
