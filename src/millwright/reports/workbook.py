"""A workbook as values: sheets with typed columns, and the few cells that a spreadsheet reckons."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.reports.page import Cell, Field


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A cell that a spreadsheet computes. Its text is made here and never holds anything that a
    user wrote: a text of a user is a text, whatever it begins with."""

    formula: str


SheetCell = Cell | Reckoned


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a head that stays in sight and can be filtered by, and its rows."""

    name: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[SheetCell, ...], ...]


def column(index: int) -> str:
    """Return the letters of a column, which counts from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
