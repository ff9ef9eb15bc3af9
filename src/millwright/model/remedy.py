"""Remedies as data, the limits that repair keeps to, and the policy of a site (remedy.yaml)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, PositiveInt, model_validator

from millwright.model.base import Frozen, Name, ShortText, Text
from millwright.model.sourced import Entry, Sourced

Act = Literal["restart-service", "reset-gpu", "reboot", "power-cycle", "work-queue", "rma"]
"""What can be done. The last two hand the node to a person."""
POWER: frozenset[str] = frozenset(("power-cycle",))
"""Acts that take power away: they want the factory's name, or a policy that names them."""
BOOTS: frozenset[str] = frozenset(("reboot", "power-cycle"))
HANDS: frozenset[str] = frozenset(("work-queue", "rma"))

Mode = Literal["observe", "advise", "approve", "auto"]
"""Only kept; shown, and done when a person says so; done once somebody approved the incident;
done by itself."""
Share = Annotated[float, Field(ge=0, le=1)]
Pattern = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*(:[A-Za-z0-9_.@*-]+)*$|^\*$")]
"""A fault, or a class of them: `xid:79`, `xid:*`, `*`."""


class Mends(Frozen):
    """Before any try was counted: Beta(`alpha`, `beta`) for faults of these patterns.

    Their sum is how many tries the opinion is worth.
    """

    faults: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    alpha: Annotated[float, Field(gt=0, le=1000)]
    beta: Annotated[float, Field(gt=0, le=1000)]


class Remedy(Entry):
    """One thing that can be done about a fault; its name is the act.

    `severity` is how much it disrupts what runs, `impact` which share of the node's capacity it
    takes meanwhile, both from 0 to 1; `minutes` for how long. `hands_minutes` is what a person's
    work on it is worth in node-minutes, `wrong_minutes` what it costs if it was not needed.
    `tries` bounds it for one fault of a node within the limits' days.
    """

    name: Act
    severity: Sourced[Share]
    impact: Sourced[Share]
    minutes: Sourced[Annotated[float, Field(ge=0, le=1e6)]]
    hands_minutes: Sourced[Annotated[float, Field(ge=0, le=1e6)]] | None = None
    wrong_minutes: Sourced[Annotated[float, Field(ge=0, le=1e6)]] | None = None
    tries: PositiveInt = 1
    mends: tuple[Mends, ...] = ()
    why: Text


class Gate(Entry):
    """Which acceptance tests a repaired node passes again, for faults of these patterns."""

    faults: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    tests: Annotated[tuple[ShortText, ...], Field(min_length=1)]


class RemedyLimits(Entry):
    """The guard rails' numbers. A site lays its own entry named `default` over these, or says
    single ones in remedy.yaml.

    `most_out_share` bounds the nodes that are out of service at once, one is always allowed;
    `most_per_hour` the drains of ours. Complaints of `breaker_nodes` nodes, or of
    `breaker_share` of all, within `breaker_minutes` trip the breaker, as do those of
    `breaker_group_share` of a rack's or a rail's nodes, from `breaker_group_nodes` on: that is no
    node's fault. `tries_days` is how far back tries count. `auto_precision` is what the lower end
    of the 90 % interval of a class's precision must reach before it acts by itself.
    `disruption_minutes` is what the worst disruption is worth in node-minutes.
    """

    most_out_share: Sourced[Share]
    most_per_hour: Sourced[PositiveInt]
    breaker_nodes: Sourced[PositiveInt]
    breaker_share: Sourced[Share]
    breaker_group_nodes: Sourced[PositiveInt]
    breaker_group_share: Sourced[Share]
    breaker_minutes: Sourced[Annotated[float, Field(gt=0, le=1e5)]]
    tries_days: Sourced[Annotated[float, Field(gt=0, le=3650)]]
    auto_precision: Sourced[Share]
    disruption_minutes: Sourced[Annotated[float, Field(ge=0, le=1e6)]]
    drain_wait_s: Sourced[Annotated[float, Field(ge=0, le=1e6)]]
    boot_wait_s: Sourced[Annotated[float, Field(gt=0, le=1e5)]]


class PolicyRow(Frozen):
    """What a site allows for a class of faults in a tier, until when. With `actions` it counts as
    the confirmation for those of them that take power away."""

    faults: Pattern
    tier: Name | Literal["*"] = "*"
    mode: Mode
    actions: tuple[Act, ...] = ()
    until: AwareDatetime
    by: ShortText

    def is_over(self, now: datetime) -> bool:
        """Return whether the row does not hold any more."""
        return now >= self.until


class OwnLimits(Frozen):
    """Limits that a site sets for itself; what is not said is the catalogue's."""

    most_out_share: Share | None = None
    most_per_hour: PositiveInt | None = None
    breaker_nodes: PositiveInt | None = None
    breaker_share: Share | None = None
    breaker_group_nodes: PositiveInt | None = None
    breaker_group_share: Share | None = None
    breaker_minutes: Annotated[float, Field(gt=0, le=1e5)] | None = None
    tries_days: Annotated[float, Field(gt=0, le=3650)] | None = None
    auto_precision: Share | None = None
    drain_wait_s: Annotated[float, Field(ge=0, le=1e6)] | None = None
    boot_wait_s: Annotated[float, Field(gt=0, le=1e5)] | None = None


class Policy(Frozen):
    """The whole of `remedy.yaml` (millwright.remedy/1).

    `partners` are node sets of which never two are out at once; `infrastructure` nodes that repair
    leaves alone, beside those that do not compute. `timezone` is that of freeze windows.
    """

    schema_: Annotated[Literal["millwright.remedy/1"], Field(alias="schema")] = (
        "millwright.remedy/1"
    )
    factory: Name
    rows: tuple[PolicyRow, ...] = ()
    limits: OwnLimits = OwnLimits()
    partners: tuple[ShortText, ...] = ()
    infrastructure: ShortText | None = None
    timezone: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+/-]+$", max_length=64)] = "UTC"

    @model_validator(mode="after")
    def _power_is_named(self) -> Self:
        for row in self.rows:
            if row.faults == "*" and POWER & set(row.actions):
                raise ValueError("a row that allows power to be taken away names a class of faults")
        return self


def fits(pattern: str, fault: str) -> bool:
    """Return whether a fault is one of a pattern's: `xid:*` has `xid:79`, `*` has all."""
    if pattern == "*" or pattern == fault:
        return True
    return pattern.endswith(":*") and fault.startswith(pattern[:-1])
