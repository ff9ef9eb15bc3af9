"""What is due when: evidence to be taken again, words to be said again, words that end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from millwright.manage.comply.answering import last_day
from millwright.model.checked import Check, Word
from millwright.model.compliance import Books, Control

Due = Literal["overdue", "never", "soon", "later"]
SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to be done: by when, how often, what last happened, and whether it is too late."""

    day: date
    what: str
    control: str
    state: Due
    last: str
    every_days: int | None
    by: Literal["machine", "person", "word"]
    proposed: bool = False


def calendar(
    books: Books, packs: Iterable[str], words: Iterable[Word], check: Check | None, today: date
) -> tuple[Entry, ...]:
    """Return everything that is due, the latest first what is longest overdue.

    What was never done is due today, and told apart. A control of proposed packs alone says so.
    """
    final: set[str] = set()
    named: dict[str, None] = {}
    for pack in packs:
        for rule in books.of(pack):
            named |= dict.fromkeys(rule.controls)
            if books.packs[pack].status != "proposed":
                final |= set(rule.controls)
    told = list(words)
    found = [
        entry
        for name in named
        for entry in _of(books.controls[name], told, check, today)
    ]  # fmt: skip
    marked = [
        entry if entry.control in final else _proposed(entry) for entry in found
    ]  # fmt: skip
    return tuple(sorted(marked, key=lambda each: (each.day, each.control, each.by)))


def _proposed(entry: Entry) -> Entry:
    return Entry(entry.day, entry.what, entry.control, entry.state, entry.last, entry.every_days,
                 entry.by, True)  # fmt: skip


def _of(control: Control, words: list[Word], check: Check | None, today: date) -> Iterator[Entry]:
    moot = check is not None and any(
        c.control == control.id and c.answer == "not-applicable" for c in check.controls
    )
    if moot:
        return
    if control.asks:
        yield _asked(control, check, today)
    own = [word for word in words if word.control == control.id]
    gone = {word.of for word in own if word.kind == "withdrawal"}
    alive = [w for w in own if w.id not in gone and w.kind != "withdrawal"]
    if control.attest:
        yield _attested(control, [w for w in alive if w.kind == "attestation"], today)
    for word in {w.kind: w for w in alive if w.kind in ("waiver", "compensating")}.values():
        day = last_day(word, control)
        what = f"{word.kind} of {word.owner} ends"
        yield Entry(day, what, control.id, _state(day, today), word.at[:10], None, "word")


def _asked(control: Control, check: Check | None, today: date) -> Entry:
    """Return when machines have to be asked again: by the oldest of what they said."""
    answers = {each.control: each for each in check.controls} if check else {}
    answer = answers.get(control.id)
    told = answer.testimony if answer else ()
    what = control.duty if control.duty and not control.attest else f"evidence: {control.title}"
    stamps = [each.at for each in told if each.at]
    if not told or len(stamps) < len(told):
        return Entry(today, what, control.id, "never", "", control.days, "machine")
    last = min(stamps)[:10]
    day = date.fromisoformat(last) + timedelta(days=control.days)
    return Entry(day, what, control.id, _state(day, today), last, control.days, "machine")


def _attested(control: Control, said: list[Word], today: date) -> Entry:
    what, every = control.duty or control.title, control.attest_days
    if not said:
        return Entry(today, what, control.id, "never", "", every, "person")
    day = last_day(said[-1], control)
    return Entry(day, what, control.id, _state(day, today), said[-1].at[:10], every, "person")


def _state(day: date, today: date) -> Due:
    if day < today:
        return "overdue"
    return "soon" if (day - today).days <= SOON_DAYS else "later"
