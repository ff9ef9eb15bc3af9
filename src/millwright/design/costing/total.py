"""What a design costs over its years: bought, fed, housed, supported and looked after.

Every formula stands in one table as text: it is what is reckoned, what a reader is shown, and what
the workbook reckons again. What each input moves is found by reckoning anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.design.costing.bill import GROUPS, OTHER, PriceBook, priced
from millwright.design.site.loads import weakest
from millwright.design.storing.figures import Notes
from millwright.model.cluster import BomLine, Cluster
from millwright.model.costing import PricedLine, Swing, TotalCost, Year
from millwright.model.formula import evaluate, names_in
from millwright.model.sizing import Assumption, Number
from millwright.model.spec import Factory
from millwright.model.storageplan import StoragePlan

FORMULAS: tuple[tuple[str, str, str], ...] = (
    ("hardware", "", "servers + switches + cabling + racks + appliances + other"),
    ("spares", "", "hardware x spares-share"),
    ("installation", "", "hardware x installation-share"),
    ("storage-first", "", "storage-first-tb x storage-per-tb"),
    ("storage-later", "", "storage-later-tb x storage-per-tb"),
    ("first-purchase", "", "hardware + spares + installation + storage-first"),
    ("mean-kw", "kW", "it-max-kw x power-diversity"),
    ("energy-kwh", "kWh/year", "mean-kw x pue x 8760"),
    ("energy", "/year", "energy-kwh x energy-per-kwh"),
    ("space", "/year", "rack-count x space-per-rack-month x 12"),
    ("support", "/year", "( hardware + storage-first ) x support-share"),
    ("engineers", "FTE", "staff-base + nodes / nodes-per-engineer"),
    ("staff", "/year", "engineers x staff-cost-per-year"),
    ("running", "/year", "energy + space + support + staff"),
    ("total", "", "first-purchase + storage-later + running x tco-years"),
    ("annuity", "years", "( 1 - ( 1 + discount-rate ) ^ ( 0 - tco-years ) ) / discount-rate"),
    ("present-value", "", "first-purchase + ( storage-later / tco-years + running ) x annuity"),
    ("gpu-hours", "h", "gpus x 8760 x tco-years"),
    ("per-gpu-hour", "/h", "total / gpu-hours"),
    ("per-gpu-hour-used", "/h", "per-gpu-hour / utilisation-share"),
)
"""Name, unit (behind the currency where it begins with a slash or is empty), formula."""
STEP = 0.2
MONEY = (
    "energy-per-kwh", "space-per-rack-month", "staff-cost-per-year", "storage-per-tb",
)  # fmt: skip
PLAIN = (
    "spares-share", "installation-share", "power-diversity", "support-share", "staff-base",
    "nodes-per-engineer", "tco-years", "discount-rate", "utilisation-share",
)  # fmt: skip
NOT_COUNTED = (
    "Licences of software, and its support by the vendor.",
    "Building work: power, cooling and floor that the room does not have yet.",
    "The site's own network, firewalls and its line to the outside.",
    "Work in other zones (cloud, edge), and carrying data there.",
    "Taxes, customs, financing, and what the machines are worth in the end.",
    "Growth of servers: the stages of growth tell what is bought then.",
)


@dataclass(frozen=True, slots=True)
class Costed:
    """What costs are reckoned from: a design, its spec, and figures of the catalogue."""

    factory: Factory
    cluster: Cluster
    bom: Sequence[BomLine]
    storage: StoragePlan
    assumptions: Mapping[str, Assumption]
    book: PriceBook


def total_cost(costed: Costed) -> TotalCost:
    """Return bill and costs. Nothing but the bill is told where its servers have no price, where
    the machines' draw is not known at all, where nothing is bought (simulated), or where an
    estimate is in a currency that nobody gives a rate for."""
    lines = priced(costed.bom, costed.book)
    bare = TotalCost(
        currency=costed.book.currency,
        lines=lines,
        unpriced=tuple(dict.fromkeys(line.item for line in lines if line.unit_price is None)),
        numbers={},
    )
    notes = Notes(costed.assumptions)
    if costed.cluster.simulated or not _given(costed, lines, notes):
        return bare
    for name, unit, formula in FORMULAS:
        value = evaluate(formula, _values(notes))
        notes.reckon(name, value, _unit(costed, unit), formula, *names_in(formula))
    update = {
        "numbers": notes.numbers,
        "groups": _groups(),
        "years": _years(costed, notes),
        "swings": _swings(notes),
        "not_counted": NOT_COUNTED,
    }
    return bare.model_copy(update=update)


def _groups() -> tuple[str, ...]:
    return (*dict.fromkeys(GROUPS.values()), OTHER)


def _unit(costed: Costed, unit: str) -> str:
    currency = costed.book.currency
    return f"{currency}{unit}" if not unit or unit.startswith("/") else unit


def _values(notes: Notes) -> dict[str, float]:
    return {name: number.value for name, number in notes.numbers.items()}


def _given(costed: Costed, lines: Sequence[PricedLine], notes: Notes) -> bool:
    """Keep all inputs; return whether there are enough of them."""
    if any(line.unit_price is None for line in lines if line.group == "servers"):
        return False
    for group in _groups():
        notes.numbers[group] = _sum_of(group, lines, costed.book.currency)
    power = costed.cluster.power
    if not power.it_known_kw:
        return False
    _designed(costed, notes)
    _kept(costed, notes)
    site = costed.factory.site.power
    if site.pue is not None:
        notes.said("pue", site.pue, "")
    else:
        notes.take("pue")
    for name in PLAIN:
        notes.take(name)
    return all([_money(costed, notes, name) for name in MONEY])


def _designed(costed: Costed, notes: Notes) -> None:
    """Keep what the design says: draw, racks, nodes, GPUs."""
    cluster, power = costed.cluster, costed.cluster.power
    known = power.it_known_kw or 0.0
    note = f"at least: {', '.join(power.unknown)} not known" if power.unknown else ""
    notes.numbers["it-max-kw"] = Number(
        value=known, unit="kW", source="design", confidence=power.confidence or "estimate",
        note=note,
    )  # fmt: skip
    for name, value in (
        ("rack-count", cluster.racks.total),
        ("nodes", cluster.nodes),
        ("gpus", cluster.gpus),
    ):
        notes.numbers[name] = Number(value=value, source="design", confidence="derived")


def _kept(costed: Costed, notes: Notes) -> None:
    """Keep the room for data: what is bought first, for a year, and what follows."""
    said, raw = costed.storage.capacity_said_tib, costed.storage.raw_tb
    first, last = (raw[0][1], raw[-1][1]) if raw else (0.0, 0.0)
    source, told = "design", "raw space that the workloads take"
    if said is not None:
        first = last = said * 1.099511627776
        source, told = "factory.yaml", "as the spec says"
    elif not raw:
        told = "no workload says what is kept, and the spec names no capacity: nothing is counted"
    sure = "spec" if said is not None else "estimate"
    for name, value in (("storage-first-tb", first), ("storage-later-tb", last - first)):
        notes.numbers[name] = Number.model_validate(
            {"value": round(value, 3), "unit": "TB", "source": source, "confidence": sure,
             "note": told}
        )  # fmt: skip


def _money(costed: Costed, notes: Notes, name: str) -> bool:
    """Keep a price of something that is not on the bill; return whether it has one."""
    said = costed.factory.site.power.price_per_kwh
    currency = costed.book.currency
    if name == "energy-per-kwh" and said is not None:
        notes.said(name, said, f"{currency}/kWh")
        return True
    notes.take(name)
    number = notes.numbers[name]
    unit, _, per = number.unit.partition("/")
    value = costed.book.money(number.value, unit)
    if value is None:
        return False
    told = f"{currency}/{per}" if per else currency
    notes.numbers[name] = number.model_copy(update={"value": value, "unit": told})
    return True


def _sum_of(group: str, lines: Sequence[PricedLine], currency: str) -> Number:
    own = [line for line in lines if line.group == group]
    priced_ones = [line for line in own if line.amount is not None]
    missing = len(own) - len(priced_ones)
    count = len(priced_ones)
    note = f"{count} line{'' if count == 1 else 's'} of the bill"
    if missing:
        note += f"; {missing} more without a price: it is the least"
    return Number(
        value=round(sum(line.amount or 0.0 for line in priced_ones), 2),
        unit=currency,
        source="bill with prices",
        confidence=weakest(*(line.confidence for line in priced_ones)) or "derived",
        note=note,
    )


def _years(costed: Costed, notes: Notes) -> tuple[Year, ...]:
    value = _values(notes)
    count = max(1, round(value["tco-years"]))
    later = _later(costed, value["storage-per-tb"], value["storage-later"], count)
    found: list[Year] = []
    so_far = 0.0
    for year in range(1, count + 1):
        bought = value["first-purchase"] if year == 1 else later[year - 2]
        parts = {name: value[name] for name in ("energy", "space", "support", "staff")}
        together = bought + sum(parts.values())
        so_far += together
        found.append(
            Year.model_validate(
                {"year": year, "bought": bought, **parts, "together": together, "so_far": so_far}
            )
        )
    return tuple(found)


def _later(costed: Costed, per_tb: float, whole: float, years: int) -> list[float]:
    """Return what storage takes in each year after the first, of the whole of it."""
    raw = costed.storage.raw_tb if costed.storage.capacity_said_tib is None else ()
    grown = [(raw[at][1] - raw[at - 1][1]) * per_tb for at in range(1, len(raw))]
    grown = (grown + [0.0] * years)[: years - 1]
    if grown:
        grown[-1] += whole - sum(grown)
    return grown


def _swings(notes: Notes) -> tuple[Swing, ...]:
    """Return what each input moves, what moves most first; what moves nothing is left out."""
    found = []
    for name, number in notes.numbers.items():
        if number.formula or not number.value:
            continue
        less, more = (_total(notes, name, number.value * (1 + step)) for step in (-STEP, STEP))
        if less != more:
            swing = Swing(
                name=name, value=number.value, unit=number.unit, less=less, more=more,
                confidence=number.confidence,
            )  # fmt: skip
            found.append(swing)
    return tuple(sorted(found, key=lambda swing: (-swing.spread, swing.name)))


def _total(notes: Notes, name: str, value: float) -> float:
    values = {**_values(notes), name: value}
    for reckoned, _, formula in FORMULAS:
        values[reckoned] = evaluate(formula, values)
    return round(values["total"], 2)
