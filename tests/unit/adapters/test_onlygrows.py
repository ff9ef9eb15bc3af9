"""Tables that only grow: nothing is made by asking, and a row that cannot be kept is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

from millwright.adapters.ledger import ledger_of
from millwright.adapters.onlygrows import Rows
from millwright.errors import MillwrightError

TABLE = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("document", String, nullable=False),
)


def rows(folder: Path) -> Rows:
    return Rows(ledger_of(folder), "the book of things", "nothing was done")


def test_asking_makes_no_file_and_rows_come_in_the_order_they_were_put(tmp_path: Path) -> None:
    book = rows(tmp_path)
    assert book.documents(TABLE) == []
    assert list(tmp_path.iterdir()) == []
    for kind, document in (("a", "1"), ("b", "2"), ("a", "3")):
        book.put(TABLE, {"kind": kind, "document": document})
    assert rows(tmp_path).documents(TABLE) == ["1", "2", "3"]
    assert rows(tmp_path).documents(TABLE, kind="a") == ["1", "3"]


def test_a_row_that_cannot_be_written_is_told_with_what_was_not_done(tmp_path: Path) -> None:
    with pytest.raises(MillwrightError, match="cannot write the book of things") as told:
        rows(tmp_path).put(TABLE, {"kind": None, "document": "1"})
    assert told.value.hint == "nothing was done"
