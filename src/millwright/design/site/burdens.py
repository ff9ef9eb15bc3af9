"""Racks as burdens of a floor: the load of each, and of all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from millwright.design.brief import Brief
from millwright.design.site.circuits import Wired, wire
from millwright.design.site.figures import Figures, figures_of
from millwright.design.site.loads import Load, load_of, weakest, whole_rack
from millwright.design.site.rooms import tare_kg
from millwright.model.cluster import RackUnit
from millwright.model.siteload import CoolingLoad, Power, RackLoad, Redundancy
from millwright.units import airflow_cfm, btu_per_h, kw, tons_of_cooling, water_l_per_min

Shape = tuple[str, tuple[tuple[tuple[str, str], int], ...]]
"""What makes two racks alike: the kind, and how many of which models stand in it."""
WORST: tuple[Redundancy | None, ...] = ("degraded", None, "N", "N+1", "2N")


@dataclass(frozen=True, slots=True)
class Kind:
    """Racks that are alike: their names, loads, wiring."""

    racks: tuple[RackUnit, ...]
    loads: tuple[Load, ...]
    wired: Wired
    load: RackLoad

    @property
    def max_w(self) -> int:
        """Return the known draw of one rack in whole watts."""
        return sum(load.max_w or 0 for load in self.loads)


def kinds_of(
    brief: Brief, racks: Sequence[RackUnit], inside: Mapping[str, Counter[tuple[str, str]]]
) -> tuple[Kind, ...]:
    """Return the racks by kind; `inside` counts (kind, model) of the devices of each rack."""
    shapes: dict[Shape, list[RackUnit]] = {}
    for rack in racks:
        counted = tuple(sorted(inside.get(rack.name, Counter()).items()))
        shapes.setdefault((rack.kind, counted), []).append(rack)
    figures = figures_of(brief.catalog)
    return tuple(_kind(brief, figures, tuple(alike), shape) for shape, alike in shapes.items())


def _kind(brief: Brief, figures: Figures, racks: tuple[RackUnit, ...], shape: Shape) -> Kind:
    loads = tuple(_loads(brief, figures, shape[1]))
    plan = brief.compute_rack if shape[0] == "compute" else brief.management_rack
    pdu = brief.catalog.pdus.get(plan.pdu or "")
    wired = wire(loads, brief.factory.site.power, (pdu, plan.pdus if plan.pdu else 0), figures)
    tare = tare_kg(brief, racks[0].model, plan.pdu, plan.pdus)
    return Kind(racks, loads, wired, _rack_load(brief, figures, loads, (wired, tare)))


def _loads(
    brief: Brief, figures: Figures, counted: tuple[tuple[tuple[str, str], int], ...]
) -> Iterable[Load]:
    for (kind, model), count in counted:
        server = brief.catalog.servers.get(model) if kind == "server" else None
        whole = whole_rack(server, figures) if server else None
        if whole is not None:
            yield whole
            continue
        load = load_of(brief.catalog, figures, kind, model)
        if load is not None:
            yield from [load] * count


def _rack_load(
    brief: Brief, figures: Figures, loads: Sequence[Load], rest: tuple[Wired, float]
) -> RackLoad:
    wired, tare = rest
    known = sum(load.max_w or 0 for load in loads)
    liquid = round(sum((load.max_w or 0) * load.liquid_share for load in loads))
    unknown = tuple(sorted({load.model for load in loads if load.max_w is None}))
    typical = sum(load.typical_w or 0 for load in loads)
    unweighed = any(load.weight_kg is None for load in loads)
    air_kw, liquid_kw = kw(known - liquid), kw(liquid)
    return RackLoad(
        max_kw=None if unknown else kw(known),
        known_max_kw=kw(known),
        typical_kw=None if any(load.typical_w is None for load in loads) else kw(typical),
        weight_kg=None if unweighed else round(tare + sum(w.weight_kg or 0 for w in loads), 2),
        air_kw=air_kw,
        liquid_kw=liquid_kw,
        airflow_cfm=_airflow(brief, figures, air_kw),
        coolant_l_per_min=_coolant(figures, liquid_kw),
        circuits=wired.circuits,
        circuit_limit_kw=None if wired.limit_w is None else kw(wired.limit_w),
        circuit_worst_kw=kw(wired.worst_w),
        phase_worst_kw=kw(wired.worst_phase_w),
        phase_imbalance=wired.imbalance,
        redundancy=wired.redundancy,
        unknown=unknown,
    )


def _airflow(brief: Brief, figures: Figures, air_kw: float) -> float:
    factor = figures.altitude_factor(brief.factory.site.altitude_m)
    return round(airflow_cfm(air_kw, figures.air_rise) / factor, 1)


def _coolant(figures: Figures, liquid_kw: float) -> float:
    flow = water_l_per_min(liquid_kw, figures.water_rise) * figures.coolant_factor
    return round(flow, 1)


def power_of(brief: Brief, kinds: Sequence[Kind]) -> Power:
    """Return the power of all racks: the sum of their parts, to the watt."""
    known = sum(kind.max_w * len(kind.racks) for kind in kinds)
    unknown = tuple(sorted({model for kind in kinds for model in kind.load.unknown}))
    loads = [load for kind in kinds for load in kind.loads]
    typical = sum((load.typical_w or 0) * len(k.racks) for k in kinds for load in k.loads)
    site = brief.factory.site.power
    greatest = None if unknown or not loads else kw(known)
    guessed = any(load.is_guess for load in loads)
    return Power(
        it_max_kw=greatest,
        it_typical_kw=None if greatest is None else kw(typical),
        facility_max_kw=kw(known * site.pue) if greatest is not None and site.pue else None,
        it_known_kw=kw(known) if loads else None,
        confidence=weakest(*(load.confidence for load in loads)) if loads else None,
        typical_confidence=None if greatest is None else ("estimate" if guessed else "spec"),
        redundancy=min((kind.load.redundancy for kind in kinds), key=WORST.index, default=None),
        feeds=site.feeds,
        available_kw=site.available_kw,
        unknown=unknown,
    )


def cooling_of(brief: Brief, kinds: Sequence[Kind]) -> CoolingLoad:
    """Return the heat of all racks: what they draw, whatever becomes of it in between."""
    figures, site = figures_of(brief.catalog), brief.factory.site
    if not kinds:
        return CoolingLoad()
    liquid = sum(round(k.load.liquid_kw * 1000) * len(k.racks) for k in kinds)
    known = sum(kind.max_w * len(kind.racks) for kind in kinds)
    complete = not any(kind.load.unknown for kind in kinds)
    heat, air_kw, liquid_kw = kw(known), kw(known - liquid), kw(liquid)
    return CoolingLoad(
        heat_kw=heat if complete else None,
        airflow_cfm=_airflow(brief, figures, air_kw) if complete else None,
        heat_air_kw=air_kw if complete else None,
        heat_liquid_kw=liquid_kw if complete else None,
        btu_per_h=round(btu_per_h(heat)) if complete else None,
        tons=round(tons_of_cooling(heat), 2) if complete else None,
        coolant_l_per_min=_coolant(figures, liquid_kw) if complete else None,
        altitude_factor=round(figures.altitude_factor(site.altitude_m), 4),
        available_kw=site.cooling.available_kw,
    )
