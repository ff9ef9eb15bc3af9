"""When a machine is full: a straight line that no single day can bend, with its interval.

Slope by Theil and Sen over days, less what a weekday has of its own; interval of the slope by
Kendall's variance, widened by how much a day resembles the one before; interval of a day by the
spread of what the line leaves. Limits: one straight line, no seasons of a year; demand that was
turned away does not show in what was used, so that a full machine looks like a level one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median, quantiles

from millwright.model.account import Forecast

LEAST_DAYS = 28
MOST_DAYS = 730
_Z = 1.2816
"""Of a normal distribution, 80 % lie within so many deviations."""


@dataclass(frozen=True, slots=True)
class Series:
    """A value a day, without a gap; `limit` is where it is full, and `lead_days` how long an order
    takes, both None where nobody said."""

    of: str
    unit: str
    first: date
    values: Sequence[float]
    limit: float | None = None
    lead_days: int | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    middle: float
    slope: float
    slope_low: float
    slope_high: float
    pivot: float
    low: float
    high: float

    def at(self, day: float) -> tuple[float, float, float]:
        """Return the middle, the low and the high end on a day."""
        ahead = day - self.pivot
        steps = (self.slope_low * ahead, self.slope_high * ahead)
        return (
            self.middle + self.slope * ahead,
            self.middle + min(steps) + self.low,
            self.middle + max(steps) + self.high,
        )


def forecast(series: Series) -> Forecast:
    """Return where a series goes."""
    values = list(series.values)[-MOST_DAYS:]
    first = series.first + timedelta(days=len(series.values) - len(values))
    history = tuple(
        ((first + timedelta(days=at)).isoformat(), value) for at, value in enumerate(values)
    )
    bare = Forecast(of=series.of, unit=series.unit, days=len(values), limit=series.limit,
                    history=history)  # fmt: skip
    if len(values) < LEAST_DAYS:
        told = f"{len(values)} whole days of history; a forecast needs {LEAST_DAYS}"
        return bare.model_copy(update={"note": told})
    line = _line(values)
    last = len(values) - 1
    horizon = min(2 * len(values), MOST_DAYS)
    days = range(0, horizon + 1, max(1, horizon // 40))
    points = tuple(
        ((first + timedelta(days=last + day)).isoformat(), *line.at(last + day)) for day in days
    )
    return bare.model_copy(
        update={
            "level": line.at(last)[0],
            "per_day": line.slope,
            "horizon_days": horizon,
            "points": points,
            **_reached(series, line, (first, last, horizon)),
        }
    )


def _reached(series: Series, line: _Line, span: tuple[date, int, int]) -> dict[str, str | None]:
    if series.limit is None:
        return {"note": "no limit was given"}
    first, last, horizon = span
    hits: list[date | None] = []
    for which in (2, 0, 1):
        days = (d for d in range(horizon + 1) if line.at(last + d)[which] >= series.limit)
        day = next(days, None)
        hits.append(None if day is None else first + timedelta(days=last + day))
    early, middle, late = hits
    told = {
        "reached_early": early.isoformat() if early else None,
        "reached": middle.isoformat() if middle else None,
        "reached_late": late.isoformat() if late else None,
    }
    if middle is None:
        return {**told, "note": f"the limit is not reached within {horizon} days, which is as far "
                                "as this history carries"}  # fmt: skip
    if series.lead_days is None:
        return {**told, "note": "the time that an order takes was not given: no date to order by"}
    lead = timedelta(days=series.lead_days)
    note = f"the middle date less {series.lead_days} days of delivery"
    if early is not None:
        note += f"; on the safe side {(early - lead).isoformat()}"
    return {**told, "order_by": (middle - lead).isoformat(), "note": note}


def _line(values: Sequence[float]) -> _Line:
    level = _slopes(values)
    first = median(level)
    days = len(values)
    rest = [value - first * day for day, value in enumerate(values)]
    week = [median(rest[at::7]) for at in range(7)]
    mean = sum(week) / 7
    plain = [value - (week[day % 7] - mean) for day, value in enumerate(values)]
    slopes = sorted(_slopes(plain))
    slope = median(slopes)
    pivot = (days - 1) / 2
    middle = median(value - slope * (day - pivot) for day, value in enumerate(plain))
    left = [value - middle - slope * (day - pivot) for day, value in enumerate(plain)]
    whole = [value - middle - slope * (day - pivot) for day, value in enumerate(values)]
    low, high = _sen(slopes, days, _resemblance(left))
    tenths = quantiles(whole, n=10, method="inclusive")
    return _Line(middle, slope, low, high, pivot, tenths[0], tenths[-1])


def _slopes(values: Sequence[float]) -> list[float]:
    return [
        (values[later] - values[former]) / (later - former)
        for former in range(len(values))
        for later in range(former + 1, len(values))
    ]


def _resemblance(left: Sequence[float]) -> float:
    """Return how much a day's rest resembles that of the day before, from 0 to 0.9."""
    power = sum(each * each for each in left)
    if power <= 0:
        return 0.0
    shared = sum(a * b for a, b in zip(left, left[1:], strict=False))
    return max(0.0, min(0.9, shared / power))


def _sen(slopes: Sequence[float], days: int, resemblance: float) -> tuple[float, float]:
    spread = _Z * math.sqrt(days * (days - 1) * (2 * days + 5) / 18)
    spread *= math.sqrt((1 + resemblance) / (1 - resemblance))
    middle = len(slopes) / 2
    low = max(0, math.floor(middle - spread / 2))
    high = min(len(slopes) - 1, math.ceil(middle + spread / 2))
    return slopes[low], slopes[high]
