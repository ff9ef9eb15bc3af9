"""The build book: what a crew has to know to put racks together, a rack a chapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster, Device, RackUnit
from millwright.reports.cabling import Cabled, ends_by_rack
from millwright.reports.elevation import Mounted, elevation
from millwright.reports.machines import burden, models_grid
from millwright.reports.page import (
    SIMULATED,
    Beside,
    Block,
    Cell,
    Fact,
    Facts,
    Field,
    Figure,
    Grid,
    Notice,
    Page,
    Points,
    Section,
    Signatures,
    Volume,
)
from millwright.reports.rackwork import Members, cables_grid, checklist, devices_grid
from millwright.reports.volumes import part_of, shares, suffix_of


@dataclass(frozen=True, slots=True)
class Plans:
    """What a build book is made of: a solved design and nothing else.

    `digests` are the files of the design with their SHA-256; `by` names the tool.
    """

    cluster: Cluster
    cables: Sequence[Cabled]
    catalog: Catalog
    digests: Mapping[str, str]
    by: str


def book_volumes(plans: Plans) -> tuple[Volume, ...]:
    """Return the build book of a design: as many volumes as it takes, racks in their order."""
    ends = ends_by_rack(plans.cables)
    placed: dict[str, list[Device]] = {}
    for device in plans.cluster.devices:
        placed.setdefault(device.rack or "", []).append(device)
    parts = shares(plans.cluster.rack_units, {rack: len(members) for rack, members in ends.items()})
    volumes = []
    for number, racks in enumerate(parts, 1):
        first, last = number == 1, number == len(parts)
        sections = [
            *([_overview(plans, placed, ends)] if first else []),
            *(_rack(plans, r, placed.get(r.name, []), ends.get(r.name, [])) for r in racks),
            *(_site(placed.get("", []), ends.get("", [])) if last else ()),
            _close(plans),
        ]
        line = _first_line(plans, part_of(number, parts))
        volumes.append(Volume(suffix_of(number, parts), _page(plans, line, tuple(sections))))
    return tuple(volumes)


def _page(plans: Plans, first_line: str, sections: tuple[Section, ...]) -> Page:
    return Page(
        what="Rack build book",
        title=plans.cluster.name,
        first_line=first_line,
        sections=sections,
        by=plans.by,
        notices=(SIMULATED,) if plans.cluster.simulated else (),
        facts=_origin(plans),
        paper="landscape",
    )


def _first_line(plans: Plans, part: str) -> str:
    cluster = plans.cluster
    devices = sum(1 for device in cluster.devices if device.rack)
    return (
        f"{part}{cluster.racks.total:,} racks, {devices:,} devices and {len(plans.cables):,} "
        "cables, as designed. What the design does not know is listed and not guessed."
    )


def _origin(plans: Plans) -> tuple[Fact, ...]:
    digest = plans.digests.get("cluster.json", "")
    return (
        Fact("Blueprint", plans.cluster.blueprint or "none"),
        Fact("Design", digest[:16], "first letters of the SHA-256 of cluster.json"),
        Fact("Firmware matrix", "not fixed", "no matrix was given with the design"),
    )


def unknowns(plans: Plans) -> tuple[str, ...]:
    """Return what a crew will ask and the design does not answer."""
    told = [
        "The floor plan: rows, and which rack stands where.",
        "Serial numbers, asset tags and MAC addresses: read or scanned as devices arrive.",
        "Which power supply goes to which PDU outlet and which feed or phase: the design counts "
        "PDUs and does not wire them.",
        "Colours of cables.",
        "The firmware to be installed: no matrix was given.",
        "Torques, liquid connections and bend radii: the vendors' guides hold.",
    ]
    if not all(cable.length_m for cable in plans.cables):
        told.insert(1, "Lengths of cables: they come with the floor plan.")
    bare = sum(1 for cable in plans.cables if not cable.part_number)
    if bare:
        told.append(f"Part numbers of {bare:,} of {len(plans.cables):,} cables.")
    if not any(device.kind == "pdu" for device in plans.cluster.devices):
        told.append("PDUs: the design has none.")
    return tuple(told)


def _overview(
    plans: Plans, placed: Mapping[str, list[Device]], ends: Mapping[str, Members]
) -> Section:
    cluster = plans.cluster
    load = burden(plans.catalog, [d for d in cluster.devices if d.rack])
    figures = Facts(
        (
            Fact("Racks", cluster.racks.total),
            Fact("Nodes", cluster.nodes, f"{cluster.gpus:,} GPUs"),
            Fact("Cables", len(plans.cables), f"{2 * len(plans.cables):,} labelled ends"),
            Fact("Devices, at most", load.power.partition(" and ")[0], _rest(load.power)),
        ),
        large=True,
    )
    rows = tuple(
        _rack_row(plans, rack, placed.get(rack.name, []), ends.get(rack.name, []))
        for rack in cluster.rack_units
    )
    fields = (
        Field("rack", "code"),
        Field("kind", "code"),
        Field("filled", "number", "U"),
        Field("height", "number", "U"),
        Field("devices", "number"),
        Field("PDUs", "number"),
        Field("cable ends", "number"),
        Field("power, max"),
        Field("weight of devices"),
    )
    return Section(
        "overview",
        "Overview",
        (
            figures,
            Points(unknowns(plans), "What this book does not know"),
            Grid(fields, rows, "Racks"),
            models_grid(plans.catalog, cluster.devices),
        ),
    )


def _rest(told: str) -> str:
    if told == "not known":
        return "the catalogue has no figure for these models"
    rest = told.partition(" and ")[2]
    return f"and {rest}" if rest else "sum of the catalogue's maxima"


def _rack_row(
    plans: Plans, rack: RackUnit, devices: list[Device], members: Members
) -> tuple[Cell, ...]:
    load = burden(plans.catalog, devices)
    pdus = sum(device.kind == "pdu" for device in devices)
    return (
        rack.name,
        rack.kind,
        rack.used_u,
        rack.height_u,
        len(devices) - pdus,
        pdus,
        len(members),
        load.power,
        load.weight,
    )


def _rack(plans: Plans, rack: RackUnit, devices: list[Device], members: Members) -> Section:
    pdus = tuple(device.name for device in devices if device.kind == "pdu")
    mounted = [
        Mounted(d.name, d.model, d.u, d.height_u, d.role == "compute")
        for d in devices
        if d.u is not None and d.height_u
    ]
    load = burden(plans.catalog, devices)
    facts = Facts(
        (
            Fact("Rack", rack.model),
            Fact("Filled", f"{rack.used_u} of {rack.height_u} U"),
            Fact("Devices draw at most", load.power),
            Fact("Devices weigh", load.weight),
            Fact("PDUs", len(pdus) or "none in the design"),
            Fact("Cable ends", len(members)),
        )
    )
    right: tuple[Block, ...] = (facts, devices_grid(devices))
    blocks: tuple[Block, ...] = (
        Beside((Figure(elevation(rack.name, rack.height_u, mounted, pdus)),), right),
        cables_grid(members),
        checklist(rack, len(mounted), len(pdus), len(members)),
    )
    return Section(f"rack-{rack.name}", rack.name, blocks, fresh=True, group="Racks")


def _site(devices: list[Device], members: Members) -> tuple[Section, ...]:
    if not devices and not members:
        return ()
    lead = "Belongs to the site: cabled to, and neither bought nor placed by this design."
    blocks = (devices_grid(devices), cables_grid(members))
    return (Section("site", "Equipment of the site", blocks, lead=lead, fresh=True),)


def _close(plans: Plans) -> Section:
    digests = tuple((name, digest) for name, digest in sorted(plans.digests.items()))
    fields = (Field("file of the design", "code"), Field("SHA-256", "code"))
    words = "The racks were built as this book says; differences are written into it."
    blocks: tuple[Block, ...] = (
        Signatures(words, ("Integrator", "Customer")),
        Grid(fields, digests, "Made from"),
        Notice("NOTE", "A book is good for the design whose digests stand here, and no other."),
    )
    return Section("signatures", "Signatures and origin", blocks, fresh=True)
