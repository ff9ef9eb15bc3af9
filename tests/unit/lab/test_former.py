"""A lab that is made anew does not trust the ledger of the one before it."""

from __future__ import annotations

from pathlib import Path

from millwright.adapters.drainbook import SqlDrains
from millwright.adapters.ledger import ledger_of
from millwright.cli.former import forget
from millwright.model.drain import Drain
from millwright.model.standing import Done


def test_hosts_that_are_new_have_nothing_and_the_others_keep_theirs(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    hosts = ("gpu1", "gpu2")
    ledger.put(*(Done(host, "limits", "h", "proven", "r", "t") for host in hosts))
    drains = SqlDrains(ledger)
    for host in hosts:
        drains.put(Drain(host, "r", "t"))
    assert forget(tmp_path, ["gpu1", "gpu3"]) == 1
    assert list(ledger.rows()) == [("gpu2", "limits")]
    assert list(drains.open()) == ["gpu2"]
    ledger.close()


def test_a_folder_without_a_ledger_gets_none(tmp_path: Path) -> None:
    assert forget(tmp_path, ["gpu1"]) == 0
    assert list(tmp_path.iterdir()) == []
