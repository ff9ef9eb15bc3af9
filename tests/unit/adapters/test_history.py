"""What earlier runs leave: inputs by digest, times, who stood once, and who was forgotten."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from millwright.adapters.history import History
from millwright.adapters.ledger import SqlLedger, ledger_of
from millwright.model.standing import Done, Took

ROW = Done("gpu1", "slurm-node", "0" * 64, "proven", "r1", "2026-01-05T10:00:00Z")
READ = {"factory.hosts": [{"name": "gpu1"}], "its play": {"a.yml": "1"}}


@pytest.fixture
def ledger(tmp_path: Path) -> SqlLedger:
    return ledger_of(tmp_path)


def test_asking_an_empty_workspace_writes_nothing(ledger: SqlLedger, tmp_path: Path) -> None:
    history = History(ledger)
    assert history.inputs("0" * 64) is None
    assert history.times() == ()
    assert history.ever("slurm-node") == frozenset()
    assert list(tmp_path.iterdir()) == []


def test_inputs_are_kept_under_their_digest_and_each_value_once(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    history = History(ledger)
    history.keep_inputs([(f"{n:064}", READ) for n in range(100)])
    history.keep_inputs([(f"{7:064}", READ)])
    assert history.inputs(f"{7:064}") == READ
    assert history.inputs("f" * 64) is None
    with sqlite3.connect(tmp_path / "state.db") as connection:
        assert connection.execute("select count(*) from input_values").fetchone() == (2,)
    connection.close()


def test_inputs_that_no_row_names_are_dropped_later(ledger: SqlLedger) -> None:
    history = History(ledger)
    ledger.put(ROW)
    history.keep_inputs([("0" * 64, READ), ("1" * 64, {"x": 1})])
    history.keep_inputs([("2" * 64, {"x": 2})])
    assert history.inputs("0" * 64) == READ
    assert history.inputs("1" * 64) is None


def test_times_come_back_in_their_order(ledger: SqlLedger) -> None:
    history = History(ledger)
    laps = [Took("r1", "names", 2, True, 3.5), Took("r2", "names", 2, False, 1.25)]
    for lap in laps:
        history.keep_time(lap)
    assert history.times() == tuple(laps)


def test_who_stood_once_is_known_until_it_is_forgotten(ledger: SqlLedger) -> None:
    history = History(ledger)
    ledger.put(ROW)
    ledger.put(replace(ROW, standing="failed", run="r2"))
    ledger.put(replace(ROW, host="gpu2", standing="failed"))
    assert history.ever("slurm-node") == {"gpu1"}
    assert history.forget(["gpu1"], "r3", "now", "it left") == 1
    assert history.ever("slurm-node") == frozenset()
    assert ("gpu1", "slurm-node") not in ledger.rows()
    assert [done.detail for done in history.journal(run="r3")] == ["it left"]


def test_how_it_stood_before_a_run_is_known(ledger: SqlLedger) -> None:
    history = History(ledger)
    ledger.put(ROW)
    for standing in ("failed", "proven"):
        ledger.put(replace(ROW, input_hash="1" * 64, standing=standing, run="r2"))
    ledger.put(replace(ROW, host="gpu2", run="r2"))
    assert history.before("r2") == {("gpu1", "slurm-node"): ROW}
