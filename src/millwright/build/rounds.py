"""Who meets whom: rounds of disjoint pairs, so that every node is busy in every round."""

from __future__ import annotations

from collections.abc import Sequence


def screening(count: int) -> int:
    """Return how many rounds tell a bad node from a bad partner: log2 of the nodes, 3 at least.

    With three partners a node's own share can be told from theirs; fewer nodes have fewer.
    """
    return min(count + count % 2 - 1, max(3, (count - 1).bit_length())) if count > 1 else 0


def circle(nodes: Sequence[str], rounds: int) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the first rounds of a tournament by the circle method: no two nodes meet twice.

    All of them are one fewer than the nodes; of an odd number one rests in every round.
    """
    ring: list[str | None] = list(nodes)
    if len(ring) % 2:
        ring.append(None)
    found = []
    for _ in range(min(rounds, max(0, len(ring) - 1))):
        half = len(ring) // 2
        meeting = zip(ring[:half], reversed(ring[half:]), strict=True)
        found.append(tuple((a, b) for a, b in meeting if a is not None and b is not None))
        ring = [ring[0], ring[-1], *ring[1:-1]]
    return tuple(found)
