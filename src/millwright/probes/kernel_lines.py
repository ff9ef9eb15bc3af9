"""Lines of kernel logs, whoever printed them: when, on which host, who spoke, and what.

Read are dmesg with its time formats (seconds since boot, -T, --time-format iso, reltime, delta),
-x and -r before any of them, journalctl's short formats, and syslog old and new.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.endings import Line

_LEVEL = re.compile(
    r"(?:<(?P<priority>\d{1,3})>|(?P<facility>[a-z0-9]+)\s*:(?P<level>[a-z]+)\s*: )"
)
_SECONDS = r"\d+\.\d+(?: <\s*[\d.]+>)?|<\s*[\d.]+>|\+[\d.]+"
_CALENDAR = r"[A-Z][a-z]{2}[^\]:]{1,16}:\d\d[^\]]{0,20}"
_BRACKET = re.compile(r"\[\s*(?P<at>" + _SECONDS + "|" + _CALENDAR + r")\]\s?")
_ISO = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)(?=\s)\s+"
)
_SYSLOG = re.compile(
    r"(?P<at>[A-Z][a-z]{2} (?: ?\d{1,2}|\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d(?:\.\d{1,9})?)"
    r"(?: [A-Z]{2,5})? "
)
_SPEAKER = re.compile(r"(?:(?P<host>[^\s:\[\]]+) )?(?P<source>[^\s:\[\]]+)(?:\[\d+\])?: ")
_UPTIME = re.compile(r"\[\s*\d+\.\d+\]\s?")
_REPEATED = re.compile(
    r"(?:last )?message repeated (?P<times>\d{1,9}) times(?:: \[\s?(?P<words>.*)\])?$"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `times` is above 1 where the log says that it came again.

    `at` is the time as it stands there, in the clock of the log; None where the line has none.
    """

    line: int
    at: str | None
    host: str | None
    source: str | None
    level: str | None
    text: str
    times: int = 1


def message_of(line: Line) -> Message:
    """Return the message of a line, whatever stands before it."""
    number, rest = line
    level, rest = _level(rest)
    at, rest, spoken = _time(rest)
    host = source = None
    if spoken and (found := _SPEAKER.match(rest)):
        host, source, rest = found["host"], found["source"], rest[found.end() :]
        if source == "kernel":
            # rsyslog keeps the kernel's own time behind its own.
            rest = _UPTIME.sub("", rest, count=1) if _UPTIME.match(rest) else rest
    times, rest = _times(rest)
    return Message(number, at, host, source, level, rest, times)


def _level(text: str) -> tuple[str | None, str]:
    found = _LEVEL.match(text)
    if found is None:
        return None, text
    return found["level"] or found["priority"], text[found.end() :]


def _time(text: str) -> tuple[str | None, str, bool]:
    """Return the time, what follows, and whether a host and a speaker may come next."""
    for pattern, spoken in ((_BRACKET, False), (_ISO, True), (_SYSLOG, True)):
        if found := pattern.match(text):
            rest = text[found.end() :]
            return found["at"].strip(), rest, spoken and _speaks(rest)
    return None, text, False


def _speaks(rest: str) -> bool:
    """Return whether a host is named: dmesg's ISO times stand before the message itself."""
    found = _SPEAKER.match(rest)
    return found is not None and found["host"] is not None


def _times(text: str) -> tuple[int, str]:
    found = _REPEATED.match(text)
    return (int(found["times"]), found["words"] or text) if found else (1, text)
