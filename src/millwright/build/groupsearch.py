"""A bisection that measures its groups: reference, halves, repeats in doubt, confirmation, names.

One group is tested at a time: what is searched shows with many nodes, and a second group beside it
would load the same fabric. All follows from what groups came to, so that whoever goes on after a
kill asks for the same groups under the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median

from millwright.build.bisection import Isolation, isolated
from millwright.build.groupbar import GroupBar, bar_of, differ, references
from millwright.model.buildrun import Came
from millwright.model.groupsearch import GroupSearch, Tried, Why

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """What one group's test came to; `faults` counts what is wrong by the tool's own word."""

    came: Came
    value: float | None = None
    faults: float = 0.0
    reason: str = ""


Measure = Callable[[str, Group], Reached]
"""Runs the test of a group under a name, or knows what came of it before."""


class Unmeasured(Exception):
    """A group that could not be measured: nothing is concluded without it."""

    def __init__(self, why: str, *, unanswered: bool = True) -> None:
        super().__init__(why)
        self.why, self.unanswered = why, unanswered


@dataclass(slots=True)
class Searching:
    """One search while it goes on; `tried` is told of each group as soon as it is over."""

    search: GroupSearch
    measure: Measure
    told: Callable[[Tried], None] = lambda tried: None
    tried: list[Tried] = field(default_factory=list)
    bar: GroupBar | None = None

    def find(self) -> Isolation:
        """Return who is at fault. Raises Unmeasured."""
        search = self.search
        self.bar = self._bar()
        found = isolated(search.suspects, search.good, self._holds)
        for group in found.boundary:
            self._holds(_padded(search, group, found), "confirm")
        return found

    def _bar(self) -> GroupBar:
        if self.search.bar is not None:
            return bar_of(self.search, ())
        values = list(self._references())
        if differ(self.search, values):
            low, high = min(values), max(values)
            raise Unmeasured(
                f"groups of good nodes reach {low:g} to {high:g} {self.search.unit}: "
                "not all of them are good",
                unanswered=False,
            )
        return bar_of(self.search, values)

    def _references(self) -> Iterator[float]:
        for group in references(self.search):
            got = self._run(group)
            if got.value is None or got.faults:
                self._keep(group, "reference", got, None)
                raise Unmeasured(f"good nodes cannot be measured: {_reason(got)}")
            self._keep(group, "reference", got, None)
            yield got.value

    def _holds(self, group: Group, why: Why = "search") -> bool:
        got = self._run(group)
        if got.value is None or got.faults:
            return self._failed(group, why, got)
        bar = self.bar
        assert bar is not None
        self._keep(group, why, got, bar.holds(got.value))
        values = [got.value]
        while bar.doubtful(median(values)) and len(values) < 3:
            again = self._run(group)
            if again.value is None or again.faults:
                return self._failed(group, "repeat", again)
            values.append(again.value)
            self._keep(group, "repeat", again, bar.holds(again.value))
        return bar.holds(median(values))

    def _failed(self, group: Group, why: Why, got: Reached) -> bool:
        """Take a test that ended without a value as failed, where the test itself is known to work.

        A node that is silent, or a test that was not begun, is no failure of a group.
        """
        works = any(each.value is not None for each in self.tried)
        if got.came in ("lost", "not run") or (got.came == "error" and not works):
            self._keep(group, why, got, None)
            raise Unmeasured(_reason(got))
        self._keep(group, why, got, False)
        return False

    def _run(self, group: Group) -> Reached:
        return self.measure(f"{self.search.test}-g{len(self.tried)}", group)

    def _keep(self, group: Group, why: Why, got: Reached, passed: bool | None) -> None:
        self.tried.append(
            Tried(
                test=f"{self.search.test}-g{len(self.tried)}",
                nodes=tuple(sorted(group)),
                why=why,
                came=got.came,
                value=got.value,
                passed=passed,
                reason=got.reason or (f"{got.faults:g} wrong results" if got.faults else ""),
            )
        )
        self.told(self.tried[-1])


def _reason(got: Reached) -> str:
    return got.reason or (f"{got.faults:g} wrong results" if got.faults else got.came)


def _padded(search: GroupSearch, group: Group, found: Isolation) -> Group:
    """Return a group filled up with the good nodes that were not its first partners."""
    wanted = max(len(search.suspects) - len(group), 0)
    spare = [node for node in reversed(search.good) if node not in group]
    doubted = {*found.faulty, *found.unconfirmed, *group}.union(*found.boundary)
    healthy = [node for node in search.suspects if node not in doubted]
    return (*group, *(spare + healthy)[:wanted])
