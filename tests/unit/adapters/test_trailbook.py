"""The trail of models: it only grows, a bent word is found, a signature is one that is trusted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from millwright.adapters.evidencekeys import enrol
from millwright.adapters.ledger import ledger_of
from millwright.adapters.trailbook import Said, SqlTrail
from millwright.adapters.workspace import Workspace
from millwright.manage.models.trail import against
from millwright.model.modelword import first_broken


def said(kind: str = "signed-off", actor: str = "ann", **keys: str) -> Said:
    """Something that a person says."""
    return Said("2026-02-01T10:00:00Z", actor, "owner", "ct-net", "2.1", kind, **keys)  # type: ignore[arg-type]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqlTrail:
    """A trail whose workspace trusts this user's key."""
    monkeypatch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(tmp_path / "keys" / "mine"))
    workspace = Workspace(tmp_path / "site")
    workspace.root.mkdir()
    enrol(workspace)
    return SqlTrail(ledger_of(workspace.root), workspace)


def test_words_are_chained_and_signed(book: SqlTrail) -> None:
    for kind in ("signed-off", "retraining-wanted", "withdrawn"):
        book.say(said(kind))
    found = book.trail()
    assert found.signed == (0, 1, 2)
    assert found.broken is None
    assert [word.prev for word in found.words[1:]] == [word.hash for word in found.words[:-1]]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_word_that_was_changed_is_found(book: SqlTrail, tmp_path: Path, place: int) -> None:
    for _ in range(3):
        book.say(said(reason="looked at 400 studies"))
    with sqlite3.connect(tmp_path / "site" / "state.db") as base:
        base.execute(
            "UPDATE model_words SET document = replace(document, '400', '401') WHERE seq = ?",
            (place,),
        )
    base.close()
    found = book.trail()
    assert found.broken == place
    assert place not in found.signed


def test_a_word_that_was_taken_out_of_the_middle_is_found(book: SqlTrail) -> None:
    words = [book.say(said()) for _ in range(3)]
    assert first_broken([words[0], words[2]]) == 1
    assert first_broken(words[:2]) is None, "a tail that was cut leaves no trace, which is said"


def test_a_stranger_signs_nothing(book: SqlTrail, tmp_path: Path) -> None:
    word = book.say(said())
    (tmp_path / "site" / ".millwright" / "evidence.pub").write_text("")
    assert word.signature is not None
    assert book.trail().signed == ()


def test_who_wants_a_retraining_does_not_approve_it(book: SqlTrail) -> None:
    assert against(book.words(), "ct-net", "2.1", ("retraining-approved", "ann"))
    book.say(said("retraining-wanted"))
    assert against(book.words(), "ct-net", "2.1", ("retraining-approved", "ann"))
    assert against(book.words(), "ct-net", "2.1", ("retrained", "bo"))
    assert not against(book.words(), "ct-net", "2.1", ("retraining-approved", "bo"))
    book.say(said("retraining-approved", "bo"))
    assert not against(book.words(), "ct-net", "2.1", ("retrained", "ann"))
    assert against(book.words(), "ct-net", "9", ("withdrawn", "ann"))
