"""What one node's log tells, as incidents: everything until three minutes of silence is one.

Within an incident, equal faults of one device are one strike. What the driver asks for (Xid 154)
counts for the strikes of its device, and is none of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from millwright.manage.faults.naming import device_of, fault_of
from millwright.probes.kernel_events import Event
from millwright.probes.kernel_log import SILENCE_S
from millwright.probes.kernel_times import seconds_of
from millwright.probes.xid_words import RECOVERY, place, recovery_action

RECOVERY_FAULT = f"xid:{RECOVERY}"


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault of one device within an incident; `text` is that of its first message.

    `places` are the parts of a GPU that its messages name, `recovery` the action that the driver
    asked for last. Times stand as the log has them.
    """

    fault: str
    device: str | None
    first_at: str | None
    last_at: str | None
    count: int
    text: str
    line: int
    processes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    recovery: int | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened on a node until it was silent; seconds are those of the log's own clock.

    `began_s` is None where no message has a time that can be counted with.
    """

    node: str
    began_s: float | None
    ended_s: float | None
    strikes: tuple[Strike, ...]

    @property
    def devices(self) -> tuple[str, ...]:
        """Return every device that was struck, in the order of the log."""
        return tuple(dict.fromkeys(s.device for s in self.strikes if s.device is not None))


def incidents(node: str, events: Iterable[Event]) -> tuple[Incident, ...]:
    """Return the incidents of a node from its log, in order.

    A message without a time belongs to those before it: that there was silence is not known.
    """
    return tuple(_incident(node, group) for group in _groups(events))


def _groups(events: Iterable[Event]) -> Iterator[list[Event]]:
    group: list[Event] = []
    last: float | None = None
    for event in events:
        if fault_of(event) is None:
            continue
        began = seconds_of(event.at)
        if group and last is not None and began is not None and abs(began - last) >= SILENCE_S:
            yield group
            group = []
        group.append(event)
        ended = seconds_of(event.last_at)
        last = next((each for each in (ended, began) if each is not None), last)
    if group:
        yield group


def _incident(node: str, events: Sequence[Event]) -> Incident:
    times = [s for e in events for s in (seconds_of(e.at), seconds_of(e.last_at)) if s is not None]
    wishes = {device_of(e): recovery_action(e.text) for e in events if _asks(e)}
    parts: dict[tuple[str, str | None], list[Event]] = {}
    for event in events:
        if not (_asks(event) and recovery_action(event.text) is not None):
            parts.setdefault((fault_of(event) or "", device_of(event)), []).append(event)
    strikes = tuple(_strike(key, each, wishes.get(key[1])) for key, each in parts.items())
    lone = () if strikes else tuple(_lone(events, wishes))
    return Incident(node, min(times, default=None), max(times, default=None), strikes or lone)


def _asks(event: Event) -> bool:
    return fault_of(event) == RECOVERY_FAULT


def _lone(events: Sequence[Event], wishes: dict[str | None, int | None]) -> Iterator[Strike]:
    """Yield the driver's wishes where nothing else tells why: then they are what is known."""
    for device, wish in wishes.items():
        told = [event for event in events if device_of(event) == device]
        yield _strike((RECOVERY_FAULT, device), told, wish)


def _strike(key: tuple[str, str | None], events: Sequence[Event], wish: int | None) -> Strike:
    first, last = events[0], events[-1]
    return Strike(
        fault=key[0],
        device=key[1],
        first_at=first.at,
        last_at=last.last_at or last.at,
        count=sum(event.count for event in events),
        text=first.text,
        line=first.line,
        processes=tuple(dict.fromkeys(_process(e) for e in events if e.pid is not None)),
        places=tuple(dict.fromkeys(p for e in events if (p := place(e.text)) is not None)),
        recovery=wish,
    )


def _process(event: Event) -> str:
    return f"{event.process or 'unnamed'} ({event.pid})"
