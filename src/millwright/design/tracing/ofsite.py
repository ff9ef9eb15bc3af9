"""What answers the lines about the building, its zones and its networks."""

from __future__ import annotations

from collections.abc import Iterable

from millwright.design.tracing.ground import Ground, held, number, told
from millwright.model.siteload import RackLoad
from millwright.model.tracing import Answer, Path

ORDER = ("degraded", "N", "N+1", "2N")
CIRCUITS = ("voltage_v", "phases", "breaker_a")


def rack(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer the limits of one rack position."""
    racks = ground.cluster.rack_units
    loads = [(each, each.load) for each in racks if each.load is not None]
    key = path[-1]
    if key == "height_u":
        worst = max(racks, key=lambda each: each.used_u, default=None)
        if worst is None:
            return None
        text = f"the fullest rack, {worst.name}, fills {worst.used_u} of {worst.height_u} U"
        return held(worst.used_u <= float(str(value)), text, "`design show floor`")
    if key == "max_power_kw":
        return _most(loads_of(loads, "known_max_kw"), float(str(value)), "kW")
    if key == "max_weight_kg":
        known = loads_of(loads, "weight_kg")
        if len(known) < len(racks):
            return told("open", "the weight of a machine is not known", "`design show power`")
        return _most(known, float(str(value)), "kg")
    return told("used", "racks are filled by it", "`design show floor`")


def loads_of(loads: Iterable[tuple[object, RackLoad]], key: str) -> list[tuple[float, str]]:
    """Return a figure of each rack that has it, with the rack's name."""
    found = [(getattr(load, key), str(getattr(rack, "name", ""))) for rack, load in loads]
    return [(value, name) for value, name in found if value is not None]


def _most(known: list[tuple[float, str]], limit: float, unit: str) -> Answer | None:
    if not known:
        return None
    most, name = max(known)
    text = f"the greatest is {name} with {number(most)} of {number(limit)} {unit}"
    return held(most <= limit, text, "`design show power`")


def power(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer what the site feeds."""
    own, key = ground.cluster.power, str(path[-1])
    if key == "available_kw":
        if own.it_known_kw is None:
            return None
        text = f"the machines draw at most {own.it_known_kw:,.1f} of {number(float(str(value)))} kW"
        if own.unknown:
            return told("open", f"{text}, and {', '.join(own.unknown)} is not known", "MW-D-068")
        return held(own.it_known_kw <= float(str(value)), text, "`design show power`", "MW-D-060")
    if key == "redundancy":
        return _redundancy(own.redundancy, str(value))
    if key in CIRCUITS:
        return _circuits(ground)
    if key == "feeds":
        text = f"when a feed is lost: {own.redundancy or 'not known'}"
        return told("used", f"PDUs hang on the feeds in turn; {text}", "MW-D-063")
    if key == "pue":
        whole = own.facility_max_kw
        text = f"the whole room draws at most {whole:,.1f} kW" if whole else "energy over the years"
        return told("used", text, "MW-D-069", "tco.energy-kwh")
    return told("used", "energy over the years", "tco.energy")


def _redundancy(found: str | None, wished: str) -> Answer:
    if found is None:
        text = "what supplies or circuits bear is not known everywhere"
        return told("open", text, "`design show power`")
    text = f"after the loss of any one feed: {found}"
    return held(ORDER.index(found) >= ORDER.index(wished), text, "MW-D-063", "MW-D-064")


def _circuits(ground: Ground) -> Answer | None:
    loads = [each.load for each in ground.cluster.rack_units if each.load is not None]
    known = [
        (load.circuit_worst_kw, load.circuit_limit_kw)
        for load in loads
        if load.circuit_worst_kw is not None and load.circuit_limit_kw is not None
    ]
    if not known:
        return None
    worst, limit = max(known, key=lambda pair: pair[0] / pair[1])
    text = f"the fullest circuit carries {worst:,.1f} of {limit:,.1f} kW after a feed is lost"
    return held(worst <= limit, text, "MW-D-064", "`design show power`")


def cooling(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer what the site carries away."""
    own, key = ground.cluster.cooling, path[-1]
    if own.heat_kw is None:
        return None
    if key == "kind":
        liquid = own.heat_liquid_kw or 0.0
        text = f"{liquid:,.1f} of {own.heat_kw:,.1f} kW go into liquid"
        return held(not liquid or value != "air", text, "MW-D-067")
    if key == "available_kw":
        text = f"{own.heat_kw:,.1f} of {number(float(str(value)))} kW of heat"
        return held(own.heat_kw <= float(str(value)), text, "MW-D-061")
    return told("used", f"air of that warmth: {own.airflow_cfm or 0:,.0f} CFM", "MW-D-066")


def of_site(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer the rest about the building."""
    if path[1] == "floor":
        return told("used", "rows, positions and lengths of cables", "`design show floor`")
    if path[1] == "altitude_m":
        share = ground.cluster.cooling.altitude_factor
        return told("used", f"air carries {share or 1:.1%} of its heat there", "MW-D-066")
    if path[1] == "jurisdiction":
        return told("used", "data and zones are held against it", "MW-D-090", "MW-D-095")
    return told("used", "name of the place")


def zone(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer a zone: what runs there, and what is forbidden there."""
    own = ground.factory.zones[int(path[1])]
    runs = [each.workload for each in ground.decisions if each.zone == own.name and each.workload]
    barred = {
        (each.workload or "", found.rule)
        for each in ground.decisions
        for found in each.forbidden
        if found.zone == own.name
    }
    rules = tuple(sorted({rule for _, rule in barred}))
    names = ", ".join(sorted({name for name, _ in barred}))
    text = f"runs there: {', '.join(runs) or 'nothing'}"
    if barred:
        text += f"; forbidden there: {names}"
    return told("used", text, "`design place`", *rules)


def network(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer a range that the site gives."""
    own = ground.factory.networks[int(path[1])]
    found = ground.cluster.networks.get(own.name)
    if found is None:
        return told("used", "the network plan takes it", "`design export network`")
    return held(found == str(own.cidr), f"{own.name} is {found}", "MW-D-043")
