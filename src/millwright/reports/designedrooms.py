"""Racks, floor, power and cooling of a design, as its report tells them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster, Device, RackUnit
from millwright.model.nodeset import folded
from millwright.reports.bars import Bar, bars
from millwright.reports.designedcables import shortened
from millwright.reports.elevation import Mounted, elevation
from millwright.reports.floorload import rack_table
from millwright.reports.floorpicture import floor_pictures
from millwright.reports.machines import burden, models_grid
from millwright.reports.page import (
    Block,
    Cell,
    Fact,
    Facts,
    Field,
    Figure,
    Gallery,
    Grid,
    Paragraph,
    Section,
    grid_of,
)
from millwright.reports.picture import Picture

TALLEST = 0.52
"""Height over width of what a sheet of paper across holds below a heading."""
MOST_RACKS = 24
"""Racks that are drawn: the first of each kind; the build book has them all."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Racks that hold the same models at the same units."""

    racks: tuple[RackUnit, ...]
    devices: tuple[Device, ...]


def alike(cluster: Cluster) -> tuple[Alike, ...]:
    """Return the racks by what stands in them, each kind once, with the devices of its first."""
    placed: dict[str, list[Device]] = {}
    for device in cluster.devices:
        if device.rack:
            placed.setdefault(device.rack, []).append(device)
    kinds: dict[tuple[object, ...], list[RackUnit]] = {}
    for rack in cluster.rack_units:
        shape = sorted((d.u or 0, d.model) for d in placed.get(rack.name, ()))
        kinds.setdefault((rack.kind, *shape), []).append(rack)
    return tuple(
        Alike(tuple(racks), tuple(placed.get(racks[0].name, ()))) for racks in kinds.values()
    )


def rack_section(cluster: Cluster, catalog: Catalog) -> Section:
    """Return models, elevations of each kind of rack, and what stands in each rack."""
    kinds = alike(cluster)
    blocks: list[Block] = [models_grid(catalog, cluster.devices)]
    blocks.append(Gallery(tuple(_elevation(each) for each in kinds[:MOST_RACKS])))
    more = len(kinds) - MOST_RACKS
    if more > 0:
        blocks.append(Paragraph(f"{more} more kinds of racks stand in the build book."))
    blocks.append(shortened(content_grid(cluster), "Racks"))
    return Section("racks", "Racks and machines", tuple(blocks), fresh=True)


def _elevation(kind: Alike) -> Figure:
    first = kind.racks[0]
    mounted = [
        Mounted(d.name, d.model, d.u, d.height_u, d.role == "compute")
        for d in kind.devices
        if d.u is not None and d.height_u
    ]
    strips = tuple(d.name for d in kind.devices if d.kind == "pdu")
    others = [rack.name for rack in kind.racks[1:]]
    like = f"{first.name}, and {len(others)} like it: {_few(others)}" if others else first.name
    return Figure(elevation(first.name, first.height_u, mounted, strips), like)


def _few(names: Sequence[str]) -> str:
    told = folded(names)
    return told if len(told) <= 60 else f"{names[0]} to {names[-1]}"


def content_grid(cluster: Cluster) -> Grid:
    """Return one row a rack: where it stands, and all that is in it."""
    inside: dict[str, list[Device]] = {}
    for device in cluster.devices:
        if device.rack and device.kind != "pdu":
            inside.setdefault(device.rack, []).append(device)
    fields = (
        Field("rack", "code"),
        Field("kind", "code"),
        Field("row", "number"),
        Field("position", "number"),
        Field("filled", "number", "U"),
        Field("of", "number", "U"),
        Field("power, max", "number", "kW"),
        Field("weight", "number", "kg"),
        Field("holds", share=3),
    )
    rows = tuple(_content_row(rack, inside.get(rack.name, [])) for rack in cluster.rack_units)
    return Grid(fields, rows, "Each rack in detail", folded=True)


def _content_row(rack: RackUnit, devices: Sequence[Device]) -> tuple[Cell, ...]:
    load = rack.load
    return (
        rack.name,
        rack.kind,
        rack.row,
        rack.position,
        rack.used_u,
        rack.height_u,
        load.known_max_kw if load else None,
        load.weight_kg if load else None,
        folded([device.name for device in devices]) or "nothing",
    )


def floor_section(cluster: Cluster) -> Iterator[Section]:
    """Yield the floor from above; nothing where racks have no places."""
    plans = floor_pictures(cluster)
    if plans:
        figures = tuple(Figure(plan, plan.title, _wide(plan)) for plan in plans)
        yield Section("floor", "Floor plan", figures)


def _wide(picture: Picture) -> float:
    """Return how wide a picture may be so that it is no taller than a sheet across."""
    fits = TALLEST * picture.width / picture.height
    return round(min(1.0, fits, max(0.5, picture.width / 900)), 1)


def power_section(cluster: Cluster, catalog: Catalog) -> Section:
    """Return what the site has to feed and to carry away, as a picture, facts, and rack by rack."""
    blocks: list[Block] = []
    budget = _budget(cluster)
    if budget is not None:
        blocks.append(Figure(budget, "Power and heat", 0.75))
    blocks.append(_loads(cluster, catalog))
    blocks.append(grid_of(rack_table(cluster)))
    return Section("power", "Power and cooling budget", tuple(blocks))


def _budget(cluster: Cluster) -> Picture | None:
    power, cooling = cluster.power, cluster.cooling
    if power.it_known_kw is None:
        return None
    rows: list[Bar] = []
    for label, value, limit in (
        ("The site gives", power.available_kw, True),
        ("IT, at most", power.it_known_kw, False),
        ("IT, typical", power.it_typical_kw, False),
        ("With cooling, at most", power.facility_max_kw, False),
        ("The site carries away", cooling.available_kw, True),
    ):
        if value is not None:
            rows.append(Bar(label, (value,), f"{value:,.1f} kW", dashed=limit))
    if cooling.heat_kw is not None:
        air, liquid = cooling.heat_air_kw or 0.0, cooling.heat_liquid_kw or 0.0
        into = f"{air:,.1f} kW into air" + (f", {liquid:,.1f} kW into liquid" if liquid else "")
        rows.append(Bar("Heat", (air, liquid), into))
    return bars("Power and heat", "kW", rows)


def _loads(cluster: Cluster, catalog: Catalog) -> Facts:
    power, cooling = cluster.power, cluster.cooling
    load = burden(catalog, cluster.devices)
    return Facts(
        (
            Fact("IT power, at most", _known(power.it_max_kw, "kW"), power.confidence or ""),
            Fact("IT power, typical", _known(power.it_typical_kw, "kW"),
                 power.typical_confidence or ""),
            Fact("Facility power, at most", _known(power.facility_max_kw, "kW")),
            Fact("The site gives", _known(power.available_kw, "kW", "not said")),
            Fact("Heat", _known(cooling.heat_kw, "kW"), _heat_note(cooling.btu_per_h,
                                                                   cooling.tons)),
            Fact("Air", _known(cooling.airflow_cfm, "CFM")),
            *([Fact("Liquid", _known(cooling.coolant_l_per_min, "l/min"))]
              if cooling.coolant_l_per_min else []),
            Fact("When a feed is lost", power.redundancy or "not known"),
            Fact("Sum of the catalogue's maxima", load.power),
            Fact("Devices weigh", load.weight),
        )
    )  # fmt: skip


def _heat_note(btu: float | None, tons: float | None) -> str:
    return f"{btu:,.0f} BTU/h, {tons:,.1f} tons" if btu is not None and tons is not None else ""


def _known(value: float | None, unit: str, silent: str = "not computed") -> str:
    return silent if value is None else f"{value:,.1f} {unit}"
