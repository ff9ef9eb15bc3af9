"""Guard rails: what keeps repair from taking a node out, each with the numbers that say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

from millwright.manage.remedy.fleet import Fleet, Post, of_tier
from millwright.manage.remedy.windows import frozen
from millwright.model.drain import MARK as DEPLOY_MARK
from millwright.model.nodeset import folded
from millwright.model.remedy import OwnLimits, RemedyLimits
from millwright.model.remedyplan import Rail

MARK = "millwright-remedy:"
"""What the reason of a drain by repair begins with; the incident follows."""
HEALTH_MARK = "millwright-health:"
"""The reason of a node that took itself out: its own look at itself is ours as well."""
SCHEDULER_OWN = ("Not responding", "Node unexpectedly rebooted")
"""What Slurm writes by itself where a node is silent, or came back by itself."""
UNSERVED = "the scheduler gives it no jobs"
"""Why a node serves nobody that nobody took out: it is not heard, or has less than it should."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits in force: the catalogue's, with those that the site says itself."""

    catalog: RemedyLimits
    own: OwnLimits

    def __call__(self, name: str) -> float:
        """Return a limit by its name."""
        said = getattr(self.own, name, None)
        return float(getattr(self.catalog, name).value if said is None else said)

    def source(self, name: str) -> str:
        """Return who says a limit."""
        if getattr(self.own, name, None) is not None:
            return "remedy.yaml"
        told = getattr(self.catalog, name)
        return f"{told.source}, {told.confidence}"


@dataclass(frozen=True, slots=True)
class Hour:
    """Now, in the site's own time, and how many nodes were drained by repair in the last hour."""

    now: datetime
    drained_last_hour: int = 0


def most_out(nodes: int, share: float) -> int:
    """Return how many of so many nodes may be out at once: the share, and one at least."""
    return max(1, floor(share * nodes + 1e-9)) if nodes else 0


def rails_of(
    node: str, fleet: Fleet, bounds: Bounds, moment: Hour, tripped: Sequence[str]
) -> tuple[Rail, ...]:
    """Return every guard rail for taking a node out, those that hold and those that do not."""
    post = fleet.posts.get(node)
    if post is None:
        return (Rail(name="known", holds=True, told=f"the design knows no node {node}"),)
    return (
        _breaker(tripped),
        _infrastructure(post, fleet),
        _in_hand(node, fleet),
        _others(node, fleet),
        _share(node, fleet, bounds),
        *_tier(node, post, fleet),
        *_freeze(post, moment.now),
        _partners(node, fleet),
        _rate(node, fleet, bounds, moment),
    )


def _breaker(tripped: Sequence[str]) -> Rail:
    told = "; ".join(tripped) or "complaints are few, and have nothing in common"
    return Rail(name="circuit breaker", holds=bool(tripped), told=told)


def _infrastructure(post: Post, fleet: Fleet) -> Rail:
    apart = post.role != "compute" or post.node in fleet.apart
    told = f"{post.node} is {post.role}" + (
        ", and named as infrastructure" * (post.node in fleet.apart)
    )
    return Rail(name="infrastructure", holds=apart, told=told)


def _in_hand(node: str, fleet: Fleet) -> Rail:
    state = fleet.state(node)
    told = f"its state is {state}"
    return Rail(name="in a person's hands", holds=state in _IN_HAND, told=told)


_IN_HAND = frozenset(("new", "testing", "work-queue", "rma"))


def is_ours(reason: str) -> bool:
    """Return whether a node was taken out by repair, by its own look at itself, or by the
    scheduler, which does not hear it: nobody is at work on it."""
    return reason.startswith((MARK, HEALTH_MARK, UNSERVED, *SCHEDULER_OWN))


def _others(node: str, fleet: Fleet) -> Rail:
    """Leave alone what somebody else has taken out: he may be at work on it."""
    if fleet.silent:
        told = f"the scheduler does not say who took it out: {fleet.silent}"
        return Rail(name="whose drain", holds=True, told=told)
    reason = fleet.out.get(node)
    if reason is None or is_ours(reason):
        told = f"it is out for {reason}" if reason else "nobody has taken it out"
        return Rail(name="whose drain", holds=False, told=told)
    who = "a deployment of ours" if reason.startswith(DEPLOY_MARK) else "somebody else"
    return Rail(name="whose drain", holds=True, told=f"{who} took it out: {reason or 'no reason'}")


def _share(node: str, fleet: Fleet, bounds: Bounds) -> Rail:
    away = (fleet.away - {node}) & set(fleet.computing)
    nodes = len(fleet.computing)
    most = most_out(nodes, bounds("most_out_share"))
    told = (
        f"{len(away)} of {nodes} nodes are out without it, {most} may be "
        f"({bounds('most_out_share'):.0%}, one at least; {bounds.source('most_out_share')})"
    )
    return Rail(name="share of nodes", holds=len(away) + 1 > most, told=told)


def _tier(node: str, post: Post, fleet: Fleet) -> Iterator[Rail]:
    if post.tier is None:
        return
    nodes = list(of_tier(fleet, post.tier))
    left = len([name for name in nodes if name not in fleet.away and name != node])
    told = (
        f"{left} of {len(nodes)} nodes of tier {post.tier.name} would be left, "
        f"{post.tier.min_replicas} must be (factory.yaml)"
    )
    yield Rail(name="capacity of the tier", holds=left < post.tier.min_replicas, told=told)


def _freeze(post: Post, now: datetime) -> Iterator[Rail]:
    for window in post.tier.freeze if post.tier is not None else ():
        yield freeze_rail(window, post.tier.name if post.tier else "", now)


def freeze_rail(window: str, tier: str, now: datetime) -> Rail:
    """Return the rail of one freeze window, with the hour that it was held against and its zone."""
    inside = frozen(window, now)
    if inside is None:
        told = f"{window!r} of tier {tier} cannot be read as a window: nothing is done until it can"
    else:
        told = f"{window} of tier {tier}; it is {now:%a %H:%M %Z} (remedy.yaml: timezone)"
    return Rail(name="freeze window", holds=inside is not False, told=told)


def _partners(node: str, fleet: Fleet) -> Rail:
    others = frozenset[str]().union(*(each for each in fleet.partners if node in each)) - {node}
    out = others & fleet.away
    told = (
        f"{folded(out)} is out" if out else f"{folded(others)} serve" if others else "it has none"
    )
    return Rail(name="redundancy partners", holds=bool(out), told=told)


def _rate(node: str, fleet: Fleet, bounds: Bounds, moment: Hour) -> Rail:
    most = int(bounds("most_per_hour"))
    told = (
        f"{moment.drained_last_hour} nodes were taken out by repair in the last hour, "
        f"{most} may be ({bounds.source('most_per_hour')})"
    )
    return Rail(name="rate", holds=moment.drained_last_hour >= most, told=told)
