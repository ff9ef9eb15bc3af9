"""Freeze windows of a tier: when nobody takes a node away, in words of the spec.

`Mon-Fri 06:00-20:00`, `Sat,Sun`, `06:00-20:00` (every day), `2026-12-20/2027-01-02` (days, both
included). A window that ends before it begins lasts over midnight, and belongs to the day that it
begins on.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_WINDOW = re.compile(
    rf"(?P<days>{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*)?"
    r"(?:^|\s+|(?<=[a-z])$|$)"
    r"(?:(?P<begin>\d\d:\d\d)-(?P<end>\d\d:\d\d))?",
    re.IGNORECASE,
)
_DATES = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")


def frozen(window: str, now: datetime) -> bool | None:
    """Return whether a moment, in the site's own time, lies in a window; None where the window
    cannot be read."""
    text = window.strip()
    try:
        if dates := _DATES.fullmatch(text):
            first, last = (date.fromisoformat(day) for day in dates.groups())
            return first <= now.date() <= last
        told = _WINDOW.fullmatch(text)
        if told is None or not text:
            return None
        days = _days(told["days"])
        if told["begin"] is None:
            return now.weekday() in days
        return _within(now, days, _time(told["begin"]), _time(told["end"]))
    except ValueError:
        return None


def _within(now: datetime, days: frozenset[int], begin: time, end: time) -> bool:
    clock = now.time()
    if begin < end:
        return now.weekday() in days and begin <= clock < end
    yesterday = (now - timedelta(days=1)).weekday()
    return (now.weekday() in days and clock >= begin) or (yesterday in days and clock < end)


def _time(text: str) -> time:
    """Return a time of the day; 24:00 is midnight."""
    return time() if text == "24:00" else time.fromisoformat(text)


def _days(text: str | None) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found |= {number % 7 for number in range(begin, end + 1 + (7 if end < begin else 0))}
    return frozenset(found)
