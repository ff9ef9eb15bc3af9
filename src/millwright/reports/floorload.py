"""What racks and site draw and give off, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.cluster import Cluster
from millwright.model.nodeset import folded
from millwright.model.siteload import CoolingLoad, Power, RackLoad
from millwright.reports.table import Cell, Table, left, right, told

NOT_KNOWN = "not known"


def rack_table(cluster: Cluster) -> Table:
    """Return one row for racks that are loaded alike; figures are those of one rack."""
    alike: dict[tuple[str, RackLoad], list[str]] = {}
    for rack in cluster.rack_units:
        if rack.load is not None:
            alike.setdefault((rack.kind, rack.load), []).append(rack.name)
    columns = (
        *left("racks"),
        *right("count", "kW max", "kW typical", "kg", "air kW", "liquid kW", "CFM", "l/min"),
        *right("circuits", "circuit kW", "of", "imbalance"),
        *left("when a feed is lost"),
    )
    rows = tuple(_row(names, load) for (_, load), names in alike.items())
    return Table("Each rack", columns, rows)


def _row(names: list[str], load: RackLoad) -> tuple[Cell, ...]:
    return (
        folded(names),
        len(names),
        load.max_kw if load.max_kw is not None else f"> {load.known_max_kw:g}",
        load.typical_kw,
        load.weight_kg,
        load.air_kw,
        load.liquid_kw,
        load.airflow_cfm,
        load.coolant_l_per_min,
        load.circuits,
        load.circuit_worst_kw,
        load.circuit_limit_kw,
        None if load.phase_imbalance is None else f"{load.phase_imbalance:.0%}",
        load.redundancy or NOT_KNOWN,
    )


def load_line(power: Power, cooling: CoolingLoad) -> str | None:
    """Return power and heat in one line; None where nothing was computed."""
    if power.it_known_kw is None:
        return None
    unknown = f" and {', '.join(power.unknown)}" if power.unknown else ""
    line = f"power: at most {_kw(power.it_known_kw)}{unknown}, all of it heat"
    if cooling.heat_liquid_kw:
        line += f" ({_kw(cooling.heat_liquid_kw)} into liquid)"
    if power.redundancy is not None:
        line += f"; when a feed is lost: {power.redundancy}"
    return line


def site_lines(cluster: Cluster) -> Iterator[str]:
    """Yield what the site has to feed and to carry away, one quantity a line."""
    power, cooling = cluster.power, cluster.cooling
    if power.it_known_kw is None:
        yield "SIMULATED: nothing here draws power" if cluster.simulated else "nothing is computed"
        return
    if power.unknown:
        yield f"IT power: at least {_kw(power.it_known_kw)}; unknown: {', '.join(power.unknown)}"
        return
    yield f"IT power: at most {_kw(power.it_max_kw)} ({power.confidence})"
    yield f"          typical {_kw(power.it_typical_kw)} ({power.typical_confidence})"
    if power.facility_max_kw is not None:
        yield f"with cooling (PUE): at most {_kw(power.facility_max_kw)}"
    if power.available_kw is not None:
        yield f"the site gives {_kw(power.available_kw)}"
    feeds = "feeds are not said" if power.feeds is None else f"{power.feeds} feeds"
    if power.feeds is not None and power.redundancy is None:
        feeds += "; what supplies or circuits bear is not said everywhere"
    yield f"when a feed is lost: {power.redundancy or NOT_KNOWN} ({feeds})"
    amounts = f"{told(cooling.btu_per_h)} BTU/h = {cooling.tons:,.1f} tons"
    yield f"heat: {_kw(cooling.heat_kw)} = {amounts}"
    yield f"  into air {_kw(cooling.heat_air_kw)}: {told(cooling.airflow_cfm)} CFM"
    if cooling.heat_liquid_kw:
        flow = told(cooling.coolant_l_per_min)
        yield f"  into liquid {_kw(cooling.heat_liquid_kw)}: {flow} l/min"
    if cooling.altitude_factor is not None and cooling.altitude_factor < 1:
        yield f"  air carries {cooling.altitude_factor:.1%} of its heat at this altitude"


def _kw(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{value:,.1f} kW"
