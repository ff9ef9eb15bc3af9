"""The floor of a design: rows and positions as a table and a picture, lengths to order, pulls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from millwright.model.cluster import Cluster, RackUnit
from millwright.reports.picture import Box, Paint, Picture, Shape, Stroke, Words, fitting
from millwright.reports.table import Table, left, right
from millwright.units import ceil_div

BUNDLE = 24
"""Cables that are pulled as one bundle, at most."""
SCALE, EDGE = 64.0, 34.0
TYPE = 8.0
DEEP_M = 1.2
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


def floor_picture(cluster: Cluster) -> Picture | None:
    """Return the floor from above; None where racks have no places."""
    racks = [rack for rack in cluster.rack_units if rack.x_m is not None]
    if not racks:
        return None
    width = max(rack.x_m or 0 for rack in racks) + 1
    depth = max(rack.y_m or 0 for rack in racks) + DEEP_M
    shapes: list[Shape] = []
    for row in sorted({rack.row or 0 for rack in racks}):
        y = min(rack.y_m or 0 for rack in racks if rack.row == row) * SCALE + EDGE
        shapes.append(Words(EDGE - 6, y + DEEP_M * SCALE / 2, str(row), 10, "soft", "end"))
    shapes += _free(racks)
    for rack in racks:
        shapes += _drawn(rack)
    high = depth * SCALE + 2 * EDGE
    shapes += [
        Stroke(((EDGE, high - 14), (EDGE + SCALE, high - 14)), "soft", 1.5),
        Words(EDGE + SCALE + 6, high - 10, "1 m; dashed: free", 9, "soft"),
    ]
    told = (
        f"{len(racks)} racks in rows, from above; racks of servers have an accented edge, "
        "positions between them that are free a dashed one."
    )
    return Picture("Floor plan", told, width * SCALE + 2 * EDGE, high, tuple(shapes))


def _free(racks: Sequence[RackUnit]) -> list[Shape]:
    """Return the positions of each row up to its last rack that no rack takes."""
    shapes: list[Shape] = []
    for row in sorted({rack.row or 0 for rack in racks}):
        own = {rack.position or 0: rack for rack in racks if rack.row == row}
        far = own[max(own)]
        if (far.position or 0) < 2 or not far.x_m:
            continue
        pitch = far.x_m / ((far.position or 2) - 1)
        y = (far.y_m or 0) * SCALE + EDGE
        for position in range(1, far.position or 0):
            if position not in own:
                x = (position - 1) * pitch * SCALE + EDGE
                shapes.append(
                    Box(x, y, 0.7 * SCALE - 2, DEEP_M * SCALE, None, "soft", 1.5, dashed=True,
                        strength=0.5)
                )  # fmt: skip
    return shapes


def _drawn(rack: RackUnit) -> list[Shape]:
    x, y = (rack.x_m or 0) * SCALE + EDGE, (rack.y_m or 0) * SCALE + EDGE
    wide, deep = 0.7 * SCALE - 2, DEEP_M * SCALE
    load = rack.load
    watts = f"{load.known_max_kw:.1f} kW" if load else ""
    tip = f"{rack.name}: row {rack.row}, position {rack.position}, {watts}"
    edge: Paint = "accent" if rack.kind == "compute" else "soft"
    middle, half = x + wide / 2, y + deep / 2
    return [
        Box(x, y, wide, deep, "panel", edge, 1.5, tip=tip),
        Words(middle, half, fitting(rack.name, wide - 1, TYPE), TYPE, "ink", "middle"),
        Words(middle, half + 12, fitting(watts, wide - 1, TYPE), TYPE, "soft", "middle"),
    ]
