"""Two designs side by side, as a person reads them."""

from __future__ import annotations

from millwright.model.designdiff import CostChange, DesignDiff
from millwright.reports.table import Table, left, told

WORDS = {
    "site": "figures of the site",
    "pool": "pools",
    "rack": "racks",
    "device": "devices",
    "address": "addresses",
    "cable": "cables",
    "bill": "lines of the bill",
}


def diff_lines(diff: DesignDiff) -> tuple[str, ...]:
    """Return one line for each kind of thing that differs."""
    if not diff.differences:
        return (f"{diff.old} and {diff.new} are alike",)
    lines = []
    for what, of in diff.counts.items():
        counts = ", ".join(f"{told(count)} {how}" for how, count in of.items())
        lines.append(f"{WORDS[what]}: {counts}")
    lines.append(_cost(diff.cost))
    return tuple(lines)


def _cost(cost: CostChange) -> str:
    if cost.before is None or cost.after is None:
        return "cost: not known, nothing here has a price in one currency"
    change = cost.after - cost.before
    line = (
        f"cost: {cost.before:,.0f} to {cost.after:,.0f} {cost.currency} ({change:+,.0f}, "
        f"{cost.confidence}) for what has a price"
    )
    more = cost.unpriced
    return f"{line}; without one: {', '.join(more)}" if more else line


def diff_table(diff: DesignDiff) -> Table:
    """Return one row a difference."""
    rows = tuple((d.what, d.how, d.name, d.key, d.before, d.after) for d in diff.differences)
    return Table("Differences", left("what", "how", "name", "key", "before", "after"), rows)
