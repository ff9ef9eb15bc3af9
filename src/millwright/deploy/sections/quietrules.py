"""A rule that names the hosts that somebody works at: while it does, their alerts are quiet.

Nothing has to export it: the times stand in the rule, and Prometheus knows what time it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from millwright.model.alerting import MAINTENANCE, Recording, RuleGroup
from millwright.model.health import Window
from millwright.model.nodeset import expanded


def maintenance_group(windows: Sequence[Window]) -> RuleGroup:
    """Return the rule of all windows: for each host true from a beginning to an end."""
    times = [_during(window, host) for window in windows for host in expanded(window.nodes)]
    kept = (Recording(record=MAINTENANCE, expr=" or ".join(times)),) if times else ()
    return RuleGroup(name="millwright-maintenance", recordings=kept, alerts=())


def _during(window: Window, host: str) -> str:
    begin, end = (_seconds(text) for text in (window.begin, window.end))
    marks = f'label_replace(vector(1), "host", "{host}", "", "")'
    marked = f'label_replace({marks}, "window", "{window.id}", "", "")'
    return f"{marked} and on () (vector(time()) >= {begin} < {end})"


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
