"""Growth in stages: what is bought when, what waits for it from day one, and what would move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen, ShortText, Text
from millwright.model.sizing import Refusal
from millwright.model.sourced import Confidence

GrowthCase = Literal["low", "likely", "high"]
Kept = Literal["port", "rack units", "floor position", "circuit", "address"]
Moved = Literal["cable", "device", "rack", "address"]
SCHEMA = "millwright.growth-stages/1"


@dataclass(frozen=True, slots=True)
class Reserved:
    """One thing that is kept free until a later stage takes it.

    `where` is a device, a rack, a row or a network; `name` the port, the units, the position, the
    feed or the address. `since` is the stage with which `where` itself comes, `taken` the one that
    takes it, by `taker`. `kind` tells what `where` is: a role, a fabric.
    """

    what: Kept
    where: str
    name: str
    kind: str
    since: int
    taken: int
    taker: str


@dataclass(frozen=True, slots=True)
class Move:
    """One installed thing that a stage moves, exchanges or takes away, and by which rule.

    A cable is named by its end that stays where it is, `device port`; empty `after` is 'gone'.
    """

    what: Moved
    name: str
    before: str
    after: str
    fabric: str
    rule: str
    reason: str


class Cause(Frozen):
    """Why a stage moves things: the rule, the reason with its figures, and how much it moves."""

    rule: ShortText
    where: ShortText
    reason: Text
    cables: int = 0
    devices: int = 0
    racks: int = 0
    addresses: int = 0


class Bought(Frozen):
    """A line of what a stage buys. `each` is the price of a piece, null where none is known."""

    item: str
    part_number: str | None
    description: str
    category: str
    location: str
    quantity: Annotated[int, Field(ge=1)]
    unit: str
    each: Figure | None = None
    price_source: str = ""


class Cost(Frozen):
    """What items with a price come to; the others are named with their number, never guessed.

    `known` is null where nothing that is bought has a price in the spec's currency.
    """

    currency: str
    known: Figure | None = None
    confidence: Confidence | None = None
    unpriced: dict[str, int] = {}


class Checked(Frozen):
    """What was compared with the stage before, one by one, and what of it is no longer the same.

    A cable stays where both its ends, its part and its length do; a device where its model, rack,
    unit and addresses do.
    """

    cables: int = 0
    cables_moved: int = 0
    devices: int = 0
    devices_moved: int = 0
    racks: int = 0
    racks_moved: int = 0
    addresses: int = 0
    addresses_moved: int = 0

    @property
    def moved(self) -> int:
        """Return how many installed things do not stay as they are."""
        return self.cables_moved + self.devices_moved + self.racks_moved + self.addresses_moved


class Stage(Frozen):
    """One stage, and what it adds to the one before. `needed` is low, likely and high, in nodes.

    `refused` says why the site or the catalogue does not carry it; then nothing of it is known.
    """

    number: int
    after_months: int
    nodes: int
    needed: tuple[int | None, ...] = ()
    gpus: int | None = None
    racks: int | None = None
    switches: int | None = None
    cables: int | None = None
    it_max_kw: Figure | None = None
    circuits: int | None = None
    bought: tuple[Bought, ...] = ()
    freed: tuple[Bought, ...] = ()
    cost: Cost | None = None
    checked: Checked = Checked()
    causes: tuple[Cause, ...] = ()
    moves: tuple[Move, ...] = ()
    refused: Refusal | None = None


class Way(Frozen):
    """Another way to build from day one, with what it moves then and what it costs.

    `says` is what factory.yaml would say. Differences are against the plan as the spec is: on day
    one, and with the last stage; `day_one_items` and `end_items` are pieces more or fewer.
    """

    name: ShortText
    title: Text
    says: Text
    moved: int | None = None
    day_one_items: dict[str, int] = {}
    end_items: dict[str, int] = {}
    day_one_cost: Cost | None = None
    end_cost: Cost | None = None
    day_one_kw: Figure | None = None
    end_kw: Figure | None = None
    left: tuple[Cause, ...] = ()
    refused: Refusal | None = None

    @property
    def still(self) -> bool:
        """Return whether nothing installed moves this way."""
        return self.moved == 0 and self.refused is None


class GrowthStages(Frozen):
    """`millwright.growth-stages/1`: day one and all stages of growth that the spec foresees."""

    schema_: Annotated[Literal["millwright.growth-stages/1"], Field(alias="schema")] = (
        "millwright.growth-stages/1"
    )
    name: str
    case: GrowthCase
    simulated: bool
    way: str = ""
    site_kw: Figure | None = None
    stages: tuple[Stage, ...]
    reserved: tuple[Reserved, ...] = ()
    ways: tuple[Way, ...] = ()
    best: str = ""
    notes: tuple[Text, ...] = ()

    @property
    def moved(self) -> int:
        """Return how many installed things all stages move."""
        return sum(stage.checked.moved for stage in self.stages)

    @property
    def refused(self) -> bool:
        """Return whether a stage cannot be built at all."""
        return any(stage.refused for stage in self.stages)
