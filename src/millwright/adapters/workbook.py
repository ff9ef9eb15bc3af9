"""Writes sheets as one XLSX file: no text is a formula, heads stay in sight, equal values are equal
bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from millwright.adapters.spreadsheet import EPOCH, steady
from millwright.adapters.workspace import Writer
from millwright.reports.page import Field, Mark, plain
from millwright.reports.picture import legal
from millwright.reports.workbook import Reckoned, Sheet

COMPUTED = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that some spreadsheet takes for a formula."""
LONGEST = 32_000
"""Letters that a cell of a spreadsheet holds, with room for the mark that it was cut."""
WIDEST, NARROWEST = 70, 8
A4 = 9
"""What a workbook calls that paper."""
LOOKED_AT = 200
"""Rows that the width of a column is taken from."""


def workbook(sheets: Sequence[Sheet]) -> Writer:
    """Return the writer of a workbook."""

    def write(file: IO[bytes]) -> None:
        book = Workbook(write_only=True)
        for sheet in sheets:
            _fill(book, sheet)
        book.properties.creator = "millwright"
        book.properties.created = EPOCH
        raw = io.BytesIO()
        book.save(raw)
        steady(raw, file)

    return write


def _fill(book: Workbook, sheet: Sheet) -> None:
    page: Any = book.create_sheet(sheet.name)
    last = get_column_letter(len(sheet.fields))
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:{last}{len(sheet.rows) + 1}"
    page.print_title_rows = "1:1"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for index, wide in enumerate(_widths(sheet), start=1):
        page.column_dimensions[get_column_letter(index)].width = wide
    page.append(list(_heads(page, sheet.fields)))
    for row in sheet.rows:
        page.append([_cell(page, *each) for each in zip(row, sheet.fields, strict=True)])


def head(field: Field) -> str:
    """Return what stands over a column: its title and its unit."""
    return f"{field.title} ({field.unit})" if field.unit else field.title


def _heads(page: Any, fields: Sequence[Field]) -> Iterator[Any]:
    for field in fields:
        cell = WriteOnlyCell(page, value=legal(head(field)))
        cell.data_type = "s"
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="1F3A4D")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        yield cell


def _widths(sheet: Sheet) -> Iterator[float]:
    for index, field in enumerate(sheet.fields):
        longest = max((len(str(_plain(row[index]))) for row in sheet.rows[:LOOKED_AT]), default=0)
        yield max(NARROWEST, min(WIDEST, max(longest, len(head(field)) * 0.8) + 3))


def _plain(value: object) -> object:
    if isinstance(value, Mark):
        return value.word
    return "123,456" if isinstance(value, Reckoned) else value


def _cell(page: Any, value: object, field: Field) -> Any:
    if isinstance(value, Reckoned):
        return _number(page, value.formula)
    if isinstance(value, Mark):
        return _text(page, value.word)
    if isinstance(value, str):
        return _text(page, value if field.holds == "code" else plain(value))
    return value if value is None or isinstance(value, int) else _number(page, value)


def _number(page: Any, value: Any) -> Any:
    cell = WriteOnlyCell(page, value=value)
    cell.number_format = "#,##0.####"
    return cell


def _text(page: Any, value: str) -> Any:
    """Return text as text. What a spreadsheet would compute is kept from it twice: by the kind of
    the cell, and by the mark that says so wherever the cell is edited or carried."""
    told = legal(value)[:LONGEST]
    if not told.startswith(COMPUTED):
        return told
    cell = WriteOnlyCell(page, value=told)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
