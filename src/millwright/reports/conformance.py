"""Published figures beside computed ones, document by document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from millwright.model.reference import ConformLine
from millwright.reports.table import Table, left, right


def conformance_table(lines: Sequence[ConformLine]) -> Table:
    """Return one row a published figure; rows from memory are marked, since they do not gate."""
    rows = tuple(
        (
            line.status if line.gates else f"{line.status} (memory)",
            line.source,
            line.row,
            line.field,
            line.published,
            line.computed,
            line.note,
        )
        for line in lines
    )
    columns = (
        *left("status", "source", "row", "field"),
        *right("published", "computed"),
        *left("note"),
    )
    return Table("Conformance with published rows", columns, rows)


def verdict(lines: Sequence[ConformLine]) -> tuple[bool, str]:
    """Return whether every gating figure conforms, and one line that says how many do what."""
    counts = Counter(line.status for line in lines)
    gating = sum(line.status == "deviation" and line.gates for line in lines)
    told = ", ".join(
        f"{counts[status]} {status}" for status in ("match", "erratum", "deviation", "deferred")
    )
    return gating == 0, f"{len(lines)} published figures: {told}"
