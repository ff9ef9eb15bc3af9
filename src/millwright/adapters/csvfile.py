"""Lists that people keep in CSV: read strictly, so that a garbled one is refused and named."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from millwright.errors import InputError, Problem

MOST_SHOWN = 80
"""So many characters of what was found are told; a binary file has lines without an end."""
_FOUND = (
    ("field larger", "a cell longer than 131,072 characters"),
    ("unexpected end", "a quote that is never closed"),
    ("new-line character", "a carriage return that ends no line"),
    ("expected after", "text behind a closing quote"),
)
_CELLS = "CSV: cells with commas between, quotes closed, lines that end with LF or CR LF"


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row and the line on which it begins; each column's cell, stripped and perhaps empty."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CsvList:
    """The names of the columns in small letters, and all rows that are not blank."""

    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]


def excerpt(text: str) -> str:
    """Return a piece of a file as it may be shown: on one line, bounded, control signs escaped."""
    told = text[: MOST_SHOWN + 1].encode("unicode_escape").decode("ascii")
    told = text[: MOST_SHOWN + 1] if text[: MOST_SHOWN + 1].isprintable() else told
    return told if len(told) <= MOST_SHOWN else f"{told[:MOST_SHOWN]}..."


def wrong(file: str, line: int, found: str, expected: str, key: str = "") -> Problem:
    """Return what is wrong with a line of a list."""
    return Problem(file, line, 1, key, found, expected)


def read_list(file: str, text: str) -> CsvList:
    """Return the columns and rows of a list. Raises InputError with the line that is no CSV.

    A row may be shorter than the header, and longer only by empty cells: what else is too long
    has moved its cells under other columns.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="\n"), strict=True)
    columns: tuple[str, ...] = ()
    rows, begin = [], 1
    try:
        for cells in reader:
            told = [cell.strip() for cell in cells]
            if any(told) and not columns:
                columns = _columns(file, begin, told)
            elif any(told):
                rows.append(_row(file, begin, columns, told))
            begin = reader.line_num + 1
    except csv.Error as error:
        raise InputError((wrong(file, begin, _told(error, text, begin), _CELLS),)) from None
    return CsvList(columns, tuple(rows))


def _columns(file: str, line: int, told: list[str]) -> tuple[str, ...]:
    names = tuple(name.lower() for name in told)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        found = f"the column {excerpt(twice[0])} twice"
        raise InputError((wrong(file, line, found, "every column once", excerpt(twice[0])),))
    return names


def _row(file: str, line: int, columns: tuple[str, ...], told: list[str]) -> CsvRow:
    if any(told[len(columns) :]):
        found = f"{len(told)} cells: {excerpt(','.join(told))}"
        expected = f"at most {len(columns)} cells, as the header has columns"
        raise InputError((wrong(file, line, found, expected),))
    filled = [*told, *[""] * (len(columns) - len(told))]
    return CsvRow(line, {name: cell for name, cell in zip(columns, filled, strict=False) if name})


def _told(error: csv.Error, text: str, line: int) -> str:
    word = str(error)
    found = next((told for start, told in _FOUND if start in word), word)
    begins = "".join(text.removeprefix("\ufeff").split("\n", line)[line - 1 : line])
    return f"{found}: {excerpt(begins)}"
