"""A rule for each host that somebody works at: while it holds, its alerts are quiet.

Nothing has to export it: the times stand in the rule, and Prometheus knows what time it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from millwright.model.alerting import MAINTENANCE, Recording, RuleGroup
from millwright.model.health import Window
from millwright.model.nodeset import expanded


def maintenance_group(windows: Sequence[Window]) -> RuleGroup:
    """Return the rules of all windows; one of a host is true from its beginning to its end."""
    return RuleGroup(
        name="millwright-maintenance",
        recordings=tuple(
            Recording(record=MAINTENANCE, expr=_during(window, host))
            for window in windows
            for host in expanded(window.nodes)
        ),
        alerts=(),
    )


def _during(window: Window, host: str) -> str:
    begin, end = (_seconds(text) for text in (window.begin, window.end))
    marks = f'label_replace(vector(1), "host", "{host}", "", "")'
    marked = f'label_replace({marks}, "window", "{window.id}", "", "")'
    return f"{marked} and on () (vector(time()) >= {begin} < {end})"


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
