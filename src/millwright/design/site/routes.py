"""How long each cable is along its way: up to the tray, along and across the rows, and down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from millwright.design.site.floorplan import Plan
from millwright.model.catalog import Catalog
from millwright.model.cluster import CableTable, RackUnit
from millwright.model.parts import Cable
from millwright.units import RACK_UNIT_M

STEPS = (1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500)
"""Lengths that cables are usually sold in, where the catalogue names none."""
BESIDE_M = 0.6
"""To the side of a rack and back, for a cable that stays in it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A device in its rack: which, where that stands, how high the device and the rack are."""

    rack: str
    x_m: float
    y_m: float
    height_m: float
    top_m: float


def spots_of(racks: Iterable[RackUnit], devices: Iterable[object]) -> dict[str, Spot]:
    """Return where devices are; who stands outside the racks is not in it.

    A device without a unit of its own (a PDU beside them) counts as half way up.
    """
    standing = {rack.name: rack for rack in racks}
    spots = {}
    for device in devices:
        rack = standing.get(getattr(device, "rack", None) or "")
        if rack is None or getattr(device, "external", False):
            continue
        u, height = getattr(device, "u", None), getattr(device, "height_u", 0)
        middle = rack.height_u / 2 if u is None else u - 1 + height / 2
        spots[device.name] = Spot(  # type: ignore[attr-defined]
            rack.name,
            rack.x_m or 0.0,
            rack.y_m or 0.0,
            middle * RACK_UNIT_M,
            rack.height_u * RACK_UNIT_M,
        )
    return spots


def route_m(plan: Plan, a: Spot, b: Spot) -> float:
    """Return the way between two devices with slack at both ends.

    Within a rack along its side; else up to the tray above it, along the rows and across them, and
    down.
    """
    slack = 2 * plan.slack
    if a.rack == b.rack:
        return abs(a.height_m - b.height_m) + BESIDE_M + slack
    rises = a.top_m - a.height_m + b.top_m - b.height_m + 2 * plan.tray
    return rises + abs(a.x_m - b.x_m) + abs(a.y_m - b.y_m) + slack


def sold_m(cable: Cable | None, route: float) -> int:
    """Return the shortest length sold that covers a route; beyond the longest, whole metres."""
    steps: Sequence[int] = cable.lengths_m if cable and cable.lengths_m else STEPS
    whole = int(-(-route // 1))
    return next((step for step in steps if step >= route), whole)


def measure(table: CableTable, spots: Mapping[str, Spot], plan: Plan, catalog: Catalog) -> None:
    """Write the length to order of every cable whose two ends stand in racks."""
    known: dict[tuple[Spot, Spot, str], int] = {}
    for row, (a, b, cable) in enumerate(
        zip(table.a_device, table.b_device, table.cable, strict=True)
    ):
        here, there = spots.get(a), spots.get(b)
        if here is None or there is None:
            continue
        key = (here, there, cable)
        length = known.get(key)
        if length is None:
            length = sold_m(catalog.cables.get(cable), route_m(plan, here, there))
            known[key] = length
        table.length_m[row] = length
