"""How much fits into one rack: units, kilowatts and kilograms, whichever ends first."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.design.brief import Brief
from millwright.design.site.circuits import circuit_limit_w, laid_out
from millwright.design.site.figures import figures_of
from millwright.design.site.loads import Load, load_of, whole_rack
from millwright.errors import Infeasible
from millwright.model.catalog import Server
from millwright.units import kw


@dataclass(frozen=True, slots=True)
class Room:
    """How many servers stand in a rack, how many were wished for, and what each limit allows.

    `limits` holds (rule, servers that fit, the limit in words).
    """

    nodes: int
    wished: int
    limits: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a rack may carry; None where nobody says."""

    power_w: float | None
    power_words: str
    weight_kg: float | None


def room_for(brief: Brief, server: Server, where: str) -> Room:
    """Return how many servers of a kind stand in one rack.

    Raises Infeasible where not even one fits, or fewer than the site insists on.
    """
    asked = brief.factory.site.rack.nodes
    scale = server.rack_scale
    wished = scale.nodes if scale else asked or brief.compute_rack.nodes_per_rack
    limits = tuple(_limits(brief, server))
    fitting = min((wished, *(count for _, count, _ in limits)))
    room = Room(fitting, wished, limits)
    if fitting < 1 or (scale and fitting < wished) or (asked and fitting < asked and not scale):
        _refuse(brief, server, room, where)
    return room


def _limits(brief: Brief, server: Server) -> list[tuple[str, int, str]]:
    if server.rack_scale:
        return _whole_limits(brief, server)
    found = []
    height = server.height_u.value
    if height:
        units, told = _units(brief)
        found.append(("MW-D-020", max(0, units) // height, told))
    figures = figures_of(brief.catalog)
    load = load_of(brief.catalog, figures, "server", server.name)
    assert load is not None
    limits = rack_limits(brief, compute=True)
    if limits.power_w is not None and load.max_w:
        count = int((limits.power_w + 1e-6) // load.max_w)
        found.append(("MW-D-021", count, f"{kw(limits.power_w):g} kW ({limits.power_words})"))
    if limits.weight_kg is not None and load.weight_kg:
        count = int((limits.weight_kg + 1e-9) // load.weight_kg)
        found.append(("MW-D-022", count, f"{limits.weight_kg:g} kg beside rack and PDUs"))
    return found


def _whole_limits(brief: Brief, server: Server) -> list[tuple[str, int, str]]:
    load = whole_rack(server, figures_of(brief.catalog))
    rack, found = brief.factory.site.rack, []
    assert load is not None
    assert server.rack_scale is not None
    nodes = server.rack_scale.nodes
    if rack.max_power_kw is not None and load.max_w and load.max_w > rack.max_power_kw * 1000:
        found.append(("MW-D-021", 0, f"{rack.max_power_kw:g} kW (site.rack.max_power_kw)"))
    if rack.max_weight_kg is not None and load.weight_kg and load.weight_kg > rack.max_weight_kg:
        found.append(("MW-D-022", 0, f"{rack.max_weight_kg:g} kg"))
    return found or [("MW-D-020", nodes, "it is delivered as a rack")]


def _units(brief: Brief) -> tuple[int, str]:
    """Return the units that servers may fill in a rack of theirs, and the sum in words."""
    plan, kept = brief.compute_rack, brief.factory.site.rack.reserved_u
    pdu = brief.catalog.pdus.get(plan.pdu or "")
    beside = plan.pdus * pdu.height_u if pdu else 0
    told = f"{brief.rack_height_u}U"
    told += f", of which {beside}U are PDUs" if beside else ""
    told += f"{' and' if beside else ', of which'} {kept}U are kept free" if kept else ""
    return brief.rack_height_u - beside - kept, told


def rack_limits(brief: Brief, *, compute: bool) -> Limits:
    """Return what a rack of the site may draw and carry, empty rack and PDUs taken off."""
    site = brief.factory.site
    plan = brief.compute_rack if compute else brief.management_rack
    found: list[tuple[float, str]] = []
    if site.rack.max_power_kw is not None:
        found.append((site.rack.max_power_kw * 1000, "site.rack.max_power_kw"))
    if site.power.voltage_v is not None and site.power.breaker_a is not None:
        found.append((_fed_w(brief, plan.pdu, plan.pdus), _fed_words(brief)))
    power = min(found, default=(None, ""))
    weight = site.rack.max_weight_kg
    if weight is not None:
        weight = max(0.0, weight - tare_kg(brief, plan.model, plan.pdu, plan.pdus))
    return Limits(power[0], power[1], weight)


def tare_kg(brief: Brief, rack: str, pdu: str | None, pdus: int) -> float:
    """Return what an empty rack weighs with its PDUs, as far as the catalogue says."""
    body, unit = brief.catalog.racks.get(rack), brief.catalog.pdus.get(pdu or "")
    weight = body.weight_kg.value if body and body.weight_kg else 0.0
    return weight + (unit.weight_kg.value * pdus if unit and unit.weight_kg else 0.0)


def _fed_w(brief: Brief, pdu: str | None, pdus: int) -> float:
    """Return what the circuits of a rack carry; with redundancy asked for, after the loss of a
    feed."""
    power, figures = brief.factory.site.power, figures_of(brief.catalog)
    model = brief.catalog.pdus.get(pdu or "")
    circuits = laid_out(power, model, pdus, figures)
    each = circuit_limit_w(power, model, figures) or 0.0
    if power.redundancy in ("2N", "N+1") and (power.feeds or 1) > 1:
        lost = max(sum(c.feed == f for c in circuits) for f in range(power.feeds or 1))
        return each * (len(circuits) - lost)
    return each * len(circuits)


def _fed_words(brief: Brief) -> str:
    power = brief.factory.site.power
    words = f"breakers of {power.breaker_a:g} A at {power.voltage_v} V, derated"
    if power.redundancy in ("2N", "N+1"):
        words += f", {power.redundancy}"
    return words


def _refuse(brief: Brief, server: Server, room: Room, where: str) -> None:
    rule, count, limit = min(room.limits, key=lambda found: found[1])
    figures = figures_of(brief.catalog)
    load = whole_rack(server, figures) or load_of(brief.catalog, figures, "server", server.name)
    assert load is not None
    amount = 1 if server.rack_scale else room.wished
    told = {
        "MW-D-020": f"are {amount * server.height_u.value}U high",
        "MW-D-021": f"draw up to {kw((load.max_w or 0) * amount):g} kW",
        "MW-D-022": f"weigh {(load.weight_kg or 0) * amount:g} kg",
    }[rule]
    raise Infeasible(
        f"{amount} {server.name} in one rack {told}, and a rack has {limit}",
        rule="MW-D-062",
        where=where,
        hint=_nearest(rule, count, (amount, server, load), brief),
    )


def _nearest(rule: str, count: int, wish: tuple[int, Server, Load], brief: Brief) -> str:
    amount, server, load = wish
    ways = [f"{count} of them fit (`site.rack.nodes: {count}`)"] if count >= 1 else []
    if rule == "MW-D-020":
        missing = amount * server.height_u.value - _units(brief)[0]
        ways.append(f"a rack of {brief.rack_height_u + missing}U holds {amount}")
    elif rule == "MW-D-021":
        ways.append(f"{kw((load.max_w or 0) * amount):g} kW for each rack feed {amount}")
    else:
        ways.append(f"a floor for {(load.weight_kg or 0) * amount:g} kg and the rack bears them")
    ways.append("or choose a smaller server")
    return "; ".join(ways)
