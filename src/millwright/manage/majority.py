"""What most of several peers have: the one rule by which peers are held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Majority:
    """The value that comes most often among `of` peers, and how often. Of equals the first.

    `rules` says whether it is of more than half: otherwise nobody is right, and nobody wrong.
    """

    value: str
    count: int
    of: int
    values: int

    @property
    def rules(self) -> bool:
        """Return whether more than half have it."""
        return self.count * 2 > self.of

    @property
    def alike(self) -> bool:
        """Return whether all have it."""
        return self.values == 1


def majority(told: Iterable[str]) -> Majority | None:
    """Return what most of those who tell have; None where nobody tells."""
    counts = Counter(told)
    if not counts:
        return None
    value, count = counts.most_common(1)[0]
    return Majority(value, count, counts.total(), len(counts))
