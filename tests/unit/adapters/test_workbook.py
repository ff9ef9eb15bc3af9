"""A workbook holds what it was given: texts as texts, numbers as numbers, heads in sight."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from millwright.adapters.workbook import workbook
from millwright.reports.page import Field, Mark
from millwright.reports.workbook import Reckoned, Sheet, SheetCell, column

FIELDS = (Field("name"), Field("draw", "number", "kW"))


def read(*rows: tuple[SheetCell, ...]) -> object:
    return load_workbook(io.BytesIO(written(*rows)))["Racks"]


def written(*rows: tuple[SheetCell, ...]) -> bytes:
    file = io.BytesIO()
    workbook([Sheet("Racks", FIELDS, rows)])(file)
    return file.getvalue()


def test_heads_name_their_unit_stay_in_sight_and_filter() -> None:
    page = read(("r1", 1.5), ("r2", 3))
    assert [cell.value for cell in page[1]] == ["name", "draw (kW)"]  # type: ignore[index]
    assert page.freeze_panes == "A2"  # type: ignore[attr-defined]
    assert page.auto_filter.ref == "A1:B3"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "hostile",
    ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C'!A0"],
)
def test_no_text_of_a_user_is_a_formula(hostile: str) -> None:
    page = read((hostile, 1))
    cell = page["A2"]  # type: ignore[index]
    assert cell.data_type == "s"
    assert cell.value == hostile
    assert cell.quotePrefix


def test_only_what_was_made_as_a_formula_is_one() -> None:
    page = read(("=A1", Reckoned("=B3*2")), (Mark("FAIL", "bad"), 4))
    assert [page["A2"].data_type, page["B2"].data_type] == ["s", "f"]  # type: ignore[index]
    assert page["B2"].value == "=B3*2"  # type: ignore[index]
    assert page["A3"].value == "FAIL"  # type: ignore[index]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_any_text_can_be_written_and_read_back(text: str) -> None:
    page = read((text, None))
    told = page["A2"].value  # type: ignore[index]
    assert told is None or page["A2"].data_type in ("s", "inlineStr", "n")  # type: ignore[index]


def test_equal_values_are_equal_bytes() -> None:
    assert written(("r1", 1.5)) == written(("r1", 1.5))


def test_columns_are_named_as_spreadsheets_do() -> None:
    assert [column(at) for at in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_words_to_be_typed_stand_in_cells_without_their_backticks() -> None:
    page = read(("run `design why`", 1.5))
    assert page["A2"].value == "run design why"  # type: ignore[index]
