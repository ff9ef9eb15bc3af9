"""Rules of Prometheus as values: measures that are kept, alerts that call a person, by group."""

from __future__ import annotations

from millwright.model.base import Frozen

MAINTENANCE = "host:maintenance:bool"
"""The measure that is there for a host while somebody works at it."""


class Recording(Frozen):
    """A measure under a name of its own."""

    record: str
    expr: str


class Alert(Frozen):
    """What calls a person. In `summary`, [label] and [value] stand for what was found; `explain`
    is the command that says more."""

    name: str
    expr: str
    for_s: int
    severity: str
    subject: str
    summary: str
    hint: str
    explain: str = ""


class RuleGroup(Frozen):
    """Rules of one subject; measures come before the alerts that read them."""

    name: str
    recordings: tuple[Recording, ...]
    alerts: tuple[Alert, ...]
