"""What lay beside the onset of a shift: events of infrastructure, nearest and on its nodes first.

An event beside an onset is no proof of a cause; it is what a person looks at first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from millwright.model.modelwatch import Beside, InfraEvent

BEFORE_H = 72
"""How far before the window in which a shift began events are looked for."""
MOST = 5


def beside(
    events: Iterable[InfraEvent], begin: str, hours: int, nodes: Sequence[str]
) -> tuple[Beside, ...]:
    """Return events from three days before a window until its end: those on shifted nodes first,
    then those of all nodes, then the nearest."""
    start = datetime.fromisoformat(begin)
    first, last = start - timedelta(hours=BEFORE_H), start + timedelta(hours=hours)
    found = []
    for event in events:
        at = _moment(event.at)
        if at is not None and first <= at <= last:
            before = round((start - at).total_seconds() / 3600, 1)
            found.append(Beside(event=event, hours_before=before, same_node=event.node in nodes))
    found.sort(key=lambda each: (not each.same_node, bool(each.event.node) and not each.same_node,
                                 abs(each.hours_before)))  # fmt: skip
    return tuple(found[:MOST])


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
