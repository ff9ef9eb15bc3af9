"""Rules of Prometheus, from the catalogue's conditions: measures that are kept, and alerts."""

from __future__ import annotations

from collections.abc import Iterable

from millwright.model.alerting import MAINTENANCE, Alert, Recording, RuleGroup
from millwright.model.condition import Condition


def rule_groups(conditions: Iterable[Condition]) -> tuple[RuleGroup, ...]:
    """Return the rules of all conditions, a group for each subject."""
    listed = list(conditions)
    subjects = dict.fromkeys(condition.subject for condition in listed)
    return tuple(
        RuleGroup(
            name=f"millwright-{subject}",
            recordings=tuple(
                Recording(record=c.record, expr=c.measure)
                for c in listed
                if c.subject == subject and c.record
            ),
            alerts=tuple(_alert(c) for c in listed if c.subject == subject),
        )
        for subject in subjects
    )


def _alert(condition: Condition) -> Alert:
    measure = condition.record or condition.measure
    beyond = f"({measure}) {condition.comparison}"
    if condition.boot_grace_s:
        up_for = f"time() - node_boot_time_seconds > {condition.boot_grace_s}"
        beyond = f"({beyond}) and on (host) ({up_for})"
    if "window" in condition.silenced_by:
        beyond = f"({beyond}) unless on (host) ({MAINTENANCE})"
    return Alert(
        name=condition.name,
        expr=beyond,
        for_s=condition.for_s,
        severity=condition.severity,
        subject=condition.subject,
        summary=condition.summary,
        hint=condition.hint,
        explain=f"millwright explain condition:{condition.name}",
    )
