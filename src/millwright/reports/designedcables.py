"""The cable schedule of a design: what is ordered, what is pulled, and every cable."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.reports.floor import Row, lengths_table, pulls_table, unmeasured
from millwright.reports.page import Block, Cell, Field, Grid, Paragraph, Section, grid_of

MOST_ON_SCREEN = 4_000
MOST_ON_PAPER = 120
CABLES = (
    Field("fabric", "code"),
    Field("label on one end", "code"),
    Field("rack", "code"),
    Field("U", "number"),
    Field("label on the other", "code"),
    Field("rack", "code"),
    Field("U", "number"),
    Field("medium", "code"),
    Field("length", "number", "m"),
    Field("part number", "code"),
    Field("bundle", "code"),
)
COLUMNS = (1, 15, 6, 7, 16, 10, 11, 12, 13, 14, 17)
"""Which values of a row of the cable list stand in these columns."""
NUMBERS = frozenset(at for at, field in enumerate(CABLES) if field.holds == "number")


def cable_section(rows: Sequence[Row]) -> Section:
    """Return what is to be ordered, what is pulled from which rack, and the list of all."""
    blocks: list[Block] = [grid_of(lengths_table(rows))]
    if told := unmeasured(rows):
        blocks.append(Paragraph(f"{told}."))
    pulls = grid_of(pulls_table(rows), folded=True)
    blocks.append(shortened(pulls, "Pulls"))
    blocks.append(_all(rows))
    return Section("cables", "Cable schedule", tuple(blocks), fresh=True)


def shortened(grid: Grid, sheet: str) -> Grid:
    """Return a long list so that paper names the workbook instead of it, and the screen as well
    where no reader would ever come to its end."""
    where = f"{len(grid.rows):,} rows: in report.xlsx, sheet {sheet}"
    if len(grid.rows) > MOST_ON_SCREEN:
        return Grid(grid.fields, (), grid.title, grid.note, f"{where}.")
    if len(grid.rows) <= MOST_ON_PAPER:
        return grid
    return Grid(grid.fields, grid.rows, grid.title, grid.note, grid.empty, True, f"{where}.")


def _all(rows: Sequence[Row]) -> Grid:
    if len(rows) > MOST_ON_SCREEN:
        where = f"{len(rows):,} cables: in report.xlsx, sheet Cables, and in cables.csv."
        return Grid(CABLES, (), "All cables", empty=where)
    grid = Grid(CABLES, tuple(cable_cells(row) for row in rows), "All cables", folded=True)
    return shortened(grid, "Cables, and in cables.csv")


def cable_cells(row: Row) -> tuple[Cell, ...]:
    """Return one cable as cells; what is not known is None."""
    return tuple(_cell(row[column], at in NUMBERS) for at, column in enumerate(COLUMNS))


def _cell(value: object, number: bool) -> Cell:
    if value in ("", None):
        return None
    return int(str(value)) if number else str(value)
