"""The drills that there are: what each proves, and what a spec promises for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from millwright.manage.drill.objectives import of_head, of_node_loss, of_wan_loss, used
from millwright.model.drill import DrillKind, Objective
from millwright.model.spec import Factory

PROVES: Mapping[DrillKind, str] = {
    "node-loss": "a node may be lost: its job runs elsewhere, and it comes back proven",
    "head-restore": "the head's state can be restored from the newest backup, and how old that is",
    "wan-loss": "work that needs no WAN goes on without it; what stops is named",
}


def objectives_of(
    factory: Factory, pools: Sequence[str] = ()
) -> dict[DrillKind, tuple[Objective, ...]]:
    """Return what a spec promises for each kind of drill, pools of all tiers together; `pools` are
    tiers for which the design derived pools."""
    pools = (*pools, *(pool.tier for pool in factory.compute if pool.tier))
    tiers = used(pools, factory.workloads, factory.tiers)
    of_nodes = tuple(goal for t in tiers if t.name in pools for goal in of_node_loss(t))
    return {
        "node-loss": of_nodes,
        "head-restore": of_head(tiers),
        "wan-loss": of_wan_loss(factory.workloads, tiers),
    }
