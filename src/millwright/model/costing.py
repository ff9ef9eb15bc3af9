"""What a design costs: its bill with prices, and what it takes over the years, number by number."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from millwright.model.base import Frozen
from millwright.model.sizing import Number
from millwright.model.sourced import Confidence


class PricedLine(Frozen):
    """A line of the bill with its price. Null is 'nobody says'; `own` is a price of the user's."""

    item: str
    category: str
    location: str
    quantity: Annotated[int, Field(ge=0)]
    group: str
    unit_price: float | None = None
    amount: float | None = None
    source: str = ""
    confidence: Confidence = "estimate"
    own: bool = False


class Year(Frozen):
    """What one year takes: what is bought, and what it costs to run."""

    year: int
    bought: float
    energy: float
    space: float
    support: float
    staff: float
    together: float
    so_far: float


class Swing(Frozen):
    """What the whole becomes where one input is a fifth less, or a fifth more."""

    name: str
    value: float
    unit: str
    less: float
    more: float
    confidence: Confidence

    @property
    def spread(self) -> float:
        """How far apart both are."""
        return abs(self.more - self.less)


class TotalCost(Frozen):
    """What a design costs over some years, in one currency.

    `numbers` holds every input with its source, and what was reckoned with its formula; `groups`
    are the numbers that are sums of the bill's lines. `unpriced` are items without a price: where
    there are any, all sums are the least. `not_counted` says what is left out.
    """

    currency: str
    lines: tuple[PricedLine, ...]
    unpriced: tuple[str, ...]
    numbers: dict[str, Number]
    groups: tuple[str, ...] = ()
    years: tuple[Year, ...] = ()
    swings: tuple[Swing, ...] = ()
    not_counted: tuple[str, ...] = ()

    def value(self, name: str) -> float | None:
        """Return a number; None where it could not be reckoned."""
        found = self.numbers.get(name)
        return found.value if found else None

    @property
    def own_prices(self) -> int:
        """How many lines have a price of the user's own."""
        return sum(line.own for line in self.lines)
