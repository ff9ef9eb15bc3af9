"""Who meets whom: rounds of disjoint pairs, so that every node is busy in every round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Pairing = Literal["screening", "rails", "tournament"]
"""Few rounds, the same ones on every rail; as few, other partners on each rail; everybody with
everybody."""
Rounds = tuple[tuple[tuple[str, str], ...], ...]


def screening(count: int) -> int:
    """Return how many rounds tell a bad node from a bad partner: log2 of the nodes, 3 at least.

    With three partners a node's own share can be told from theirs; fewer nodes have fewer.
    """
    return min(count + count % 2 - 1, max(3, (count - 1).bit_length())) if count > 1 else 0


def rounds_of(nodes: Sequence[str], pairing: Pairing, rail: int = 0) -> Rounds:
    """Return who meets whom on a rail, which counts from 0."""
    if pairing == "tournament":
        return circle(nodes, len(nodes))
    few = screening(len(nodes))
    return circle(nodes, few, few * rail if pairing == "rails" else 0)


def circle(nodes: Sequence[str], rounds: int, first: int = 0) -> Rounds:
    """Return rounds of a tournament by the circle method, from one on: no two nodes meet twice.

    All of them are one fewer than the nodes; of an odd number one rests in every round.
    """
    ring: list[str | None] = list(nodes)
    if len(ring) % 2:
        ring.append(None)
    others = len(ring) - 1
    if others > 0 and first % others:
        ring = [ring[0], *ring[-(first % others) :], *ring[1 : -(first % others)]]
    found = []
    for _ in range(min(rounds, max(0, others))):
        half = len(ring) // 2
        meeting = zip(ring[:half], reversed(ring[half:]), strict=True)
        found.append(tuple((a, b) for a, b in meeting if a is not None and b is not None))
        ring = [ring[0], ring[-1], *ring[1:-1]]
    return tuple(found)
