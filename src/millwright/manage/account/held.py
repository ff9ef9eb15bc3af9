"""Which node held how many GPUs for which job, and when: each run of a job counts once.

Accounting tells how many GPUs a job had and on which nodes, and not how many on each. Where they
do not part evenly, and are not whole nodes either, they are parted as evenly as nodes have room;
how many runs that was is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from millwright.model.usage import Job, Period, Seat


@dataclass(frozen=True, slots=True)
class Hold:
    """GPUs of one node that a run held; `job` is its place in the list of jobs."""

    job: int
    begin: int
    end: int
    gpus: int


@dataclass(slots=True)
class Holdings:
    """What was held, by node; `strangers` are GPU-seconds on nodes that nobody owns."""

    holds: dict[str, list[Hold]] = field(default_factory=dict)
    strangers: dict[str, int] = field(default_factory=dict)
    guessed: int = 0
    """Runs whose GPUs did not part evenly over their nodes."""
    repeated: int = 0
    """Rows that tell of a run a second time."""


def once(jobs: Iterable[Job]) -> tuple[list[Job], int]:
    """Return every run once, and how many rows told of one again: the row with an end counts, and
    of two that have none the one that saw more of it."""
    kept: dict[tuple[str, int | None], Job] = {}
    rows = 0
    for job in jobs:
        rows += 1
        key = (job.id, job.begin)
        former = kept.get(key)
        if former is None or _later(job) > _later(former):
            kept[key] = job
    return sorted(kept.values(), key=lambda job: (job.begin or 0, job.id)), rows - len(kept)


def _later(job: Job) -> tuple[bool, int]:
    return job.end is not None, job.elapsed_s or 0


def known_until(jobs: Iterable[Job], end: int) -> int:
    """Return until when accounting tells of the period: a running job says when it was asked."""
    asked = [
        job.begin + job.elapsed_s
        for job in jobs
        if job.begin is not None and job.end is None and job.elapsed_s is not None
    ]
    return min(end, max(asked)) if asked else end


def held(jobs: Sequence[Job], seats: Mapping[str, Seat], period: Period) -> Holdings:
    """Return what was held within a period; what reaches over its edges is cut there."""
    found = Holdings()
    for at, job in enumerate(jobs):
        if job.begin is None or not job.gpus or not job.nodes:
            continue
        begin = max(job.begin, period.begin)
        end = min(job.end if job.end is not None else period.known_until, period.known_until)
        if end <= begin:
            continue
        rooms = [seats[node].gpus if node in seats else None for node in job.nodes]
        shares, exact = parted(job.gpus, rooms)
        found.guessed += not exact
        for node, share in zip(job.nodes, shares, strict=True):
            if node not in seats:
                found.strangers[node] = found.strangers.get(node, 0) + share * (end - begin)
            elif share:
                found.holds.setdefault(node, []).append(Hold(at, begin, end, share))
    return found


def parted(gpus: int, rooms: Sequence[int | None]) -> tuple[list[int], bool]:
    """Return how many GPUs lie on each node, and whether that is certain.

    `rooms` are how many each node has, None where nobody knows. The shares always sum to `gpus`.
    """
    even, left = divmod(gpus, len(rooms))
    if not left and all(room is None or even <= room for room in rooms):
        return [even] * len(rooms), True
    known = [room for room in rooms if room is not None]
    if len(known) == len(rooms) and sum(known) == gpus:
        return known, True
    shares = [0] * len(rooms)
    rest = gpus
    while rest:
        free = [n for n, room in enumerate(rooms) if room is None or shares[n] < room]
        free = free or list(range(len(rooms)))
        for node in free[:rest]:
            shares[node] += 1
        rest -= min(rest, len(free))
    return shares, len(rooms) == 1
