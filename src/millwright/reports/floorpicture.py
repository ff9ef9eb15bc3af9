"""The floor of a design from above: rows, racks with what they draw, positions that are free."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.model.cluster import Cluster, RackUnit
from millwright.reports.picture import Box, Paint, Picture, Shape, Stroke, Words, fitting

SCALE, EDGE = 64.0, 34.0
SMALL = 13.0
"""Of a metre on the picture of a whole floor."""
TYPE = 8.0
DEEP_M = 1.2
ROWS = 3
"""As many rows fit on a sheet of paper with names that can be read."""


def floor_pictures(cluster: Cluster) -> tuple[Picture, ...]:
    """Return the floor from above: whole where it has few rows, else all of it without names first
    and then some rows at a time; nothing where racks have no places."""
    racks = [rack for rack in cluster.rack_units if rack.x_m is not None]
    rows = sorted({rack.row or 0 for rack in racks})
    if not rows:
        return ()
    parts = [rows[at : at + ROWS] for at in range(0, len(rows), ROWS)]
    detail = [_part([rack for rack in racks if (rack.row or 0) in part]) for part in parts]
    return tuple(detail) if len(parts) == 1 else (_overview(racks, rows), *detail)


def _overview(racks: Sequence[RackUnit], rows: Sequence[int]) -> Picture:
    """Return the whole floor turned by a quarter, so that many rows stand side by side."""
    wide = max(rack.y_m or 0 for rack in racks) + DEEP_M
    high = max(rack.x_m or 0 for rack in racks) + 1
    shapes: list[Shape] = []
    for row in rows:
        first = next(rack for rack in racks if rack.row == row)
        middle = ((first.y_m or 0) + DEEP_M / 2) * SMALL + EDGE
        shapes.append(Words(middle, EDGE - 8, str(row), 9, "soft", "middle"))
    for rack in racks:
        x, y = (rack.y_m or 0) * SMALL + EDGE, (rack.x_m or 0) * SMALL + EDGE
        load = f", {rack.load.known_max_kw:.1f} kW" if rack.load else ""
        computes = rack.kind == "compute"
        fill: Paint = "accent" if computes else "soft"
        tip = f"{rack.name}: row {rack.row}, position {rack.position}{load}"
        box = Box(x, y, DEEP_M * SMALL, 0.7 * SMALL - 1, fill, None, 1, tip=tip,
                  strength=0.8 if computes else 0.6)  # fmt: skip
        shapes.append(box)
    told = f"{len(racks)} racks in {len(rows)} rows, turned by a quarter; racks of servers darker."
    return Picture(
        f"The whole floor: {len(rows)} rows", told, wide * SMALL + 2 * EDGE,
        high * SMALL + 2 * EDGE, tuple(shapes),
    )  # fmt: skip


def _part(racks: Sequence[RackUnit]) -> Picture:
    width = max(rack.x_m or 0 for rack in racks) + 1
    top = min(rack.y_m or 0 for rack in racks)
    racks = [rack.model_copy(update={"y_m": (rack.y_m or 0) - top}) for rack in racks]
    depth = max(rack.y_m or 0 for rack in racks) + DEEP_M
    shapes: list[Shape] = []
    rows = sorted({rack.row or 0 for rack in racks})
    for row in rows:
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
    of = f"Row {rows[0]}" if len(rows) == 1 else f"Rows {rows[0]} to {rows[-1]}"
    return Picture(of, told, width * SCALE + 2 * EDGE, high, tuple(shapes))


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
