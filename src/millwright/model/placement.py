"""Decisions of a design that later phases cite: what, by which rule, why, since when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen, Name, Text

RuleId = Annotated[str, Field(pattern=r"^MW-[A-Z]-\d{3}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Forbidden(Frozen):
    """A zone in which a workload must not run: by which rule, of which law or wish, and why."""

    zone: Name
    rule: RuleId
    reference: str
    reason: Text


class Placement(Frozen):
    """Where one workload runs, or None where every zone is forbidden.

    `rule` is what decided: a wish of the spec, or the preference among what is allowed. `local`
    says whether it runs on hardware of this design.
    """

    workload: Name
    data_class: str | None
    zone: Name | None
    local: bool
    rule: RuleId
    reason: Text
    forbidden: tuple[Forbidden, ...] = ()


class Decision(Frozen):
    """One decision. `date` is the day on which it was first taken with this reason."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
    subject: Literal["placement", "hardware"]
    decision: Text
    rule: RuleId
    reason: Text
    date: Day
    workload: Name | None = None
    zone: Name | None = None
    data_class: str | None = None
    forbidden: tuple[Forbidden, ...] = ()


class Decisions(Frozen):
    """All decisions of a design, as `design/decisions.json` holds them."""

    schema_: Annotated[Literal["millwright.decisions/1"], Field(alias="schema")] = (
        "millwright.decisions/1"
    )
    factory: Name
    decisions: tuple[Decision, ...] = ()
