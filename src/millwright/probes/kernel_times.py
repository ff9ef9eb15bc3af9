"""Times of kernel logs as seconds, so that what lies between two lines can be counted."""

from __future__ import annotations

import calendar
import datetime
import re

_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_UPTIME = re.compile(r"(\d{1,10}\.\d{1,9})(?: <\s*[\d.]+>)?$")
_CTIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$")
_SYSLOG = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(\.\d{1,9})?$")
_LEAP = 2024


def seconds_of(at: str | None) -> float | None:
    """Return a time in seconds on its own clock: since 1970, since boot, or since a year's start.

    Only times of one log compare, and a log without years is apart from itself over New Year.
    None where there is no time, or one that only tells how long after another line it was.
    """
    if at is None:
        return None
    if found := _UPTIME.match(at):
        return float(found[1])
    try:
        return _of_calendar(at)
    except ValueError:
        return None


def _of_calendar(at: str) -> float | None:
    if found := _CTIME.match(at):
        day = (int(found[6]), _MONTHS.get(found[1], 0), int(found[2]))
        return _utc(*day, *(int(found[part]) for part in (3, 4, 5)))
    if found := _SYSLOG.match(at):
        day = (_LEAP, _MONTHS.get(found[1], 0), int(found[2]))
        since = _utc(*day, *(int(found[part]) for part in (3, 4, 5)))
        return since + float(found[6] or 0) - _utc(_LEAP, 1, 1)
    when = datetime.datetime.fromisoformat(at.replace(",", "."))
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    return when.timestamp()


def _utc(*parts: int) -> float:
    return datetime.datetime(*parts, tzinfo=datetime.UTC).timestamp()  # type: ignore[arg-type,misc]
