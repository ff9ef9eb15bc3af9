"""Chapters about parts: serial numbers and versions, as nodes' own tools told them."""

from __future__ import annotations

from collections import Counter

from millwright.model.nodeset import folded
from millwright.reports.handover import Chapter, Handover, Missing
from millwright.reports.page import Block, Field, Grid, Notice, Paragraph

MOST_ON_PAPER = 60
"""Rows of a list that paper shows; the whole list stands on the screen and in the workbook."""


def shortened(grid: Grid, where: str) -> tuple[Block, ...]:
    """Return a list as paper has it: its beginning, and where the rest is."""
    more = len(grid.rows) - MOST_ON_PAPER
    if more <= 0:
        return (grid,)
    note = f"The first {MOST_ON_PAPER} of {len(grid.rows):,}; all of them stand in {where}."
    return (Grid(grid.fields, grid.rows[:MOST_ON_PAPER], grid.title, note),)


def inventory(handover: Handover) -> Chapter:
    """Return serial numbers as nodes' own tools told them."""
    lead = "Serial numbers are what each part told of itself; what no tool told stands empty."
    stock = handover.stock
    if stock is None:
        missing = Missing("No serial number was read from any node:", "`build assets`.")
        return Chapter("serials", "Serial numbers", lead, (_models(handover),), (missing,))
    rows = tuple(
        (i.node, i.kind, i.place, i.model, i.serial, i.part_number, i.address)
        for i in stock.assets.items
    )
    fields = tuple(
        Field(title, "code")
        for title in ("node", "kind", "place", "model", "serial", "part number", "address")
    )
    kinds = Counter(i.kind for i in stock.assets.items)
    known = Counter(i.kind for i in stock.assets.items if i.serial)
    sums = Grid(
        (Field("kind", "code"), Field("items", "number"), Field("with a serial number", "number")),
        tuple((kind, count, known[kind]) for kind, count in sorted(kinds.items())), "In short",
    )  # fmt: skip
    told: list[Block] = [Paragraph(f"Read in run {stock.run}."), sums]
    if stock.assets.problems:
        told.append(Notice("UNREAD", "; ".join(stock.assets.problems[:20]), "unknown"))
    whole = Grid(fields, rows, "All items")
    nodes = {d.name for d in handover.built.cluster.devices if d.role == "compute"}
    rest = sorted(nodes - {i.node for i in stock.assets.items})
    absent: tuple[Missing, ...] = (
        Missing(f"{len(rest):,} of {len(nodes):,} nodes told nothing of themselves "
                f"({folded(rest)}):", "`build assets`."),
    ) if rest else ()  # fmt: skip
    return Chapter(
        "serials", "Serial numbers", lead, (*told, whole), absent,
        (*told, *shortened(whole, "tables/serials.csv")),
    )  # fmt: skip


def _models(handover: Handover) -> Grid:
    counts = Counter((d.role, d.model) for d in handover.built.cluster.devices)
    return Grid(
        (Field("role", "code"), Field("model", "code"), Field("designed", "number")),
        tuple((*key, count) for key, count in sorted(counts.items())), "Machines of the design",
    )  # fmt: skip


def firmware(handover: Handover) -> Chapter:
    """Return which versions run, whether nodes agree, and what is wanted."""
    stock = handover.stock
    if stock is None:
        missing = Missing("No firmware was read from any node:", "`build firmware`.")
        return Chapter("firmware", "Firmware and drivers", "", (), (missing,))
    rows = tuple(
        (row.component, row.model, v.version, v.count, folded(v.nodes), v.standing, row.target,
         row.source)
        for row in stock.firmware.rows for v in row.versions
    )  # fmt: skip
    fields = (
        Field("component", "code"), Field("model"), Field("version", "code"),
        Field("items", "number"), Field("nodes", "code", share=2), Field("against the target"),
        Field("target", "code"), Field("source of the target"),
    )  # fmt: skip
    found = tuple(
        (f.kind, f.component, folded(f.nodes), f.message) for f in stock.firmware.findings
    )
    wrong = Grid(
        (Field("what", "code"), Field("component", "code"), Field("nodes", "code"),
         Field("found", share=3)), found, "What does not fit", empty="Nothing.",
    )  # fmt: skip
    lead = f"Read in run {stock.run}. That nodes agree and that they run the target are two things."
    return Chapter(
        "firmware", "Firmware and drivers", lead, (Grid(fields, rows, "Versions"), wrong)
    )
