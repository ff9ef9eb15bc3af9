"""Many samples of many series as columns: what a fleet said of itself, whoever wrote it down."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from millwright.errors import Problem

SeriesKey = tuple[str, str, str]
"""Node, device ("" for the node itself), and the metric as it was told."""

Labels = tuple[tuple[str, str], ...]
"""What a sample says of its series at that time (sku, role, job, rack, ...), sorted by key."""


@dataclass(slots=True)
class Telemetry:
    """Samples as columns of codes into `series` and `labels`, in any order.

    `moment` is in seconds since 1970, UTC. `value` is NaN where a sample says that there is none.
    `problems` are the first lines that could not be read; `broken` counts all of them.
    """

    series: list[SeriesKey] = field(default_factory=list)
    labels: list[Labels] = field(default_factory=list)
    moment: array[float] = field(default_factory=lambda: array("d"))
    of_series: array[int] = field(default_factory=lambda: array("i"))
    of_labels: array[int] = field(default_factory=lambda: array("i"))
    value: array[float] = field(default_factory=lambda: array("d"))
    problems: list[Problem] = field(default_factory=list)
    broken: int = 0
    simulated: bool = False

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which nodes may be silent or slow because somebody works on them.

    `nodes` is empty where the whole fleet is meant. Both ends are seconds since 1970, UTC.
    """

    begin: float
    end: float
    nodes: frozenset[str] = frozenset()
    reason: str = ""
