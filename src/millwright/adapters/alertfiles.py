"""Rules of Prometheus as a file: the document that the role of deploy lays on the head node."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from millwright.adapters.plainyaml import plain_yaml
from millwright.model.alerting import Alert, RuleGroup

HEAD = (
    "Written by millwright from the catalogue: `millwright manage rules --out DIR`.",
    "Prometheus reads it where `rule_files` names it.",
)


def rules_text(groups: Sequence[RuleGroup]) -> str:
    """Return the text of a file of rules."""
    return plain_yaml({"groups": [_group(each) for each in groups]}, HEAD)


def _group(group: RuleGroup) -> dict[str, Any]:
    kept = [{"record": each.record, "expr": each.expr} for each in group.recordings]
    return {"name": group.name, "rules": [*kept, *(_alert(each) for each in group.alerts)]}


def _alert(alert: Alert) -> dict[str, Any]:
    valued = alert.summary.replace("[value]", '{{ printf "%.4g" $value }}')
    return {
        "alert": alert.name,
        "expr": alert.expr,
        "for": f"{alert.for_s}s",
        "labels": {"severity": alert.severity, "subject": alert.subject},
        "annotations": {
            "summary": re.sub(r"\[(\w+)\]", r"{{ $labels.\1 }}", valued),
            "hint": alert.hint,
            "explain": alert.explain,
        },
    }
