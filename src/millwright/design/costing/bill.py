"""Puts prices on the lines of a bill: the user's own before those of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from millwright.model.cluster import BomLine
from millwright.model.costing import PricedLine
from millwright.model.sizing import Assumption, Price

GROUPS = {
    "server": "servers",
    "switch": "switches",
    "cable": "cabling",
    "transceiver": "cabling",
    "rack": "racks",
    "pdu": "racks",
    "appliance": "appliances",
}
OTHER = "other"
OF_CATALOGUE = "USD"
"""The currency of the catalogue's own prices."""


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Prices by item; `own` are the names of those that stand in the user's files, where a price
    without a currency is in that of the spec. `rate` is what one USD costs in the spec's currency;
    None where nobody says it."""

    prices: Mapping[str, Price]
    own: frozenset[str]
    currency: str
    rate: float | None = None

    def money(self, value: float, unit: str, *, own: bool = False) -> float | None:
        """Return an amount in the spec's currency; None where there is no rate for it."""
        if unit == self.currency or (own and not unit):
            return value
        return value * self.rate if unit == OF_CATALOGUE and self.rate is not None else None


def price_book(
    prices: Mapping[str, Price],
    own: frozenset[str],
    currency: str,
    assumptions: Mapping[str, Assumption],
) -> PriceBook:
    """Return the prices in force, with the rate that the user gives, if any."""
    rate = assumptions.get("exchange-rate")
    return PriceBook(prices, own, currency, rate.value.value if rate and rate.value else None)


def priced(bom: Iterable[BomLine], book: PriceBook) -> tuple[PricedLine, ...]:
    """Return the bill with prices; what nobody prices stays without one, and is never 0."""
    return tuple(_priced(line, book) for line in bom)


def _priced(line: BomLine, book: PriceBook) -> PricedLine:
    bare = PricedLine(
        item=line.item,
        category=line.category,
        location=line.location,
        quantity=line.quantity,
        group=GROUPS.get(line.category, OTHER),
    )
    price = book.prices.get(line.item)
    if price is None:
        return bare
    own = line.item in book.own
    each = book.money(price.amount.value, price.amount.unit, own=own)
    if each is None:
        return bare
    more = {
        "unit_price": each,
        "amount": round(each * line.quantity, 2),
        "source": price.amount.source,
        "confidence": price.amount.confidence,
        "own": own,
    }
    return bare.model_copy(update=more)
