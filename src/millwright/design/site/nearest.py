"""The nearest thing that a site could carry, where it cannot carry what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from millwright.design.site.verdicts import Refusal
from millwright.errors import Infeasible
from millwright.model.cluster import Cluster
from millwright.model.spec import Factory

TRIES = 4
Drawn = Callable[[Factory], Cluster]
"""Draws a factory whatever its site can carry; raises Infeasible where fabrics cannot be."""


def refusal_of(
    factory: Factory, cluster: Cluster, found: Sequence[Refusal], drawn: Drawn
) -> Infeasible:
    """Return the reason why there is no design, with the numbers and what would be possible."""
    first = found[0]
    told = "; ".join(refusal.message for refusal in found)
    return Infeasible(
        told, rule=first.rule, where=first.where, hint=_ways(factory, cluster, found, drawn)
    )


def _ways(factory: Factory, cluster: Cluster, found: Sequence[Refusal], drawn: Drawn) -> str:
    limits = [refusal for refusal in found if refusal.rule != "MW-D-067"]
    if len(limits) < len(found):
        return "air-cooled servers, or a site with `cooling: {kind: hybrid}` or `liquid`"
    ways = [
        f"{refusal.needed_kw:g} kW of {refusal.what} carry all {cluster.nodes} nodes"
        for refusal in limits
    ]
    given = min(refusal.given_kw for refusal in limits)
    fitting = _fitting(factory, cluster, given, drawn)
    if fitting is not None:
        nodes, needed = fitting
        ways.insert(0, f"{nodes} nodes fit: they draw up to {needed:g} kW")
    elif len(factory.compute) == 1:
        ways.append("not one node fits beside what serves it")
    return "; ".join(ways)


def _fitting(
    factory: Factory, cluster: Cluster, given_kw: float, drawn: Drawn
) -> tuple[int, float] | None:
    """Return the most nodes that were found to fit, and their draw: each try is a whole design."""
    if len(factory.compute) != 1:
        return None
    needed, nodes = cluster.power.it_known_kw or 0.0, cluster.nodes
    guess = int(nodes * given_kw / needed) if needed else 0
    for _ in range(TRIES):
        if guess < 1:
            return None
        try:
            smaller = drawn(_sized(factory, guess))
        except Infeasible:
            return None
        draws = smaller.power.it_known_kw or 0.0
        if draws <= given_kw:
            return smaller.nodes, draws
        guess = min(guess - 1, int(guess - (draws - given_kw) / (needed / nodes)))
    return None


def _sized(factory: Factory, nodes: int) -> Factory:
    pool = factory.compute[0].model_copy(
        update={"nodes": nodes, "gpus": None, "scalable_units": None, "hostnames": None}
    )
    return factory.model_copy(update={"compute": (pool,)})
