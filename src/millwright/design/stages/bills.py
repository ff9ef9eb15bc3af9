"""What a stage buys and what it sets free: two bills side by side, with prices that are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from millwright.design.site.loads import weakest
from millwright.model.cluster import BomLine
from millwright.model.sizing import Price
from millwright.model.stages import Bought, Cost

Prices = Mapping[str, Price]
Place = tuple[str, str]
DEAREST = ("server", "switch", "appliance", "transceiver", "cable", "rack", "pdu")
"""Categories by what their lines usually cost: what has no price is told in this order."""


def bought(
    before: Sequence[BomLine], after: Sequence[BomLine], prices: Prices, currency: str
) -> tuple[tuple[Bought, ...], tuple[Bought, ...]]:
    """Return what is bought on top of the bill before, and what of it is no longer needed."""
    was, now = _counted(before), _counted(after)
    lines = {(line.item, line.location): line for line in (*before, *after)}
    more = _lines(lines, {at: now[at] - was[at] for at in lines}, prices, currency)
    less = _lines(lines, {at: was[at] - now[at] for at in lines}, prices, currency)
    return more, less


def _counted(bom: Iterable[BomLine]) -> Counter[Place]:
    counts: Counter[Place] = Counter()
    for line in bom:
        counts[line.item, line.location] += line.quantity
    return counts


def _lines(
    lines: Mapping[Place, BomLine], counts: Mapping[Place, int], prices: Prices, currency: str
) -> tuple[Bought, ...]:
    return tuple(
        _line(lines[at], count, prices.get(at[0]), currency)
        for at, count in counts.items()
        if count > 0
    )


def _line(line: BomLine, count: int, price: Price | None, currency: str) -> Bought:
    amount = price.amount if price is not None and price.amount.unit == currency else None
    return Bought(
        item=line.item,
        part_number=line.part_number,
        description=line.description,
        category=line.category,
        location=line.location,
        quantity=count,
        unit=line.unit,
        each=amount.value if amount else None,
        price_source=f"{amount.source} ({amount.confidence})" if amount else "",
    )


def cost_of(counts: Mapping[str, int], prices: Prices, currency: str) -> Cost:
    """Return what so many pieces come to; fewer pieces count below nothing."""
    known = {
        item: prices[item].amount
        for item, count in counts.items()
        if count and item in prices and prices[item].amount.unit == currency
    }
    return Cost(
        currency=currency,
        known=sum(counts[item] * amount.value for item, amount in known.items()) if known else None,
        confidence=weakest(*(amount.confidence for amount in known.values())) if known else None,
        unpriced={n: c for n, c in counts.items() if c and n not in known},
    )


def items(lines: Iterable[Bought]) -> Counter[str]:
    """Return the pieces of each item, wherever they go; servers, which cost most, first."""
    counts: Counter[str] = Counter()
    for line in sorted(lines, key=lambda line: DEAREST.index(line.category)):
        counts[line.item] += line.quantity
    return counts


def more_of(before: Iterable[BomLine], after: Iterable[BomLine]) -> dict[str, int]:
    """Return the pieces more (or fewer, below nothing) of each item that another bill has."""
    counts: Counter[str] = Counter()
    for line in sorted(after, key=lambda line: DEAREST.index(line.category)):
        counts[line.item] += line.quantity
    for line in before:
        counts[line.item] -= line.quantity
    return {item: count for item, count in counts.items() if count}
