"""The report of a design: what was asked for comes to what, and what it has to say about itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.model.catalog import Catalog
from millwright.model.cluster import BomLine, Cluster, Device, RackUnit
from millwright.model.finding import Finding
from millwright.reports.designedneeds import Needs, need_sections
from millwright.reports.elevation import Mounted, elevation
from millwright.reports.floor import floor_picture
from millwright.reports.floorload import rack_table
from millwright.reports.machines import burden, models_grid
from millwright.reports.page import (
    SIMULATED,
    Block,
    Fact,
    Facts,
    Field,
    Figure,
    Gallery,
    Grid,
    Mark,
    Notice,
    Page,
    Paragraph,
    Section,
    Tone,
    grid_of,
)
from millwright.reports.summary import SEVERITIES, fabric_table, folded
from millwright.reports.table import Table

TONES: dict[str, Tone] = {"error": "bad", "warn": "warn", "info": "plain"}
MOST_RACKS = 6
"""Racks that are drawn: the first of each kind; the build book has them all."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A solved design as files keep it. `lengths` says how many cables of which length are ordered,
    `digests` are those of its files."""

    cluster: Cluster
    bom: Sequence[BomLine]
    cables: int
    catalog: Catalog
    digests: Mapping[str, str]
    by: str
    needs: Needs
    lengths: Table


def design_page(drawn: Drawn) -> Page:
    """Return the report of a design."""
    cluster = drawn.cluster
    told = folded(cluster.findings)
    grave = sum(finding.severity == "error" for finding in told)
    return Page(
        what="Design report",
        title=cluster.name,
        first_line=(
            f"{cluster.nodes:,} nodes with {cluster.gpus:,} GPUs in {cluster.racks.total:,} racks, "
            f"{drawn.cables:,} cables, every port named."
        ),
        tone="bad" if grave else "plain",
        sections=(
            _summary(drawn),
            _findings(told),
            *need_sections(drawn.needs),
            _fabrics(drawn),
            _racks(drawn),
            _addresses(cluster),
            _bill(drawn),
            _origin(drawn),
        ),
        by=drawn.by,
        notices=(SIMULATED,) if cluster.simulated else (),
        facts=(
            Fact("Blueprint", cluster.blueprint or "none"),
            Fact("Design", drawn.digests.get("cluster.json", "")[:16], "SHA-256 of cluster.json"),
        ),
        paper="landscape",
    )


def _summary(drawn: Drawn) -> Section:
    cluster = drawn.cluster
    figures = (
        Fact("Nodes", cluster.nodes),
        Fact("GPUs", cluster.gpus),
        Fact("Racks", cluster.racks.total, f"{cluster.racks.compute} with nodes"),
        Fact("Cables", drawn.cables),
    )
    fields = (
        Field("pool", "code"),
        Field("server", "code"),
        Field("nodes", "number"),
        Field("GPUs", "number"),
        Field("scalable units", "number"),
        Field("places", "number"),
        Field("given up for managers", "number"),
    )
    pools = tuple(
        (p.name, p.server, p.nodes, p.gpus, p.scalable_units, p.slots, p.displaced)
        for p in cluster.pools
    )
    blocks = (Facts(figures, large=True), Grid(fields, pools, "Pools"), _loads(drawn))
    return Section("summary", "Summary", blocks)


def _loads(drawn: Drawn) -> Facts:
    power, cooling = drawn.cluster.power, drawn.cluster.cooling
    load = burden(drawn.catalog, drawn.cluster.devices)
    return Facts(
        (
            Fact("IT power, at most", _known(power.it_max_kw, "kW"), power.confidence or ""),
            Fact("IT power, typical", _known(power.it_typical_kw, "kW"),
                 power.typical_confidence or ""),
            Fact("Facility power, at most", _known(power.facility_max_kw, "kW")),
            Fact("The site gives", _known(power.available_kw, "kW", "not said")),
            Fact("Heat", _known(cooling.heat_kw, "kW")),
            Fact("Air", _known(cooling.airflow_cfm, "CFM")),
            *([Fact("Liquid", _known(cooling.coolant_l_per_min, "l/min"))]
              if cooling.coolant_l_per_min else []),
            Fact("When a feed is lost", power.redundancy or "not known"),
            Fact("Sum of the catalogue's maxima", load.power),
            Fact("Devices weigh", load.weight),
        )
    )  # fmt: skip


def _known(value: float | None, unit: str, silent: str = "not computed") -> str:
    return silent if value is None else f"{value:,.1f} {unit}"


def _findings(told: Sequence[Finding]) -> Section:
    ordered = sorted(told, key=lambda f: (SEVERITIES[f.severity], f.rule, f.where))
    rows = tuple(
        (Mark(f.severity, TONES[f.severity]), f.rule, f.where, f.message, f.hint) for f in ordered
    )
    fields = (
        Field("gravity", "mark"),
        Field("rule", "code"),
        Field("where", "code"),
        Field("what is", share=2),
        Field("what to do", share=2),
    )
    return Section("findings", "What it says about itself", (Grid(fields, rows, empty="Nothing."),))


def _fabrics(drawn: Drawn) -> Section:
    fields = (
        Field("fabric", "code"),
        Field("from", "code"),
        Field("to", "code"),
        Field("links", "number"),
        Field("speed", "number", "Gb/s"),
        Field("plane", "number"),
    )
    rows = tuple(
        (name, link.from_, link.to, link.count, link.gbps, link.plane)
        for name, fabric in drawn.cluster.fabrics.items()
        for link in fabric.links
    )
    table = grid_of(fabric_table(drawn.cluster, drawn.bom))
    return Section("fabrics", "Fabrics", (table, Grid(fields, rows, "Links")))


def _racks(drawn: Drawn) -> Section:
    placed: dict[str, list[Device]] = {}
    for device in drawn.cluster.devices:
        if device.rack:
            placed.setdefault(device.rack, []).append(device)
    kinds: dict[tuple[object, ...], list[RackUnit]] = {}
    for rack in drawn.cluster.rack_units:
        shape = sorted((d.u or 0, d.model) for d in placed.get(rack.name, ()))
        kinds.setdefault((rack.kind, *shape), []).append(rack)
    blocks: list[Block] = [models_grid(drawn.catalog, drawn.cluster.devices)]
    figures: list[Figure] = []
    for racks in list(kinds.values())[:MOST_RACKS]:
        first = racks[0]
        devices = placed.get(first.name, [])
        mounted = [
            Mounted(d.name, d.model, d.u, d.height_u, d.role == "compute")
            for d in devices
            if d.u is not None and d.height_u
        ]
        strips = tuple(d.name for d in devices if d.kind == "pdu")
        like = f"{first.name}, and {len(racks) - 1} like it" if len(racks) > 1 else first.name
        picture = elevation(first.name, first.height_u, mounted, strips)
        figures.append(Figure(picture, like))
    blocks.append(Gallery(tuple(figures)))
    more = len(kinds) - MOST_RACKS
    if more > 0:
        blocks.append(Paragraph(f"{more} more kinds of racks stand in the build book."))
    plan = floor_picture(drawn.cluster)
    if plan is not None:
        blocks.append(Figure(plan, "The floor from above"))
    blocks.append(grid_of(rack_table(drawn.cluster)))
    return Section("racks", "Racks and machines", tuple(blocks))


def _addresses(cluster: Cluster) -> Section:
    networks = Grid(
        (Field("network", "code"), Field("range", "code")),
        tuple(cluster.networks.items()),
        empty="No network.",
    )
    rows = tuple(
        (device.name, device.role, device.rack, address.port, address.network, address.address)
        for device in cluster.devices
        for address in device.addresses
    )
    fields = tuple(
        Field(title, "code") for title in ("device", "role", "rack", "port", "network", "address")
    )
    return Section(
        "network", "Addresses", (networks, Grid(fields, rows, "All addresses", folded=True))
    )


def _bill(drawn: Drawn) -> Section:
    fields = (
        Field("category", "code"),
        Field("location", "code"),
        Field("item", "code"),
        Field("quantity", "number"),
        Field("part number", "code"),
        Field("description", share=2),
        Field("source"),
        Field("confidence", "code"),
    )
    rows = tuple(
        (*(b.category, b.location, b.item, b.quantity), *(b.part_number, b.description),
         *(b.source, b.confidence))
        for b in drawn.bom
    )  # fmt: skip
    blocks = (Grid(fields, rows), grid_of(drawn.lengths, folded=True))
    return Section("bill", "Bill of materials", blocks)


def _origin(drawn: Drawn) -> Section:
    fields = (Field("file of the design", "code"), Field("SHA-256", "code"))
    rows = tuple(sorted(drawn.digests.items()))
    note = "The same spec, catalogue and version of the tool give these files again, byte for byte."
    return Section("origin", "Made from", (Grid(fields, rows), Notice("NOTE", note)))
