"""Bisection step by step: what has been answered so far, and which group is to be tested next.

Whoever runs the failing test (a job of Slurm, a person) answers one group at a time; nothing is
kept but the answers, so that the same answers give the same next group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millwright.build.bisection import Isolation, isolated
from millwright.errors import MillwrightError

Group = frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who fails together, who is known to be good, and what groups said when they were tested."""

    suspects: tuple[str, ...]
    good: tuple[str, ...]
    passed: frozenset[Group] = frozenset()
    failed: frozenset[Group] = frozenset()

    @property
    def has_others(self) -> bool:
        """Return whether a single node can be confirmed beside a good one that it had not."""
        spare = set(self.good) - set(self.suspects)
        return len(self.suspects) < 2 or len(spare) >= len(self.suspects)


class _NextWanted(Exception):
    def __init__(self, group: tuple[str, ...]) -> None:
        super().__init__(group)
        self.group = group


def next_or_found(asked: Asked) -> Isolation | tuple[str, ...]:
    """Return the group to be tested next, or what was found where all answers are there.

    Raises MillwrightError where a group both passed and failed, or an answer is of no group that
    was asked for.
    """
    both = asked.passed & asked.failed
    if both:
        raise MillwrightError(
            f"{_told(next(iter(both)))} passed and failed", hint="say once what it came to"
        )
    used: set[Group] = set()

    def holds(group: tuple[str, ...]) -> bool:
        key = frozenset(group)
        if key not in asked.passed | asked.failed:
            raise _NextWanted(group)
        used.add(key)
        return key in asked.passed

    try:
        found: Isolation | tuple[str, ...] = isolated(asked.suspects, asked.good, holds)
    except _NextWanted as wanted:
        found = wanted.group
    _check_used(asked, used)
    return found


def _check_used(asked: Asked, used: set[Group]) -> None:
    strange: Sequence[Group] = sorted((asked.passed | asked.failed) - used, key=sorted)
    if strange:
        raise MillwrightError(
            f"nobody asked for {_told(strange[0])}",
            hint="give suspects and good nodes in the order of the beginning, and every answer",
        )


def _told(group: Group) -> str:
    return ",".join(sorted(group))
