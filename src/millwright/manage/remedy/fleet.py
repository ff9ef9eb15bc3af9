"""The fleet as repair sees it: who stands where, serves whom, and is out of service already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from millwright.manage.tiers import governing, tiers_of_pools
from millwright.model.cluster import Cluster
from millwright.model.lifecycle import FIRST, SERVING, NodeState
from millwright.model.nodeset import expanded
from millwright.model.remedy import Policy
from millwright.model.site import Tier
from millwright.model.spec import Factory


@dataclass(frozen=True, slots=True)
class Post:
    """A node's place in the factory. `tier` is None where its pool has none."""

    node: str
    role: str
    pool: str
    sku: str
    rack: str = ""
    tier: Tier | None = None


@dataclass(frozen=True, slots=True)
class Fleet:
    """All nodes, with the states that the journal knows and what the scheduler says.

    `out` holds the reason of each node that the scheduler gives no jobs; `silent` says why the
    scheduler said nothing. `partners` are sets of nodes of which never two are out at once.
    """

    posts: Mapping[str, Post]
    states: Mapping[str, NodeState] = field(default_factory=dict)
    out: Mapping[str, str] = field(default_factory=dict)
    silent: str = ""
    partners: tuple[frozenset[str], ...] = ()
    apart: frozenset[str] = frozenset()
    """Nodes that repair leaves alone."""
    jobs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def state(self, node: str) -> NodeState:
        """Return a node's state."""
        return self.states.get(node, FIRST)

    @property
    def computing(self) -> tuple[str, ...]:
        """Return the nodes that jobs run on; one that nobody ever put into service is none yet."""
        return tuple(name for name in self._compute if self.state(name) != "new")

    @property
    def _compute(self) -> tuple[str, ...]:
        return tuple(name for name, post in self.posts.items() if post.role == "compute")

    @property
    def away(self) -> frozenset[str]:
        """Return the computing nodes that serve nobody, whoever took them."""
        return frozenset(
            name for name in self._compute if name in self.out or self.state(name) not in SERVING
        )

    def without(self, node: str) -> Fleet:
        """Return the fleet as it is once a node is taken out too."""
        return replace(self, states={**self.states, node: "draining"})


def fleet_of(cluster: Cluster, factory: Factory, policy: Policy) -> Fleet:
    """Return the fleet of a design; states, and what the scheduler says, come later.

    A node's tier is that of its pool, in the spec or as the design derived it.
    """
    named = tiers_of_pools(cluster.pools, factory)
    tiers = {pool: governing(names, factory.tiers) for pool, names in named.items()}
    posts = {
        device.name: Post(
            node=device.name,
            role=device.role,
            pool=device.pool or "",
            sku=device.model,
            rack=device.rack or "",
            tier=tiers.get(device.pool or ""),
        )
        for device in cluster.devices
        if device.role in ("compute", "management") and not device.external
    }
    apart = expanded(policy.infrastructure) if policy.infrastructure else ()
    partners = tuple(frozenset(expanded(names)) for names in policy.partners)
    return Fleet(posts, partners=partners, apart=frozenset(apart))


def of_tier(fleet: Fleet, tier: Tier) -> Iterable[str]:
    """Return the nodes whose pools serve a tier."""
    return (name for name in fleet.computing if fleet.posts[name].tier == tier)
