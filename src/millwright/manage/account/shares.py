"""Who held what, and what became of it: by job, user, account and tier.

What the GPUs of a node did is a job's where it was alone there, or where all GPUs that were held
did the same; elsewhere it is nobody's, and stays unknown for them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from millwright.manage.account.grid import Grid
from millwright.manage.account.held import Hold
from millwright.model.account import Holder
from millwright.model.usage import Job

HOUR = 3600


@dataclass(slots=True)
class Deeds:
    """GPU-seconds of one job in one tier; `judged` is active time whose work is known."""

    allocated: int = 0
    known: int = 0
    active: int = 0
    judged: int = 0
    effective: float = 0.0
    slack: int = 0
    stalled: int = 0
    alone: int = 0

    def add(self, other: Deeds) -> None:
        """Add what another one did."""
        self.allocated += other.allocated
        self.known += other.known
        self.active += other.active
        self.judged += other.judged
        self.effective += other.effective
        self.slack += other.slack
        self.stalled += other.stalled
        self.alone += other.alone


Book = dict[tuple[int, str], Deeds]
"""By job's place and tier."""


def enter(book: Book, grid: Grid, holds: Iterable[Hold], tier: str) -> None:
    """Enter what the jobs of one node did."""
    for hold in holds:
        first, last = np.searchsorted(grid.at, [hold.begin, hold.end])
        piece = slice(int(first), int(last))
        length, booked = grid.length[piece], grid.booked[piece]
        alone = (booked == hold.gpus) & (grid.allocated[piece] == hold.gpus)
        active, mute = grid.active[piece], grid.mute[piece]
        alike = (booked == grid.allocated[piece]) & (mute == 0)
        alike &= (active == 0) | (active == booked)
        known = np.where(alone, hold.gpus - mute, np.where(alike, hold.gpus, 0))
        worked = np.where(alone, active, np.where(alike & (active > 0), hold.gpus, 0))
        own = length * alone
        book[hold.job, tier].add(
            Deeds(
                allocated=hold.gpus * (hold.end - hold.begin),
                known=int((known * length).sum()),
                active=int((worked * length).sum()),
                judged=int((grid.judged[piece] * own).sum()),
                effective=float((grid.work[piece] * own).sum()),
                slack=int((grid.slack[piece] * own).sum()),
                stalled=int((grid.stalled[piece] * own).sum()),
                alone=int(hold.gpus * own.sum()),
            )
        )


def new_book() -> Book:
    """Return a book with nothing in it."""
    return defaultdict(Deeds)


def holders(
    book: Mapping[tuple[int, str], Deeds],
    named: Callable[[int, str], str],
    rate: float | None,
) -> tuple[Holder, ...]:
    """Return what each held, the one with most first. `named` says whose an entry is, and `rate`
    prices a GPU-hour."""
    by: dict[str, Deeds] = defaultdict(Deeds)
    runs: dict[str, set[int]] = defaultdict(set)
    for (job, tier), deeds in book.items():
        owner = named(job, tier)
        by[owner].add(deeds)
        runs[owner].add(job)
    whole = sum(deeds.allocated for deeds in by.values())
    ranked = sorted(by.items(), key=lambda each: (-each[1].allocated, each[0]))
    return tuple(_holder(of, len(runs[of]), deeds, (whole, rate)) for of, deeds in ranked)


def _holder(of: str, runs: int, deeds: Deeds, terms: tuple[int, float | None]) -> Holder:
    whole, rate = terms
    return Holder(
        of=of or "not said",
        runs=runs,
        allocated_hours=deeds.allocated / HOUR,
        share=deeds.allocated / whole if whole else 0.0,
        known_hours=deeds.known / HOUR,
        active_hours=deeds.active / HOUR if deeds.known else None,
        effective_hours=deeds.effective / HOUR if deeds.judged or _idle(deeds) else None,
        idle_allocated_hours=deeds.slack / HOUR if deeds.known and deeds.alone else None,
        stalled_hours=deeds.stalled / HOUR if deeds.known and deeds.alone else None,
        cost=None if rate is None else deeds.allocated / HOUR * rate,
    )


def _idle(deeds: Deeds) -> bool:
    """Return whether it is known that nothing was done, so that nothing was effective either."""
    return deeds.known > 0 and deeds.active == 0


def pseudonyms(words: Iterable[str], prefix: str, width: int = 2) -> dict[str, str]:
    """Return names that say nothing, in the order in which they are met. They are of one report
    alone: the next one may call the same person otherwise."""
    found: dict[str, str] = {}
    for word in words:
        if word not in found:
            found[word] = f"{prefix}-{len(found) + 1:0{width}d}"
    return found


def user_of(jobs: Sequence[Job]) -> Callable[[int, str], str]:
    """Return what names a job's user."""
    return lambda job, _: jobs[job].user


def account_of(jobs: Sequence[Job]) -> Callable[[int, str], str]:
    """Return what names a job's account."""
    return lambda job, _: jobs[job].account


def run_of(jobs: Sequence[Job]) -> Callable[[int, str], str]:
    """Return what names a job, by its number."""
    return lambda job, _: jobs[job].id


def tier_of(_: int, tier: str) -> str:
    """Return the tier of an entry."""
    return tier
