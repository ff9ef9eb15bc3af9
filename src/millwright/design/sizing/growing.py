"""How much more is asked of each workload after some months."""

from __future__ import annotations

from typing import Literal

from millwright.model.spec import Factory
from millwright.model.workload import Growth

Case = Literal["low", "likely", "high"]
PLACE: dict[Case, int] = {"low": 0, "likely": 1, "high": 2}


def loads_after(factory: Factory, months: int, case: Case = "likely") -> dict[str, float]:
    """Return the factor of each workload: its own latest step so far, else the latest that is for
    all, else 1. Factors count from day one and are not multiplied with each other."""
    reached = [step for step in factory.growth if step.after_months <= months]
    general = _latest([step for step in reached if step.workload is None], case)
    return {
        workload.name: _latest([s for s in reached if s.workload == workload.name], case)
        or general
        or 1.0
        for workload in factory.workloads
    }


def _latest(steps: list[Growth], case: Case) -> float | None:
    if not steps:
        return None
    factor = max(steps, key=lambda step: step.after_months).factor
    return factor[PLACE[case]] if isinstance(factor, tuple) else factor
