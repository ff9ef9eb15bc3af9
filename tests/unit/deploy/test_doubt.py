"""What a killed run left in doubt is done again, also where its change was taken back since."""

from __future__ import annotations

from dataclasses import replace

import pytest

from millwright.deploy.doubt import doubted
from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import Plan, plan
from millwright.deploy.stale import planned_steps
from millwright.model.catalog import Catalog
from millwright.model.standing import Done
from tests.unit.deploy.fakes import ROLES, TEXTS, Book, lab_inputs

BEFORE, KILLED, AFTER = (f"20260105T{at}0000.000000Z-deploy" for at in ("08", "09", "10"))
CHANGED = {**TEXTS, "limits": "other files"}


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


@pytest.fixture
def book(inputs: Inputs) -> Book:
    """A ledger in which everything stands."""
    book = Book()
    for step in plan(ROLES, inputs, {}, TEXTS).steps:
        book.put(Done(step.host, step.role.name, step.input_hash, "proven", BEFORE, "now"))
    return book


def next_plan(inputs: Inputs, book: Book, killed: Plan, texts: dict[str, str] = TEXTS) -> Plan:
    rows = book.rows()
    known = {**rows, **doubted(rows, planned_steps(killed), KILLED)}
    return plan(ROLES, inputs, known, texts)


def test_a_change_that_was_killed_and_taken_back_is_done_again(inputs: Inputs, book: Book) -> None:
    killed = plan(ROLES, inputs, book.rows(), CHANGED)
    assert plan(ROLES, inputs, book.rows(), TEXTS).steps == ()
    steps = next_plan(inputs, book, killed).steps
    assert {(s.role.name, s.host, s.why) for s in steps} == {
        ("limits", host, "not known") for host in ("head-1", "gpu1", "gpu2")
    }


def test_what_the_killed_run_or_a_later_one_looked_at_is_known(inputs: Inputs, book: Book) -> None:
    killed = plan(ROLES, inputs, book.rows(), CHANGED)
    for host, run in (("head-1", KILLED), ("gpu1", AFTER)):
        book.put(replace(book.kept[host, "limits"], run=run))
    assert [step.host for step in next_plan(inputs, book, killed).steps] == ["gpu2"]


def test_what_had_not_stood_before_is_in_no_doubt(inputs: Inputs, book: Book) -> None:
    book.put(replace(book.kept["gpu1", "limits"], standing="failed"))
    del book.kept["gpu2", "limits"]
    killed = plan(ROLES, inputs, book.rows(), TEXTS)
    assert doubted(book.rows(), planned_steps(killed), KILLED) == {}
    assert {s.why for s in next_plan(inputs, book, killed).steps} == {"failed before", "never done"}
