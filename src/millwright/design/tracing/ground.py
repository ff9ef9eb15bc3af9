"""What requirements are held against: the design, sizes, decisions, storage, costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from millwright.model.cluster import Cluster
from millwright.model.costing import TotalCost
from millwright.model.placement import Decision
from millwright.model.sizing import FactorySize, WorkloadSize
from millwright.model.spec import Factory
from millwright.model.storageplan import StoragePlan
from millwright.model.tracing import Answer, Path, State


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that may answer. `growth` holds the likely nodes by months, None without a
    size."""

    factory: Factory
    cluster: Cluster
    size: FactorySize | None
    decisions: Sequence[Decision]
    storage: StoragePlan
    cost: TotalCost
    growth: Mapping[int, int | None]

    def sized(self, workload: str) -> WorkloadSize | None:
        """Return the size of a workload; None where it has none on this site."""
        sizes = self.size.workloads if self.size else ()
        return next((each for each in sizes if each.workload == workload), None)


Tracer = Callable[[Ground, Path, object], Answer | None]


def held(good: bool, text: str, *by: str) -> Answer:
    """Return the answer to a limit: met, or missed."""
    return Answer(state="met" if good else "missed", text=text, by=by)


def told(state: State, text: str, *by: str) -> Answer:
    """Return an answer of another kind."""
    return Answer(state=state, text=text, by=by)


def number(value: float) -> str:
    """Return a figure for reading."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"
