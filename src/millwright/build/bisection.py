"""Faults that appear only at scale, found by halves: padded, several at once, and between halves.

What is expected of a collective depends on how many nodes take part. So each half is filled up
with nodes known to be good, and keeps the size at which the fault appears.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Holds = Callable[[tuple[str, ...]], bool]
"""Runs the failing test on a group of nodes, and says whether it meets its bar."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """What was found: nodes that fail by themselves, groups that fail only together, and how.

    `boundary` are smallest sets whose members pass apart: a fault of what lies between them.
    `unconfirmed` failed once and passed with other good partners. `padded` is false where there
    were too few good nodes to keep the size: then the bar was not the one that failed.
    """

    faulty: tuple[str, ...]
    boundary: tuple[tuple[str, ...], ...]
    unconfirmed: tuple[str, ...]
    tests: int
    padded: bool


@dataclass(slots=True)
class _Search:
    size: int
    good: tuple[str, ...]
    holds: Holds
    tests: int = 0
    padded: bool = True
    faulty: list[str] = field(default_factory=list)
    boundary: list[tuple[str, ...]] = field(default_factory=list)
    unconfirmed: list[str] = field(default_factory=list)

    @property
    def named(self) -> int:
        """Return how many were found."""
        return len(self.faulty) + len(self.boundary) + len(self.unconfirmed)

    def without(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return who is left without those that were found, and one of each that fail together."""
        out = {*self.faulty, *self.unconfirmed, *(group[0] for group in self.boundary)}
        return tuple(node for node in names if node not in out)

    def passes(self, group: Sequence[str], turn: int = 0) -> bool:
        """Run one test; `turn` takes other good nodes for padding."""
        wanted = max(self.size - len(group), 0)
        spare = [node for node in self.good if node not in group]
        start = turn * wanted % max(len(spare), 1)
        filling = (spare[start:] + spare[:start])[:wanted]
        self.padded = self.padded and len(filling) == wanted
        self.tests += 1
        return self.holds((*group, *filling))


def isolated(suspects: Sequence[str], good: Sequence[str], holds: Holds) -> Isolation:
    """Return which of the suspects, which fail together, are at fault.

    Each half that fails is halved again, so d faults cost about d log2(n/d) tests and not n. A
    single node is confirmed with other good partners before it is named. Where both halves pass
    and the whole does not, the smallest group that still fails is sought. Those that are left
    without the ones that were found are tested together at the end, and searched again until they
    pass: a fault between two halves shows only then, where each has one of its own.
    """
    names = tuple(dict.fromkeys(suspects))
    search = _Search(len(names), tuple(node for node in good if node not in names), holds)
    rest, known = names, -1
    while rest and search.named > known and not search.passes(rest):
        known = search.named
        _halve(search, rest)
        rest = search.without(names)
    return Isolation(
        tuple(sorted(search.faulty)),
        tuple(sorted(tuple(sorted(group)) for group in search.boundary)),
        tuple(sorted(search.unconfirmed)),
        search.tests,
        search.padded,
    )


def _halve(search: _Search, group: tuple[str, ...]) -> None:
    """Look into a group that is known to fail."""
    if len(group) == 1:
        named = search.unconfirmed if search.passes(group, turn=1) else search.faulty
        named.append(group[0])
        return
    middle = len(group) // 2
    halves = group[:middle], group[middle:]
    failing = [half for half in halves if not search.passes(half)]
    if not failing:
        _between(search, *halves)
        return
    for half in failing:
        _halve(search, half)


def _between(search: _Search, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    """Find what of one half fails only with what of the other."""
    here = _least(search, first, second)
    there = _least(search, second, here)
    search.boundary.append((*here, *there))


def _least(search: _Search, part: tuple[str, ...], fixed: tuple[str, ...]) -> tuple[str, ...]:
    """Return a smallest part that, together with what is fixed, still fails."""
    while len(part) > 1:
        middle = len(part) // 2
        halves = part[:middle], part[middle:]
        failing = next((half for half in halves if not search.passes((*half, *fixed))), None)
        if failing is None:
            # Both quarters are needed: what of the first fails with the whole second, and back.
            here = _least(search, halves[0], (*halves[1], *fixed))
            return (*here, *_least(search, halves[1], (*here, *fixed)))
        part = failing
    return part
