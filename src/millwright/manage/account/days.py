"""Days of a time zone: midnights as moments, whatever a clock was put to in between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import numpy as np

from millwright.manage.account.grid import Grid
from millwright.model.usage import Job, Seat

HOUR = 3600


def midnight(day: date, zone: tzinfo) -> int:
    """Return when a day begins there."""
    return int(datetime.combine(day, time(), zone).timestamp())


def day_of(moment: int, zone: tzinfo) -> date:
    """Return which day it is there."""
    return datetime.fromtimestamp(moment, UTC).astimezone(zone).date()


def midnights(begin: int, end: int, zone: tzinfo) -> list[int]:
    """Return the moments at which days begin, strictly within."""
    day = day_of(begin, zone) + timedelta(days=1)
    found = []
    while (moment := midnight(day, zone)) < end:
        found.append(moment)
        day += timedelta(days=1)
    return found


Day = tuple[str, float, float, float, float]


class Daily:
    """Allocated, free, unavailable and unknown GPU-seconds of each day."""

    def __init__(self, begin: int, end: int, zone: tzinfo) -> None:
        self.cuts = midnights(begin, end, zone)
        self._names = [day_of(moment, zone).isoformat() for moment in (begin, *self.cuts)]
        self._sums = np.zeros((len(self._names), 4), dtype=np.int64)

    def add(self, grid: Grid) -> None:
        """Add a node, whose pieces end at every midnight."""
        day = np.searchsorted(np.array(self.cuts, dtype=np.int64), grid.at, side="right")
        rows = (grid.allocated, grid.free, grid.planned + grid.down, grid.doubtful)
        for column, row in enumerate(rows):
            np.add.at(self._sums[:, column], day, row * grid.length)

    def told(self) -> tuple[Day, ...]:
        """Return the days with their GPU-hours."""
        return tuple(
            (name, *(float(value) / HOUR for value in row))  # type: ignore[misc]
            for name, row in zip(self._names, self._sums.tolist(), strict=True)
        )


def used_daily(
    jobs: Iterable[Job], seats: Sequence[Seat], span: tuple[int, int], zone: tzinfo
) -> tuple[date, list[float]]:
    """Return the first whole day of a span, and the GPU-hours that jobs held on each whole day.

    Never more than what is owned: what was booked twice does not make demand.
    """
    begin, end = span
    cuts = midnights(begin, end, zone)
    if midnight(day_of(begin, zone), zone) == begin:
        cuts = [begin, *cuts]
    if midnight(day_of(end, zone), zone) == end:
        cuts = [*cuts, end]
    if len(cuts) < 2:
        return day_of(begin, zone), []
    edges = np.array(cuts, dtype=np.int64)
    sums = np.zeros(len(edges) - 1)
    known = {seat.node for seat in seats}
    for job in jobs:
        owned = sum(node in known for node in job.nodes)
        if job.begin is None or not job.gpus or not owned:
            continue
        stop = job.end if job.end is not None else end
        overlap = np.clip(np.minimum(edges[1:], stop) - np.maximum(edges[:-1], job.begin), 0, None)
        sums += overlap * job.gpus * owned / len(job.nodes)
    most = sum(seat.gpus for seat in seats) * np.diff(edges)
    return day_of(cuts[0], zone), (np.minimum(sums, most) / HOUR).tolist()


def daily_last(
    points: Sequence[tuple[int, float]], zone: tzinfo
) -> tuple[date | None, list[float]]:
    """Return a value a day out of points in time: the last of each day, and a day without one takes
    that of the day before. Nothing where there is no point."""
    by_day = {day_of(moment, zone): value for moment, value in sorted(points)}
    if not by_day:
        return None, []
    first, last = min(by_day), max(by_day)
    values: list[float] = []
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        values.append(by_day.get(day, values[-1] if values else 0.0))
    return first, values
