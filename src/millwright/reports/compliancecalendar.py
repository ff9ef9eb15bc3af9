"""What is due when, on a terminal, as JSON and as a calendar that others can subscribe to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from millwright.reports.table import Table, left


class Due(Protocol):
    """One thing to be done."""

    @property
    def day(self) -> Any:
        """The day by which."""

    @property
    def what(self) -> str:
        """What it is."""

    @property
    def control(self) -> str:
        """The control that it answers."""

    @property
    def state(self) -> str:
        """Overdue, never, soon or later."""

    @property
    def last(self) -> str:
        """When it was done last."""

    @property
    def every_days(self) -> int | None:
        """How often."""

    @property
    def by(self) -> str:
        """Who does it."""

    @property
    def proposed(self) -> bool:
        """Whether no law in force asks for it."""


def calendar_table(entries: Sequence[Due]) -> Table:
    """Return one row a duty, what is overdue first."""
    rows = tuple(
        (each.day.isoformat(), each.state, each.what + ("  PROPOSED" if each.proposed else ""),
         each.control, each.by, each.last or "never",
         f"{each.every_days} days" if each.every_days else "once")
        for each in entries
    )  # fmt: skip
    return Table("Due", left("by", "state", "what", "control", "who", "last", "every"), rows)


def calendar_document(entries: Iterable[Due], today: str, *, simulated: bool) -> dict[str, Any]:
    """Return duties as JSON."""
    keys = ("what", "control", "state", "last", "every_days", "by", "proposed")
    listed = [{"day": each.day.isoformat(), **{key: getattr(each, key) for key in keys}}
              for each in entries]  # fmt: skip
    head = {"schema": "millwright.compliance-calendar/1", "today": today, "simulated": simulated}
    return {**head, "due": listed}


def ics(entries: Iterable[Due], name: str, stamp: str) -> str:
    """Return duties as iCalendar (RFC 5545): whole days, lines of at most 75 octets."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//millwright//compliance//EN"]
    for each in entries:
        day = each.day.strftime("%Y%m%d")
        lines += [
            "BEGIN:VEVENT", f"UID:{name}-{each.control}-{each.by}@millwright", f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{day}", f"SUMMARY:{_escaped(f'{name}: {each.what}')}",
            f"DESCRIPTION:{_escaped(f'{each.control}, {each.state}')}", "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join(part for line in (*lines, "END:VCALENDAR", "") for part in _folded(line))


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text.encode("ascii", "replace").decode()


def _folded(line: str) -> Iterator[str]:
    yield line[:74]
    yield from (f" {line[at : at + 73]}" for at in range(74, len(line), 73))
