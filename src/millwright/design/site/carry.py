"""Lays what was drawn onto the floor: the load of every rack, of the site, and what that means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.design.brief import Brief
from millwright.design.fabrics.draft import Drawing
from millwright.design.site.burdens import cooling_of, kinds_of, power_of
from millwright.design.site.floorplan import placed, plan_of
from millwright.design.site.reach import Short, check_cages, stretched
from millwright.design.site.routes import measure, spots_of
from millwright.design.site.verdicts import Refusal, refusals, remark_on_site
from millwright.model.cluster import RackUnit
from millwright.model.siteload import CoolingLoad, Power


@dataclass(frozen=True, slots=True)
class Stood:
    """Racks on their places, and what is left of cables that do not reach."""

    racks: tuple[RackUnit, ...]
    short: tuple[Short, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """The racks with their places and loads, the site's power and cooling, and the limits
    exceeded."""

    racks: tuple[RackUnit, ...]
    power: Power
    cooling: CoolingLoad
    refusals: tuple[Refusal, ...]


def lay_routes(drawing: Drawing, brief: Brief, racks: Sequence[RackUnit]) -> Stood:
    """Return the racks on their places, every cable being measured and exchanged where it must.

    Nothing of a simulated factory is measured: it has no floor.
    """
    if brief.is_simulated:
        return Stood(tuple(racks), ())
    plan = plan_of(brief)
    standing = placed(plan, racks)
    measure(drawing.cables, spots_of(standing, drawing.devices), plan, brief.catalog)
    short = stretched(drawing, brief.catalog)
    check_cages(drawing.cables, brief.catalog)
    if not plan.is_said:
        drawing.remark(
            "MW-D-031",
            "info",
            "site.floor",
            f"cable lengths follow rows of {plan.compute} and {plan.management} racks, "
            f"{plan.pitch:g} m apart, which nobody has said",
            "describe the floor (`site.floor`), or measure before you order",
        )
    return Stood(standing, short)


def carry(drawing: Drawing, brief: Brief, racks: Sequence[RackUnit]) -> Carried:
    """Return what the floor carries, and add the remarks of it.

    A simulated factory draws nothing that a site would feed: nothing is computed for it.
    """
    if brief.is_simulated:
        return Carried(tuple(racks), Power(), CoolingLoad(), ())
    inside: dict[str, Counter[tuple[str, str]]] = {}
    for device in drawing.devices:
        if device.rack is not None and not device.external:
            inside.setdefault(device.rack, Counter())[device.kind, device.model] += 1
    kinds = kinds_of(brief, racks, inside)
    power, cooling = power_of(brief, kinds), cooling_of(brief, kinds)
    remark_on_site(drawing, brief, kinds, power)
    loads = {rack.name: kind.load for kind in kinds for rack in kind.racks}
    loaded = tuple(rack.model_copy(update={"load": loads[rack.name]}) for rack in racks)
    return Carried(loaded, power, cooling, refusals(brief, kinds, power, cooling))
