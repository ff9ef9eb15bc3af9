"""The floor of a design: rows and positions as a table and a picture, lengths to order, pulls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from millwright.model.cluster import Cluster
from millwright.reports.table import Table, left, right
from millwright.units import ceil_div

BUNDLE = 24
"""Cables that are pulled as one bundle, at most."""
Row = Sequence[Any]
FABRIC, A_DEVICE, A_RACK, B_DEVICE, B_RACK, MEDIUM, LENGTH, PART = 1, 4, 6, 8, 10, 12, 13, 14
"""Columns of a row of the cable list."""


def floor_table(cluster: Cluster) -> Table:
    """Return one row a rack: where it stands, and what it bears."""
    rows = tuple(
        (
            rack.row,
            rack.position,
            rack.name,
            rack.kind,
            rack.pool,
            rack.x_m,
            rack.y_m,
            rack.used_u,
            rack.height_u,
            rack.load.known_max_kw if rack.load else None,
            rack.load.weight_kg if rack.load else None,
        )
        for rack in sorted(cluster.rack_units, key=lambda r: (r.row or 0, r.position or 0))
    )
    columns = (
        *right("row", "position"),
        *left("rack", "kind", "pool"),
        *right("x m", "y m", "used U", "of", "kW max", "kg"),
    )
    return Table("Floor", columns, rows)


def lengths_table(rows: Iterable[Row]) -> Table:
    """Return what is to be ordered: one row a fabric, medium, part and length, in cable ends
    joined."""
    counts: Counter[tuple[str, str, str, int]] = Counter(
        (row[FABRIC], row[MEDIUM], row[PART], int(row[LENGTH] or 0)) for row in rows
    )
    told = tuple(
        (fabric, medium, length or None, count, part or None)
        for (fabric, medium, part, length), count in sorted(counts.items())
    )
    columns = (*left("fabric", "medium"), *right("length m", "cables"), *left("part number"))
    return Table("Lengths", columns, told)


def unmeasured(rows: Iterable[Row]) -> str:
    """Return in words how many cables have no length since they leave the racks; nothing where none
    does."""
    count = sum(not row[LENGTH] and not (row[A_RACK] and row[B_RACK]) for row in rows)
    if not count:
        return ""
    ends = "cable ends" if count == 1 else "cables end"
    return f"{count:,} {ends} outside the racks: how long is the site's to measure"


def pulls_table(rows: Iterable[Row], rack: str | None = None) -> Table:
    """Return in which order cables are pulled from each rack, the longest first.

    Each cable is pulled once, from the rack of its first end; those that stay in a rack come last.
    Those that leave for what stands in no rack, a network of the site, name that.
    """
    runs: Counter[tuple[str, int, bool, str, str, str, str]] = Counter()
    for row in rows:
        here, there = row[A_RACK], row[B_RACK] or row[B_DEVICE]
        if not here:
            here, there = row[B_RACK], row[A_DEVICE]
        if not here or (rack is not None and here != rack):
            continue
        length = int(row[LENGTH] or 0)
        ends = (there, row[FABRIC], row[MEDIUM], row[PART])
        runs[(here, -length, here == there, *ends)] += 1
    ordered = sorted(runs, key=lambda run: (run[0], run[2], run[1], run[3:]))
    number: Counter[str] = Counter()
    told = []
    for run in ordered:
        here, minus, _, there, fabric, medium, part = run
        number[here] += 1
        count = runs[run]
        told.append(
            (here, number[here], there, fabric, medium, -minus or None, count,
             ceil_div(count, BUNDLE), part or None)
        )  # fmt: skip
    columns = (
        *left("from"),
        *right("pull"),
        *left("to", "fabric", "medium"),
        *right("length m", "cables", "bundles"),
        *left("part number"),
    )
    return Table("Pulls", columns, tuple(told))
