"""What one device asks of a floor: watts, supplies, weight, and where its heat goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from millwright.design.site.figures import Figures
from millwright.model.catalog import Catalog, Machine, Server, Switch
from millwright.model.machines import PowerSupplies
from millwright.model.sourced import Confidence

WEAKEST: tuple[Confidence, ...] = ("measured", "spec", "derived", "estimate")


@dataclass(frozen=True, slots=True)
class Load:
    """One device. `max_w` is None where nobody says; `is_guess` where the typical draw is a share
    of the greatest."""

    model: str
    max_w: int | None
    typical_w: float | None
    is_guess: bool
    confidence: Confidence
    weight_kg: float | None
    liquid_share: float
    supplies: PowerSupplies | None


def weakest(*grades: Confidence) -> Confidence:
    """Return the least sure of some confidences."""
    return max(grades, key=WEAKEST.index, default="spec")


def load_of(catalog: Catalog, figures: Figures, kind: str, model: str) -> Load | None:
    """Return what a device asks; None for what draws nothing of its own (PDUs)."""
    if kind == "pdu":
        return None
    shelves: dict[str, Mapping[str, Machine | Switch]] = {
        "server": catalog.servers,
        "switch": catalog.switches,
        "appliance": catalog.appliances,
    }
    entry = shelves.get(kind, {}).get(model)
    if entry is None:
        return Load(model, None, None, False, "estimate", None, 0.0, None)
    greatest, typical = entry.power_max_w, entry.power_typical_w
    usual = float(typical.value) if typical is not None else None
    if usual is None and greatest is not None:
        usual = greatest.value * figures.typical_share
    return Load(
        model=model,
        max_w=greatest.value if greatest else None,
        typical_w=usual,
        is_guess=typical is None,
        confidence=greatest.confidence if greatest else "estimate",
        weight_kg=entry.weight_kg.value if entry.weight_kg else None,
        liquid_share=_liquid(entry, figures),
        supplies=entry.psu.value if entry.psu else None,
    )


def whole_rack(server: Server, figures: Figures) -> Load | None:
    """Return the load of a machine that is sold by the rack; None for any other server.

    A part of such a rack is delivered as the whole; its shelves are its supplies, as many of them
    needed as carry its greatest draw.
    """
    scale = server.rack_scale
    if scale is None:
        return None
    greatest, shelf = scale.power_max_w, scale.power_shelf_w
    supplies = None
    if greatest and shelf and scale.power_shelves:
        needed = min(scale.power_shelves, -(-greatest.value // shelf.value))
        supplies = PowerSupplies(count=scale.power_shelves, watts=shelf.value, required=needed)
    return Load(
        model=server.name,
        max_w=greatest.value if greatest else None,
        typical_w=greatest.value * figures.typical_share if greatest else None,
        is_guess=True,
        confidence=greatest.confidence if greatest else "estimate",
        weight_kg=scale.weight_kg.value if scale.weight_kg else None,
        liquid_share=_liquid(server, figures),
        supplies=supplies,
    )


def _liquid(entry: Machine | Switch, figures: Figures) -> float:
    if entry.cooling == "air":
        return 0.0
    said = entry.liquid_share if isinstance(entry, Machine) else None
    return said.value if said is not None else figures.liquid_share
