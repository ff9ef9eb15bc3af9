"""What is due when: never done, overdue, soon; and a calendar that others can read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from millwright.manage.comply.calendar import Entry, calendar
from millwright.model.checked import Word
from millwright.model.compliance import Books
from millwright.reports.compliancecalendar import ics

TODAY = date(2026, 11, 26)


def _word(at: str, **more: str) -> Word:
    told = {"id": "w1", "kind": "attestation", "control": "risk-analysed", "at": at, "by": "root",
            "owner": "Ann", "reason": "it is so", **more}  # fmt: skip
    return Word.model_validate(told)


def _state(books: Books, *words: Word) -> Entry:
    found = calendar(books, ["hipaa"], words, None, TODAY)
    return next(e for e in found if e.control == "risk-analysed" and e.by == "person")


def test_what_was_never_done_is_due_today(books: Books) -> None:
    found = calendar(books, ["hipaa"], (), None, TODAY)
    assert {entry.state for entry in found} == {"never"}
    assert {entry.day for entry in found} == {TODAY}


@pytest.mark.parametrize(
    ("at", "state"),
    [("2026-11-01T00:00:00Z", "later"), ("2025-12-10T00:00:00Z", "soon"),
     ("2025-11-01T00:00:00Z", "overdue")],
)  # fmt: skip
def test_an_attestation_is_due_again_after_its_time(books: Books, at: str, state: str) -> None:
    assert _state(books, _word(at)).state == state


def test_a_waiver_stands_in_the_calendar_with_its_end(books: Books) -> None:
    word = _word("2026-11-01T00:00:00Z", kind="waiver", expires="2026-11-20")
    found = calendar(books, ["hipaa"], (word,), None, TODAY)
    assert [e.state for e in found if e.by == "word"] == ["overdue"]


def test_duties_of_proposed_packs_alone_say_so(books: Books) -> None:
    found = calendar(books, ["hipaa", "hipaa-nprm-2025"], (), None, TODAY)
    marked = {entry.control for entry in found if entry.proposed}
    assert "penetration-test" in marked
    assert "risk-analysed" not in marked


def test_lines_of_a_calendar_are_short_and_end_as_they_must() -> None:
    entry = Entry(TODAY + timedelta(days=1), "a, b; c" * 30, "x", "soon", "", 9, "person")
    text = ics([entry], "hospital", "20261126T100000Z")
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in text.split("\r\n"))
