"""The ledger: what is put is on the disk, the newest counts, the journal keeps everything."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from millwright.adapters.ledger import ledger_of
from millwright.errors import MillwrightError
from millwright.model.standing import Done

FIRST = Done("gpu1", "names", "0" * 64, "failed", "r1", "2026-01-05T10:00:00Z", "no route")
THEN = Done("gpu1", "names", "1" * 64, "proven", "r2", "2026-01-05T11:00:00Z")


def test_asking_an_empty_workspace_writes_nothing(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    assert ledger.rows() == {}
    ledger.close()
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_is_no_database_is_told_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"no database, and longer than its head " * 40)
    ledger = ledger_of(tmp_path)
    with pytest.raises(MillwrightError, match=r"cannot read the ledger .*state\.db"):
        ledger.rows()
    with pytest.raises(MillwrightError, match=r"ledger .*state\.db"):
        ledger.put(FIRST)
    ledger.close()


def test_the_newest_counts_and_a_new_process_finds_it(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    ledger.put(FIRST)
    ledger.put(THEN)
    ledger.close()
    again = ledger_of(tmp_path)
    assert again.rows() == {("gpu1", "names"): THEN}
    again.close()


def test_everything_stays_in_the_journal(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    ledger.put(FIRST)
    ledger.put(THEN)
    ledger.close()
    with sqlite3.connect(tmp_path / "state.db") as connection:
        told = connection.execute("select standing from host_role_journal order by id").fetchall()
    connection.close()
    assert told == [("failed",), ("proven",)]
