"""The design package: one value of a solved design, from the first page to its origin.

HTML, PDF and workbook are set from it, so that no figure can differ between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.model.catalog import Catalog
from millwright.model.cluster import BomLine, Cluster
from millwright.model.costing import TotalCost
from millwright.model.finding import Finding
from millwright.model.tracing import Requirement
from millwright.reports.architecture import Around, architecture
from millwright.reports.designedcables import cable_section
from millwright.reports.designedcost import bill_grid, cost_section, price_notice
from millwright.reports.designedneeds import Needs, need_sections
from millwright.reports.designednet import Plan, network_section
from millwright.reports.designedrooms import floor_section, power_section, rack_section
from millwright.reports.designedsummary import (
    appendix_section,
    requirement_section,
    summary_section,
)
from millwright.reports.designedunsure import unsure_section
from millwright.reports.fabricpicture import fabric_picture
from millwright.reports.floor import A_DEVICE, B_DEVICE, FABRIC, Row
from millwright.reports.page import (
    SIMULATED,
    Block,
    Fact,
    Field,
    Figure,
    Grid,
    Mark,
    Notice,
    Page,
    Section,
    Tone,
    grid_of,
)
from millwright.reports.summary import FABRICS, SEVERITIES, fabric_table, folded

TONES: dict[str, Tone] = {"error": "bad", "warn": "warn", "info": "plain"}


@dataclass(frozen=True, slots=True)
class Customer:
    """For whom a design is, and where it is to stand; texts are empty where nobody says."""

    name: str = ""
    site: str = ""
    blueprint: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A solved design as files keep it, and what is reckoned from it.

    `rows` are its cables, `digests` those of its files; `around` is what stands around the machines
    on the picture of the architecture.
    """

    cluster: Cluster
    bom: Sequence[BomLine]
    rows: Sequence[Row]
    catalog: Catalog
    digests: Mapping[str, str]
    by: str
    customer: Customer
    needs: Needs
    cost: TotalCost
    requirements: Sequence[Requirement]
    plan: Plan
    around: Around


def design_page(drawn: Drawn) -> Page:
    """Return the report of a design."""
    cluster = drawn.cluster
    told = folded(cluster.findings)
    missed = sum(each.answer.state == "missed" for each in drawn.requirements)
    grave = missed > 0 or any(finding.severity == "error" for finding in told)
    sections = (
        summary_section(cluster, drawn.needs, drawn.cost, drawn.requirements),
        *requirement_section(drawn.requirements),
        _architecture(drawn),
        *need_sections(drawn.needs),
        _fabrics(drawn),
        rack_section(cluster, drawn.catalog),
        *floor_section(cluster),
        power_section(cluster, drawn.catalog),
        _bill(drawn),
        cable_section(drawn.rows),
        network_section(cluster, drawn.plan),
        *cost_section(drawn.cost),
        _findings(told),
        *unsure_section(drawn.needs, drawn.cost, cluster),
        _origin(drawn),
        *appendix_section(drawn.requirements),
    )
    return Page(
        what="Design package",
        title=drawn.customer.name or cluster.name,
        first_line=(
            f"{cluster.nodes:,} nodes with {cluster.gpus:,} GPUs in {cluster.racks.total:,} racks, "
            f"{len(drawn.rows):,} cables, every port named{_against(missed)}."
        ),
        tone="bad" if grave else "plain",
        sections=sections,
        by=drawn.by,
        notices=tuple(_notices(drawn)),
        facts=tuple(_cover(drawn)),
        paper="landscape",
    )


def _against(missed: int) -> str:
    if not missed:
        return ""
    return f"; {missed} line{' of the spec is' if missed == 1 else 's of the spec are'} not met"


def _notices(drawn: Drawn) -> Iterator[Notice]:
    if drawn.cluster.simulated:
        yield SIMULATED
    elif drawn.cost.own_prices < len(drawn.cost.lines):
        yield price_notice(drawn.cost)


def _cover(drawn: Drawn) -> Iterator[Fact]:
    yield Fact("Factory", drawn.cluster.name)
    if drawn.customer.site:
        yield Fact("Site", drawn.customer.site)
    yield Fact("Blueprint", drawn.cluster.blueprint or "none", drawn.customer.blueprint)
    yield Fact("Design", drawn.digests.get("cluster.json", "")[:16], "SHA-256 of cluster.json")


def _architecture(drawn: Drawn) -> Section:
    cluster = drawn.cluster
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
    blocks: tuple[Block, ...] = (
        Figure(architecture(cluster, drawn.around), "What is built, and what it joins"),
        Grid(fields, pools, "Pools"),
    )
    return Section("architecture", "Architecture", blocks, fresh=True)


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
    blocks: list[Block] = [grid_of(fabric_table(drawn.cluster, drawn.bom))]
    blocks += _pictures(drawn)
    blocks.append(Grid(fields, rows, "Links"))
    return Section("fabrics", "Fabrics", tuple(blocks), fresh=True)


def _pictures(drawn: Drawn) -> Iterator[Figure]:
    links: dict[str, list[tuple[str, str]]] = {}
    for row in drawn.rows:
        links.setdefault(row[FABRIC], []).append((row[A_DEVICE], row[B_DEVICE]))
    for name in FABRICS:
        if name not in drawn.cluster.fabrics:
            continue
        picture = fabric_picture(drawn.cluster, name, links.get(name, ()))
        if picture is not None:
            yield Figure(picture, picture.description.partition(": ")[0])


def _bill(drawn: Drawn) -> Section:
    lines = {(line.item, line.location): line for line in drawn.bom}
    return Section("bill", "Bill of materials", (bill_grid(drawn.cost, lines),), fresh=True)


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
    lead = (
        "What the design says about itself. `millwright explain RULE` tells what is behind a rule."
    )
    grid = Grid(fields, rows, empty="Nothing.")
    return Section("findings", "Risks and findings", (grid,), lead=lead)


def _origin(drawn: Drawn) -> Section:
    fields = (Field("file of the design", "code"), Field("SHA-256", "code"))
    rows = tuple(sorted(drawn.digests.items()))
    note = "The same spec, catalogue and version of the tool give these files again, byte for byte."
    return Section("origin", "Made from", (Grid(fields, rows), Notice("NOTE", note)))
