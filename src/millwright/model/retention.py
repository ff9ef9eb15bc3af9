"""How long evidence is kept: from the last word of a run on, and never deleted by this tool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from millwright.model.evidence import Tail

YEARS = 6
SOURCE = (
    "45 CFR 164.316(b)(2)(i): documentation is kept six years from the day on which it was made or "
    "was last in effect, whichever is later"
)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as the store holds it. `begun` and `ended` are the times of its first and last line,
    absent where it has none; `removed` counts outputs that a signed word stands for."""

    run: str
    phase: str
    lines: int
    begun: str | None
    ended: str | None
    tail: Tail
    broken: str = ""
    removed: int = 0
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A run with the day until which it is kept at least, and whether that day is past."""

    run: StoredRun
    until: date
    past: bool


def kept_until(last: date, years: int = YEARS) -> date:
    """Return the first day on which something may go; 29 February counts as 1 March."""
    try:
        return last.replace(year=last.year + years)
    except ValueError:
        return date(last.year + years, 3, 1)


def kept(runs: list[StoredRun], today: date, years: int = YEARS) -> list[Kept]:
    """Return each run with how long it is kept; one that tells no time is kept from today on."""
    found = []
    for run in runs:
        last = date.fromisoformat(run.ended[:10]) if run.ended else today
        until = kept_until(last, years)
        found.append(Kept(run, until, until <= today))
    return found
