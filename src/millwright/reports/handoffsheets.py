"""All lists of the package as sheets of one workbook, and as CSV; and its gist for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from millwright.reports.handoff import all_missing, chapters
from millwright.reports.handover import Handover
from millwright.reports.page import Cell, Field, Grid, Link
from millwright.reports.workbook import Sheet

LONGEST_NAME = 31
"""Letters that the name of a sheet may have."""
SCHEMA = "millwright.handoff-package/1"


def sheets(handover: Handover) -> list[Sheet]:
    """Return what is missing as the first sheet, then every list that has rows."""
    told = chapters(handover)
    absent = tuple((chapter, m.what, m.how) for chapter, m in all_missing(told))
    fields = (Field("chapter"), Field("what is missing", share=3), Field("what brings it", share=2))
    found = [Sheet("Missing", fields, absent)]
    names = {"missing"}
    for chapter in told:
        for grid in (block for block in chapter.blocks if isinstance(block, Grid) and block.rows):
            title = f"{chapter.title} {grid.title}".strip()
            found.append(Sheet(_free(title, names), grid.fields, _plain(grid)))
    return found


def _free(title: str, names: set[str]) -> str:
    """Return a name of a sheet that no other has, in letters that workbooks take."""
    plain = re.sub(r"[^A-Za-z0-9 .,-]+", " ", title)
    base = " ".join(plain.split())[:LONGEST_NAME].strip()
    name, number = base, 2
    while name.lower() in names:
        name = f"{base[: LONGEST_NAME - 3].strip()} {number}"
        number += 1
    names.add(name.lower())
    return name


def _plain(grid: Grid) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        tuple(cell.text if isinstance(cell, Link) else cell for cell in row) for row in grid.rows
    )


def tables(handover: Handover) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """Yield the long lists by the names of their files: columns and rows."""
    by_title = {
        (c.id, block.title): block
        for c in chapters(handover)
        for block in c.blocks
        if isinstance(block, Grid)
    }
    for name, key in (
        ("serials", ("serials", "All items")),
        ("cables", ("cabling", "All cables")),
        ("addresses", ("addresses", "All addresses")),
    ):
        grid = by_title.get(key)
        if grid is not None:
            yield name, tuple(field.title for field in grid.fields), list(grid.rows)


def document(handover: Handover) -> dict[str, Any]:
    """Return the gist of the package as JSON; what is missing is null."""
    cluster, found = handover.built.cluster, handover.accepted
    standings: dict[str, int] = {}
    for done in handover.ledger.values():
        standings[done.standing] = standings.get(done.standing, 0) + 1
    absent = all_missing(chapters(handover))
    return {
        "schema": SCHEMA, "name": cluster.name, "made": handover.made or None,
        "simulated": handover.simulated, "nodes": cluster.nodes, "gpus": cluster.gpus,
        "racks": cluster.racks.total, "cables": len(handover.built.cables),
        "design_sha256": handover.built.digests.get("cluster.json"),
        "acceptance": found and {
            "run": found.run, "verdict": found.judged.verdict,
            "completeness": found.judged.completeness,
        },
        "roles": standings or None,
        "items": len(handover.stock.assets.items) if handover.stock else None,
        "evidence_runs": len(handover.runs), "signed_by": handover.signer or None,
        "missing": [{"chapter": c, "what": m.what, "how": m.how} for c, m in absent],
    }  # fmt: skip
