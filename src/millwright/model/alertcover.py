"""Which checks of the sweep an exporter shows, and by which conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from millwright.model.base import Frozen, Text
from millwright.model.condition import Condition
from millwright.model.health import Check

_TOLD_BY = {
    "kernel_": "it stands in the kernel log, which no exporter counts",
    "sel_": "it stands in the event log of the controller",
    "sensor_": "the controller tells it",
    "dcgm_": "DCGM's own health watches are not exported",
}
"""Why no exporter shows a signal, by how its name begins."""
_ELSE = "no exporter that millwright deploys has its signal"


class Unseen(Frozen):
    """A check that no exporter shows, and why."""

    check: str
    why: Text


class Written(Frozen):
    """One alert: the condition, which checks are seen by it, and where its limit stands."""

    alert: str
    severity: str
    limit: str
    limit_from: str
    checks: tuple[str, ...]
    silenced_by: tuple[str, ...]


class RulesDocument(Frozen):
    """`millwright.rules-written/1`: which alerts there are, what no alert shows, and the files."""

    schema_: Annotated[str, Field(alias="schema")] = "millwright.rules-written/1"
    alerts: tuple[Written, ...]
    unseen: tuple[Unseen, ...]
    files: tuple[str, ...] = ()


def written(conditions: Mapping[str, Condition]) -> tuple[Written, ...]:
    """Return each condition as an alert."""
    return tuple(
        Written(
            alert=name,
            severity=each.severity,
            limit=f"{each.comparison} {each.unit}".strip(),
            limit_from=f"check:{each.limit_of}" if each.limit_of else f"condition:{name}",
            checks=each.checks,
            silenced_by=(*(("boot",) if each.boot_grace_s else ()), *each.silenced_by),
        )
        for name, each in conditions.items()
    )


def unseen(checks: Mapping[str, Check], conditions: Mapping[str, Condition]) -> tuple[Unseen, ...]:
    """Return the checks that no condition shows: `manage health` alone asks them."""
    seen = {name for condition in conditions.values() for name in condition.checks}
    return tuple(
        Unseen(check=name, why=_why(check.signal))
        for name, check in checks.items()
        if name not in seen
    )


def _why(signal: str) -> str:
    return next((why for word, why in _TOLD_BY.items() if signal.startswith(word)), _ELSE)
