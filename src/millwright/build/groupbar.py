"""What a group has to reach: what somebody said, or what groups of good nodes reach just now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from millwright.model.groupsearch import GroupSearch, Worse

REFERENCES = 3
"""Groups of good nodes that are measured first, with other nodes of them where there are more."""
RANGE_TO_SPREAD = 1.693
"""The range of three normal values over their standard deviation."""
LEAST_SPREAD = 0.002
"""A share: three readings that happen to agree show no smaller noise than that."""
DOUBT = 3.0
"""So many spreads around the bar a group is measured again, and the median of three counts."""


@dataclass(frozen=True, slots=True)
class GroupBar:
    """The bar with where it is from; `usual` is what healthy groups reach, `spread` a share."""

    value: float
    worse: Worse
    source: str
    usual: float | None = None
    spread: float = LEAST_SPREAD

    def holds(self, value: float) -> bool:
        """Return whether a value meets it."""
        return value >= self.value if self.worse == "lower" else value <= self.value

    def doubtful(self, value: float) -> bool:
        """Return whether noise alone may have put a value on its side of the bar."""
        return abs(value - self.value) <= DOUBT * self.spread * abs(self.value)

    def worse_by(self, value: float, usual: float) -> float:
        """Return by what share a value is worse than what is usual."""
        share = (usual - value) / usual if usual else 0.0
        return share if self.worse == "lower" else -share


def references(search: GroupSearch) -> Iterator[tuple[str, ...]]:
    """Yield groups of good nodes, as large as the suspects are many, each with others if it can."""
    size, good = len(search.suspects), search.good
    for turn in range(REFERENCES):
        at = turn * size % len(good)
        yield (*good[at:], *good[:at])[:size]


def bar_of(search: GroupSearch, values: Sequence[float]) -> GroupBar:
    """Return the bar of a search; `values` are those of its references, where none was said."""
    if search.bar is not None:
        return GroupBar(search.bar, search.worse, "said with the search")
    usual = median(values)
    spread = max(LEAST_SPREAD, (max(values) - min(values)) / RANGE_TO_SPREAD / abs(usual))
    off = search.differs_percent / 100.0
    value = usual * (1 - off) if search.worse == "lower" else usual * (1 + off)
    told = f"{len(values)} groups of good nodes, {search.differs_percent:g} % worse than they reach"
    return GroupBar(value, search.worse, told, usual, spread)


def differ(search: GroupSearch, values: Sequence[float]) -> bool:
    """Return whether good nodes differ among themselves by what would count against a suspect."""
    return (max(values) - min(values)) > search.differs_percent / 100.0 * abs(median(values))
