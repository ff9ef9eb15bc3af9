"""`accounting.yaml`: what a site assumes about money, fleet and growth. Nothing has a default that
is a price: what is not given is not reckoned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from millwright.model.base import Frozen, ShortText

Money = Annotated[float, Field(ge=0, le=1e12)]
Percent = Annotated[float, Field(gt=0, le=100)]


class Owned(Frozen):
    """Nodes that somebody owns: a node set, GPUs a node, whom they serve, and since when."""

    nodes: ShortText
    gpus: Annotated[int, Field(ge=1, le=1024)]
    tier: str = ""
    since: str | None = None
    until: str | None = None


class Prices(Frozen):
    """What things cost. `gpu_hour` is what one would pay for the same hour elsewhere."""

    gpu_hour: Money | None = None
    power_kwh: Money | None = None
    pue: Annotated[float, Field(ge=1, le=5)] | None = None
    node_mean_w: Annotated[float, Field(gt=0, le=200_000)] | None = None
    operation_year: Money | None = None


class Capex(Frozen):
    """What was paid for the machine, written off evenly over its years."""

    amount: Money
    years: Annotated[float, Field(gt=0, le=30)]
    residual: Money = 0.0


class Worth(Frozen):
    """One line of value that the site itself vouches for: so many units, so much for each."""

    name: ShortText
    unit: ShortText
    quantity: Annotated[float, Field(ge=0)]
    value_each: Money
    per: Literal["period", "month", "year"] = "period"
    source: ShortText


class Growth(Frozen):
    """Where the machine is full, and how long it takes until an order stands on the floor."""

    gpu_limit_percent: Percent = 90.0
    gpu_lead_days: Annotated[int, Field(ge=0, le=2000)] | None = None
    storage_capacity_bytes: Annotated[float, Field(gt=0)] | None = None
    storage_limit_percent: Percent = 85.0
    storage_lead_days: Annotated[int, Field(ge=0, le=2000)] | None = None


class Bounds(Frozen):
    """Where active, idle and stalled begin: estimates, to be overridden by who knows better."""

    active_above: Annotated[float, Field(gt=0, lt=1)] = 0.01
    idle_sm_below: Annotated[float, Field(gt=0, lt=1)] = 0.05
    idle_minutes: Annotated[float, Field(gt=0)] = 30.0
    stalled_util_percent: Percent = 95.0
    stalled_power_factor: Annotated[float, Field(ge=1)] = 2.0
    stalled_minutes: Annotated[float, Field(gt=0)] = 15.0
    idle_power_w: Annotated[float, Field(gt=0)] | None = None
    max_sm_clock_mhz: Annotated[float, Field(gt=0)] | None = None


class Accounting(Frozen):
    """`millwright.accounting/1`, whole."""

    schema_: Annotated[Literal["millwright.accounting/1"], Field(alias="schema")] = (
        "millwright.accounting/1"
    )
    name: str = ""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    timezone: ShortText | None = None
    fleet: tuple[Owned, ...] = ()
    prices: Prices = Prices()
    capex: Capex | None = None
    checkpoint_minutes: Annotated[float, Field(gt=0)] | None = None
    manual_repair_hours: Annotated[float, Field(gt=0)] | None = None
    planned_reasons: tuple[ShortText, ...] = ("maint", "planned", "factory:upd")
    growth: Growth = Growth()
    bounds: Bounds = Bounds()
    value: tuple[Worth, ...] = ()

    @model_validator(mode="after")
    def _money_has_a_currency(self) -> Accounting:
        priced = any((self.prices.gpu_hour, self.prices.power_kwh, self.capex, self.value))
        if priced and self.currency is None:
            raise ValueError("prices are given and no currency: say currency: EUR")
        return self


NOTHING = Accounting()
"""What holds where a site has said nothing."""
