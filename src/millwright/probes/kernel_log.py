"""A kernel log as facts: every event in its place, equal ones in a row counted, and tallies."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from millwright.probes.endings import output, shown
from millwright.probes.kernel_events import Event, event_of
from millwright.probes.kernel_lines import message_of
from millwright.probes.kernel_times import seconds_of
from millwright.probes.reading import Problem, Reading, is_simulated

_FAILURE = re.compile(
    r"dmesg: .*(?:fail|denied|not permitted|unknown|invalid)|journalctl: |.*: command not found$|"
    r"Failed to |No journal files were"
)
SILENCE_S = 180.0
"""A row of equal messages ends after so many seconds without one: what comes then is news."""
_ASIDE = re.compile(r"-- .* --$|Hint: ")


@dataclass(frozen=True, slots=True)
class Tally:
    """How often one kind of event, with one code, struck one device."""

    kind: str
    device: str | None
    code: int | None
    count: int


@dataclass(frozen=True, slots=True)
class KernelLog:
    """Events in the order of the log; `lines` counts the lines that say anything at all."""

    lines: int
    events: tuple[Event, ...]
    tallies: tuple[Tally, ...]


def read_log(tool: str, text: str) -> Reading[KernelLog]:
    """Return what a log says. A last line without newline counts: its numbers guard themselves."""
    told = output(text)
    events: list[Event] = []
    problems: list[Problem] = []
    lines = timed = 0
    for line in (*told.whole, *([told.cut] if told.cut else [])):
        if not line[1].strip() or _ASIDE.match(line[1]):
            continue
        if _FAILURE.match(line[1]):
            problems.append(Problem(shown(line[1]), line[0]))
            continue
        message = message_of(line)
        lines += 1
        timed += message.at is not None
        if event := event_of(message):
            _append(events, event)
    if not lines and not problems and "-- No entries --" not in text:
        problems.append(Problem("the log is empty"))
    elif lines and not timed and not events:
        problems.append(Problem("no line has a time, and none says anything known: is it a log?"))
    facts = KernelLog(lines, tuple(events), _tallies(events))
    return Reading(tool, facts, (), tuple(problems), is_simulated(text))


def _append(events: list[Event], event: Event) -> None:
    """Append an event, or count it with the last one if it says the same."""
    last = events[-1] if events else None
    if last and _again(last, event):
        events[-1] = replace(
            last, count=last.count + event.count, last_at=event.at, last_line=event.line
        )
    else:
        events.append(event)


def _again(last: Event, event: Event) -> bool:
    """Return whether an event says what the last one said, without a silence between them."""
    if (last.kind, last.host, last.text) != (event.kind, event.host, event.text):
        return False
    before, now = seconds_of(last.last_at or last.at), seconds_of(event.at)
    return before is None or now is None or abs(now - before) < SILENCE_S


def _tallies(events: list[Event]) -> tuple[Tally, ...]:
    counts: Counter[tuple[str, str | None, int | None]] = Counter()
    for event in events:
        counts[event.kind, event.device, event.code] += event.count
    return tuple(Tally(*key, count) for key, count in counts.items())
