"""Money, each line with its formula: only what the site gave a price for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from millwright.model.account import Entry, FaultLoss, Missing
from millwright.model.accounting import Accounting, Worth
from millwright.model.usage import Trouble

YEAR_DAYS = 365.25
FILE = "accounting.yaml"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger reckons with. `metered_kwh` is what GPU boards were seen to draw, and
    `metered_share` for how much of the time that they were owned."""

    days: float
    owned_hours: float
    allocated_hours: float
    effective_hours: float | None
    node_hours_up: float
    idle_hours: float | None
    metered_kwh: float
    metered_share: float
    faults: Sequence[FaultLoss] = ()
    mended: Sequence[tuple[Trouble, int]] = ()
    """Incidents that a remedy closed, with the GPUs of their nodes."""


@dataclass(frozen=True, slots=True)
class Books:
    """The lines, what is missing, and what a GPU-hour is worth, with where that comes from."""

    entries: tuple[Entry, ...]
    missing: tuple[Missing, ...]
    rate: float | None
    rate_source: str = ""


def rate_of(terms: Accounting, facts: Facts) -> tuple[float | None, str]:
    """Return what a lost GPU-hour is priced at: what it costs elsewhere, else what it costs us."""
    if terms.prices.gpu_hour is not None:
        return terms.prices.gpu_hour, f"prices.gpu_hour of {FILE}"
    whole = sum(entry.amount for entry in _costs(terms, facts))
    if terms.capex is not None and facts.owned_hours > 0:
        return whole / facts.owned_hours, "all costs / owned GPU-hours"
    return None, ""


def books(terms: Accounting, facts: Facts) -> Books:
    """Return the ledger of a period."""
    costs = list(_costs(terms, facts))
    rate, source = rate_of(terms, facts)
    entries = [*costs, *_totals(terms, costs, facts)]
    if rate is not None and terms.currency:
        entries += _losses(terms.currency, rate, source, facts)
        entries += _saved(terms, rate, facts)
    entries += _value(terms, costs, facts)
    return Books(tuple(entries), tuple(_missing(terms, facts)), rate, source)


def _costs(terms: Accounting, facts: Facts) -> Iterator[Entry]:
    unit = terms.currency or ""
    if (capex := terms.capex) is not None:
        amount = (capex.amount - capex.residual) / capex.years * facts.days / YEAR_DAYS
        yield Entry(name="written off", kind="cost", amount=amount, unit=unit, source=FILE,
                    formula=f"({capex.amount:,.0f} - {capex.residual:,.0f}) / {capex.years:g} years"
                            f" x {facts.days:g} / {YEAR_DAYS} days")  # fmt: skip
    if (year := terms.prices.operation_year) is not None:
        told = f"{year:,.0f} a year x {facts.days:g} / {YEAR_DAYS} days"
        yield _entry("operation", "cost", year * facts.days / YEAR_DAYS, (unit, told, FILE))
    if terms.prices.power_kwh is not None and (energy := _energy(terms, facts)) is not None:
        kwh, told = energy
        pue = terms.prices.pue
        factor = f" x {pue:g} PUE" if pue else " (no PUE given: what machines draw, not the site)"
        amount = kwh * (pue or 1.0) * terms.prices.power_kwh
        formula = f"{kwh:,.0f} kWh ({told}){factor} x {terms.prices.power_kwh:g}"
        yield _entry("energy", "cost", amount, (unit, formula, FILE))


def _entry(
    name: str, kind: Literal["cost", "value", "loss", "ratio"], amount: float,
    said: tuple[str, str, str],
) -> Entry:  # fmt: skip
    unit, formula, source = said
    return Entry(name=name, kind=kind, amount=amount, unit=unit, formula=formula, source=source)


def _energy(terms: Accounting, facts: Facts) -> tuple[float, str] | None:
    mean = terms.prices.node_mean_w
    if mean is not None:
        told = f"{facts.node_hours_up:,.0f} node-hours x {mean:,.0f} W"
        return facts.node_hours_up * mean / 1000, told
    if facts.metered_kwh > 0:
        told = f"GPU boards alone, metered {facts.metered_share:.0%} of the time"
        return facts.metered_kwh, told
    return None


def _totals(terms: Accounting, costs: Sequence[Entry], facts: Facts) -> Iterator[Entry]:
    if not costs or not terms.currency:
        return
    whole, unit = sum(entry.amount for entry in costs), terms.currency
    names = " + ".join(entry.name for entry in costs)
    yield Entry(name="cost of the period", kind="cost", amount=whole, unit=unit, formula=names,
                source="lines above")  # fmt: skip
    hours = (
        ("owned", facts.owned_hours),
        ("allocated", facts.allocated_hours),
        ("effective", facts.effective_hours),
    )
    for name, value in hours:
        if value:
            yield Entry(name=f"cost of {name} GPU-hour", kind="ratio", amount=whole / value,
                        unit=f"{unit}/GPU-hour", source="lines above",
                        formula=f"{whole:,.2f} / {value:,.1f} hours")  # fmt: skip


def _losses(unit: str, rate: float, source: str, facts: Facts) -> Iterator[Entry]:
    lines = [(f"outages: {each.fault}", each.hours) for each in facts.faults]
    if facts.idle_hours:
        lines.append(("held and idle for long", facts.idle_hours))
    for name, hours in lines:
        yield Entry(name=name, kind="loss", amount=hours * rate, unit=unit, source=source,
                    formula=f"{hours:,.1f} GPU-hours x {rate:,.4g}")  # fmt: skip


def _saved(terms: Accounting, rate: float, facts: Facts) -> Iterator[Entry]:
    by_hand = terms.manual_repair_hours
    if by_hand is None or not facts.mended:
        return
    saved = 0.0
    for trouble, gpus in facts.mended:
        if trouble.closed is not None:
            saved += max(0.0, by_hand - (trouble.closed - trouble.noticed) / 3600) * gpus
    told = (
        f"{len(facts.mended)} incidents: ({by_hand:g} h by hand - hours taken, not below 0)"
        f" x GPUs = {saved:,.1f} GPU-hours x {rate:,.4g}"
    )
    yield _entry("saved by repair", "value", saved * rate, (terms.currency or "", told, FILE))


def _value(terms: Accounting, costs: Sequence[Entry], facts: Facts) -> Iterator[Entry]:
    if not terms.value:
        return
    unit, whole = terms.currency or "", 0.0
    for line in terms.value:
        quantity, told = _quantity(line, facts.days)
        amount = quantity * line.value_each
        whole += amount
        yield Entry(name=line.name, kind="value", amount=amount, unit=unit, source=line.source,
                    formula=f"{told} x {line.value_each:g}")  # fmt: skip
    yield Entry(name="value of the period", kind="value", amount=whole, unit=unit,
                source=f"{FILE}, as the site vouches for it",
                formula=" + ".join(line.name for line in terms.value))  # fmt: skip
    spent = sum(entry.amount for entry in costs)
    if terms.capex is not None and spent > 0:
        told = f"({whole:,.0f} - {spent:,.0f}) / {spent:,.0f}"
        share = 100 * (whole - spent) / spent
        yield _entry("return on what was spent", "ratio", share, ("%", told, "lines above"))


def _quantity(line: Worth, days: float) -> tuple[float, str]:
    if line.per == "period":
        return line.quantity, f"{line.quantity:g} {line.unit}"
    of_days = YEAR_DAYS / 12 if line.per == "month" else YEAR_DAYS
    quantity = line.quantity * days / of_days
    return quantity, f"{line.quantity:g} {line.unit} a {line.per} x {days:g} / {of_days:g} days"


def _missing(terms: Accounting, facts: Facts) -> Iterator[Missing]:
    asked = (
        (terms.capex is None, "what the machine costs", "capex: {amount, years}"),
        (terms.prices.power_kwh is None, "what its energy costs", "prices.power_kwh and pue"),
        (terms.prices.power_kwh is not None and _energy(terms, facts) is None,
         "what its energy costs", "prices.node_mean_w, or telemetry with the power of GPUs"),
        (terms.prices.gpu_hour is None and terms.capex is None, "what lost hours cost",
         "prices.gpu_hour, or capex"),
        (not terms.value, "the return on what was spent", "value: lines that the site vouches for"),
        (terms.manual_repair_hours is None and bool(facts.mended), "what repair saved",
         "manual_repair_hours"),
        (terms.checkpoint_minutes is None, "work that was done again after interruptions",
         "checkpoint_minutes"),
    )  # fmt: skip
    for absent, what, needs in asked:
        if absent:
            yield Missing(what=what, needs=f"{needs} in {FILE}")
