"""Writes the bill of materials as a workbook, byte for byte the same on every machine."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from millwright.model.cluster import BomLine

EPOCH = datetime(1980, 1, 1)
COLUMNS = {
    "item": 32,
    "part_number": 22,
    "description": 72,
    "category": 13,
    "quantity": 10,
    "unit": 7,
    "location": 18,
    "source": 26,
    "confidence": 12,
}
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def write_bom(file: IO[bytes], lines: Sequence[BomLine], about: Sequence[tuple[str, str]]) -> None:
    """Write two sheets: the bill, and what it is a bill of."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    _fill_bill(sheet, lines)
    _fill_about(book.create_sheet("About"), about)
    book.properties.creator = "millwright"
    book.properties.created = EPOCH
    raw = io.BytesIO()
    book.save(raw)
    steady(raw, file)


def _fill_bill(sheet: Worksheet, lines: Sequence[BomLine]) -> None:
    sheet.title = "Bill of materials"
    for column, (name, width) in enumerate(COLUMNS.items(), start=1):
        _head(sheet.cell(1, column), name.replace("_", " "))
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, line in enumerate(lines, start=2):
        for column, name in enumerate(COLUMNS, start=1):
            _put(sheet.cell(row, column), getattr(line, name))
    sheet.freeze_panes = "A2"
    last = get_column_letter(len(COLUMNS))
    sheet.auto_filter.ref = f"A1:{last}{len(lines) + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _fill_about(sheet: Worksheet, about: Sequence[tuple[str, str]]) -> None:
    for row, (word, text) in enumerate(about, start=1):
        _head(sheet.cell(row, 1), word)
        _put(sheet.cell(row, 2), text)
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 100


def _head(cell: Cell | MergedCell, text: str) -> None:
    _put(cell, text)
    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = PatternFill("solid", fgColor="1F3A4D")
    cell.alignment = Alignment(vertical="center")


def _put(cell: Cell | MergedCell, value: object) -> None:
    """Put text as text: what begins with an equals sign is no formula here."""
    if isinstance(value, str):
        cell.value = value
        cell.data_type = "s"
    elif value is not None:
        cell.value = value  # type: ignore[assignment]
        cell.number_format = "#,##0"


def steady(raw: io.BytesIO, file: IO[bytes]) -> None:
    """Copy the archive with fixed dates, so that equal bills are equal files."""
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, content)
