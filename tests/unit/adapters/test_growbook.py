"""Growths in `state.db`: the last word counts, and who never served is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from millwright.adapters.growbook import SqlGrowths
from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.model.growth import GrowthLine, GrowthRun
from millwright.model.lifecycle import NodeState, Transition
from tests.unit.journeys.growworld import ID, plan


@pytest.fixture
def book(tmp_path: Path) -> Iterator[SqlGrowths]:
    ledger = ledger_of(tmp_path)
    yield SqlGrowths(ledger, SqlLifecycle(ledger))
    ledger.close()


def step(node: str, before: NodeState, after: NodeState, incident: str = ID) -> Transition:
    return Transition(
        node=node, before=before, after=after, at="t", incident=incident, why="so", actor="test"
    )


def test_a_book_that_nobody_wrote_in_holds_nothing(book: SqlGrowths) -> None:
    assert (book.runs(), book.lines(ID), book.states(), book.unended()) == ({}, (), {}, frozenset())


def test_the_last_word_of_a_run_counts_and_lines_stay_in_order(book: SqlGrowths) -> None:
    run = GrowthRun(id=ID, stands="open", opened="t", simulated=True, plan=plan())
    book.keep(run)
    book.keep(run.model_copy(update={"stands": "done"}))
    for phase in ("intent", "done"):
        book.put(GrowthLine.model_validate({"run": ID, "step": "note", "phase": phase, "at": "t"}))
    assert book.runs()[ID].stands == "done"
    assert [line.phase for line in book.lines(ID)] == ["intent", "done"]
    assert book.lines("grow-other") == ()


def test_a_new_node_is_known_until_it_serves_and_one_that_serves_is_never_new(
    book: SqlGrowths,
) -> None:
    book.born(step("gpu3", "new", "new"))
    book.born(step("gpu4", "new", "new"))
    book.move(step("gpu3", "new", "testing"))
    book.move(step("gpu3", "testing", "in-service"))
    book.move(step("gpu4", "new", "testing"))
    book.move(step("gpu4", "testing", "work-queue"))
    assert book.unended() == {"gpu4"}
    book.born(step("gpu3", "new", "new"))
    assert book.states() == {"gpu3": "in-service", "gpu4": "work-queue"}
