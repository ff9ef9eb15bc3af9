"""Draws a table with colour and lines, for terminals and pictures."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table as RichTable
from rich.text import Text

from millwright.cli.printable import one_line
from millwright.reports.table import Cell, Table, told

STYLES = {
    "error": "red",
    "warn": "yellow",
    "info": "cyan",
    "match": "green",
    "erratum": "cyan",
    "deviation": "red",
    "deferred": "dim",
}


def drawn(table: Table) -> RichTable:
    """Return the table as rich draws it; cells are text, so that no markup in them counts."""
    picture = RichTable(
        title=table.title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for column in table.columns:
        picture.add_column(column.title, justify=column.align, overflow="fold")
    for row in table.rows:
        picture.add_row(*(_cell(cell) for cell in row))
    return picture


def _cell(cell: Cell) -> Text:
    text = one_line(told(cell))
    return Text(text, style=STYLES.get(text, ""))
