"""Where workloads run, as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.model.placement import Placement
from millwright.reports.table import Table, left


def placement_table(placed: Sequence[Placement]) -> Table:
    """Return one row a workload: its zone, and what decided."""
    rows = tuple(
        (each.workload, each.data_class or "", each.zone or "nowhere", each.rule, each.reason)
        for each in placed
    )
    return Table("placement", left("workload", "data", "zone", "rule", "reason"), rows)


def forbidden_table(placed: Sequence[Placement]) -> Table:
    """Return one row for each zone that a rule forbids to a workload."""
    rows = tuple(
        (each.workload, found.zone, found.rule, found.reference, found.reason)
        for each in placed
        for found in each.forbidden
    )
    return Table("forbidden", left("workload", "zone", "rule", "by", "reason"), rows)
