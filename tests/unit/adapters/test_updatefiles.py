"""What updates read and write: orders, and the book of runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.updatebook import SqlUpdates, updating
from millwright.adapters.updatefile import read_update, said_order
from millwright.errors import InputError, MillwrightError
from millwright.model.lifecycle import Transition
from tests.unit.journeys.updateworld import run_of
from tests.unit.manage.remedy.scenes import fleet


def test_an_order_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "update.yaml"
    path.write_text(
        "schema: millwright.update/1\nset: {driver: 580.105.08, dcgm: 4.4.1}\ncanary: 2\n"
    )
    order = read_update(path)
    assert (order.set["driver"], order.canary) == ("580.105.08", 2)


@pytest.mark.parametrize(
    "text",
    [
        "set: {}",
        "set: {cooling: 1.2}",
        "set: {driver: '1; rm -rf /'}",
        "set: {'package:--force': 1.2}",
        "set: {driver: 580.1}\nwaves: 3",
        "set: {driver: 580.1, fabric-manager: 580.2}",
    ],
)
def test_a_wrong_order_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "update.yaml"
    path.write_text(text + "\n")
    with pytest.raises(InputError) as wrong:
        read_update(path)
    assert wrong.value.problems[0].line


def test_a_wrong_option_says_which_and_what_would_be_right() -> None:
    with pytest.raises(MillwrightError, match="cooling: no part of a node") as wrong:
        said_order({"set": {"cooling": "1.2"}})
    assert "driver" in wrong.value.hint


def test_the_last_word_about_a_run_counts(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    book = SqlUpdates(ledger, SqlLifecycle(ledger))
    assert book.runs() == {}
    run = run_of(fleet(3))
    book.keep(run)
    book.keep(run.model_copy(update={"waves_done": 1}))
    assert [each.waves_done for each in book.runs().values()] == [1]
    ledger.close()


def test_nodes_that_an_update_has_out_are_explained_and_others_are_not(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    book = SqlLifecycle(ledger)
    assert updating(ledger) == {}
    for node, incident in (("gpu1", "upd-1"), ("gpu2", "inc-1")):
        for before, after in (("in-service", "draining"), ("draining", "drained")):
            book.move(
                Transition.model_validate(
                    {"node": node, "before": before, "after": after, "at": "2026-11-26T10:00:00Z",
                     "incident": incident, "why": "w", "actor": "a"}
                )
            )  # fmt: skip
    assert updating(ledger) == {"gpu1": "upd-1 updates it since 2026-11-26T10:00:00Z"}
    ledger.close()
