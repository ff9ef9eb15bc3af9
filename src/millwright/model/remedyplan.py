"""What would be done about complaints: decisions, with their reasons and what holds them back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen
from millwright.model.incident import Choice, Complaint


class Rail(Frozen):
    """One guard rail beside one complaint: whether it holds the node back, and why or why not."""

    name: str
    holds: bool
    told: str


Decision = Literal["repair", "hand over", "watch", "held", "observe", "goes on"]
"""Repair it; take it out for a person; one weak sign; a guard rail holds it back; only kept; an
incident of it is open and goes on."""


class PlanItem(Frozen):
    """What would be done about one complaint. `wants` are acts that are not confirmed: they are
    left out until they are."""

    complaint: Complaint
    sku: str
    decision: Decision
    mode: str
    mode_why: str
    choice: Choice | None = None
    rails: tuple[Rail, ...] = ()
    wants: tuple[str, ...] = ()
    incident: str = ""
    confirmed_by: str = ""

    @property
    def held(self) -> tuple[Rail, ...]:
        """Return the guard rails that hold it back."""
        return tuple(rail for rail in self.rails if rail.holds)


class RemedyPlan(Frozen):
    """`millwright.remedy-plan/1`: what would be done about complaints, and why."""

    schema_: Annotated[Literal["millwright.remedy-plan/1"], Field(alias="schema")] = (
        "millwright.remedy-plan/1"
    )
    factory: str
    at: str
    simulated: bool
    items: tuple[PlanItem, ...]
    breaker: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
