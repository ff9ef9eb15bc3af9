"""Whose fault a slow pair is: the node's, which is slow with everybody, or the link's.

The model is additive: what two nodes reach is what all reach, plus what each node adds, plus what
remains of the pair itself. Fitted by medians (Tukey 1977), so that a bad partner does not spoil a
good node. Nobody is blamed for one pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

NORMAL_PER_MAD = 1.4826
LEAST_PARTNERS = 3
_SWEEPS = 20
_STILL = 1e-9


@dataclass(frozen=True, slots=True)
class Measured:
    """What two nodes (or two devices, named `node/device`) reached together."""

    a: str
    b: str
    value: float


@dataclass(frozen=True, slots=True)
class NodeEffect:
    """What a node adds to all its pairs, in per cent of what all reach."""

    node: str
    percent: float
    robust_z: float
    partners: int


@dataclass(frozen=True, slots=True)
class LinkEffect:
    """What remains of one pair once both its nodes are accounted for, in per cent."""

    a: str
    b: str
    percent: float
    robust_z: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Attribution:
    """The fit: what all reach, every node's part, every pair's rest.

    `undecided` are pairs one of whose nodes has too few partners: with those, a bad node cannot be
    told from a bad link.
    """

    typical: float
    nodes: tuple[NodeEffect, ...]
    links: tuple[LinkEffect, ...]
    undecided: tuple[LinkEffect, ...]


def attributed(results: Sequence[Measured]) -> Attribution:
    """Return the fit of all results, in whatever order; a pair measured often counts once."""
    pairs: dict[tuple[str, str], list[float]] = {}
    for result in results:
        if result.a != result.b:
            first, second = sorted((result.a, result.b))
            pairs.setdefault((first, second), []).append(result.value)
    if not pairs:
        return Attribution(0.0, (), (), ())
    values = {pair: median(pairs[pair]) for pair in sorted(pairs)}
    typical, effects = _polished(values)
    partners = _partners(values)
    base = abs(typical) or 1.0
    rest = {(a, b): value - typical - effects[a] - effects[b] for (a, b), value in values.items()}
    links = _links(rest, pairs, base)
    weak = {node for node, count in partners.items() if count < LEAST_PARTNERS}
    return Attribution(
        typical,
        _nodes(effects, partners, base),
        tuple(link for link in links if link.a not in weak and link.b not in weak),
        tuple(link for link in links if link.a in weak or link.b in weak),
    )


def _polished(values: dict[tuple[str, str], float]) -> tuple[float, dict[str, float]]:
    """Return what all reach and each node's part, by sweeps of medians until nothing moves."""
    of_node: dict[str, list[tuple[str, float]]] = {}
    typical = median(values.values())
    for (a, b), value in values.items():
        of_node.setdefault(a, []).append((b, value - typical))
        of_node.setdefault(b, []).append((a, value - typical))
    effects = dict.fromkeys(sorted(of_node), 0.0)
    for _ in range(_SWEEPS):
        moved = 0.0
        for node in effects:
            now = median(rest - effects[other] for other, rest in of_node[node])
            moved = max(moved, abs(now - effects[node]))
            effects[node] = now
        centre = median(effects.values())
        effects = {node: effect - centre for node, effect in effects.items()}
        typical += 2 * centre
        of_node = {
            node: [(other, rest - 2 * centre) for other, rest in rests]
            for node, rests in of_node.items()
        }
        if moved <= _STILL * max(abs(typical), 1.0):
            break
    return typical, effects


def _partners(values: dict[tuple[str, str], float]) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair in values:
        for node in pair:
            found[node] = found.get(node, 0) + 1
    return found


def _scale(values: Sequence[float]) -> float:
    middle = median(values)
    return NORMAL_PER_MAD * median(abs(value - middle) for value in values)


def _nodes(
    effects: dict[str, float], partners: dict[str, int], base: float
) -> tuple[NodeEffect, ...]:
    scale = _scale(list(effects.values()))
    return tuple(
        NodeEffect(node, 100 * effect / base, effect / scale if scale > 0 else 0.0, partners[node])
        for node, effect in effects.items()
    )


def _links(
    rest: dict[tuple[str, str], float], pairs: dict[tuple[str, str], list[float]], base: float
) -> tuple[LinkEffect, ...]:
    # Most of a small fit's rests are zero by construction: only those that are not tell the scale.
    told = [abs(value) for value in rest.values() if abs(value) > _STILL * base]
    scale = NORMAL_PER_MAD * median(told) if told else 0.0
    return tuple(
        LinkEffect(
            a, b, 100 * value / base, value / scale if scale > 0 else 0.0, tuple(pairs[a, b])
        )
        for (a, b), value in rest.items()
    )
