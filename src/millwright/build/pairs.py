"""Who is measured with whom, round by round, so that nobody waits and nothing is left out.

A round is a set of pairs without a node in common; all of a round run at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from millwright.build.rounds import circle

Pair = tuple[str, str]
Round = tuple[Pair, ...]


def tournament(nodes: Sequence[str]) -> tuple[Round, ...]:
    """Return rounds in which everybody meets everybody once, and all are busy in each.

    An even number n takes n - 1 rounds; an odd one n, in each of which another rests.
    """
    return circle(tuple(dict.fromkeys(nodes)), max(2 * len(nodes), 1))


@dataclass(frozen=True, slots=True)
class RailPair:
    """Two nodes that talk over one rail."""

    rail: int
    a: str
    b: str


def rail_wise(nodes: Sequence[str], rails: int) -> tuple[tuple[RailPair, ...], ...]:
    """Return rounds in which every rail is loaded and no port is used twice.

    A Latin square over the tournament: rail j plays in round r what rail 1 plays j - 1 rounds
    later, so that each node talks to another partner on each of its rails (where there are as many
    rounds as rails), and after all rounds each rail has seen each pair.
    """
    rounds = tournament(nodes)
    return tuple(
        tuple(
            RailPair(rail + 1, a, b)
            for rail in range(rails)
            for a, b in rounds[(turn + rail) % len(rounds)]
        )
        for turn in range(len(rounds))
    )


@dataclass(frozen=True, slots=True)
class Route:
    """The links that traffic from one node to another crosses, as its fabric routes it."""

    a: str
    b: str
    links: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cover:
    """Stages of routes without a node in common, and links that no route crosses."""

    stages: tuple[tuple[Route, ...], ...]
    uncovered: tuple[str, ...]


def link_cover(links: Iterable[str], routes: Iterable[Route]) -> Cover:
    """Return stages after which every link has carried a pair's full load at least once.

    Greedy: each stage takes the routes with most links that are still new, whose nodes are free and
    whose links nobody else loads meanwhile (two flows on one link prove line rate of neither).
    What no route crosses is said: it is not proven by any pair.
    """
    wanted = set(links)
    known = sorted(set(routes), key=lambda route: (route.a, route.b, sorted(route.links)))
    useful = [route for route in known if route.links & wanted]
    stages: list[tuple[Route, ...]] = []
    left = set(wanted)
    while left:
        stage = _stage(useful, left)
        if not stage:
            break
        stages.append(stage)
        left -= {link for route in stage for link in route.links}
        useful = [route for route in useful if route.links & left]
    return Cover(tuple(stages), tuple(sorted(left)))


def _stage(routes: list[Route], left: set[str]) -> tuple[Route, ...]:
    busy: set[str] = set()
    loaded: set[str] = set()
    stage = []
    for route in sorted(routes, key=lambda route: -len(route.links & left)):
        if {route.a, route.b} & busy or route.links & loaded or not route.links & left:
            continue
        stage.append(route)
        busy |= {route.a, route.b}
        loaded |= route.links
    return tuple(stage)


def leaf_spine_routes(
    leaf_of: dict[str, str], trunks: Iterable[tuple[str, str, str]]
) -> tuple[Route, ...]:
    """Return all routes that a fabric of leaves and spines allows between nodes of two leaves.

    `trunks` are links as (name, leaf, spine). Which of them traffic takes is the fabric's own
    choice: pass those to `link_cover` that its forwarding tables confirm, or read the ports'
    counters afterwards. One node a leaf at each end is enough for every link.
    """
    up: dict[str, dict[str, list[str]]] = {}
    for name, leaf, spine in trunks:
        up.setdefault(spine, {}).setdefault(leaf, []).append(name)
    at_leaf: dict[str, list[str]] = {}
    for node, leaf in sorted(leaf_of.items()):
        at_leaf.setdefault(leaf, []).append(node)
    found = []
    for leaves in up.values():
        for first, second in _neighbours(sorted(leaf for leaf in leaves if leaf in at_leaf)):
            ups, downs = leaves[first], leaves[second]
            for at in range(max(len(ups), len(downs))):
                ends = (
                    at_leaf[first][at % len(at_leaf[first])],
                    at_leaf[second][at % len(at_leaf[second])],
                )
                found.append(Route(*ends, frozenset({ups[at % len(ups)], downs[at % len(downs)]})))
    return tuple(found)


def _neighbours(leaves: list[str]) -> Iterable[tuple[str, str]]:
    return zip(leaves, leaves[1:] + leaves[:1], strict=True) if len(leaves) > 1 else ()
