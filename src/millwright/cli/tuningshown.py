"""Plans of tuning as rows and as JSON: instances of one parameter that change alike are one row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from millwright.manage.tune.orders import NodeOrder
from millwright.manage.tune.wants import canonical

if TYPE_CHECKING:
    from millwright.cli.tuningplan import Planned


def plan_rows(orders: Iterable[NodeOrder]) -> Iterator[tuple[str, str, str, str]]:
    """Yield node, what, now and then of every change; files are told by what they will say."""
    for order in orders:
        counts: dict[tuple[str, str, str, str], int] = {}
        for each in order.writes:
            kind, key, _ = each.place
            row = (kind, key, canonical(each.now), canonical(each.value))
            counts[row] = counts.get(row, 0) + 1
        for (kind, key, now, then), count in counts.items():
            times = f" ({count})" if count > 1 else ""
            yield order.node, f"{kind} {key}{times}", now, then
        yield from _kept(order)


def _kept(order: NodeOrder) -> Iterator[tuple[str, str, str, str]]:
    """Yield what is only kept for later: files, and values that are right already."""
    counts: dict[tuple[str, str, str], int] = {}
    for saved in order.kept:
        row = (f"{saved.kind} {saved.key}", canonical(saved.base), canonical(saved.value))
        counts[row] = counts.get(row, 0) + 1
    for (what, now, then), count in counts.items():
        times = f" ({count})" if count > 1 else ""
        yield order.node, f"{what}{times}", now or "unsaid", f"{then} (kept)"


def plan_document(note: str, orders: Sequence[NodeOrder], made: Planned) -> dict[str, Any]:
    """Return a plan as JSON."""
    return {
        "schema": "millwright.tuning-plan/1",
        "note": note,
        "simulated": made.simulated,
        "nodes": {order.node: _node(order) for order in orders},
        "conflicts": [
            {key: getattr(each, key) for key in ("node", "rule", "what", "remedy", "grave")}
            for each in made.clashes
        ],
        "left_out": made.left_out,
        "silent": made.silent,
    }


def _node(order: NodeOrder) -> dict[str, Any]:
    return {
        "changes": order.changes,
        "writes": [
            {
                "kind": each.place[0],
                "key": each.place[1],
                "instance": each.place[2],
                "now": each.now,
                "then": each.value,
            }
            for each in order.writes
        ],
        "remarks": [{"what": r.what, "why": r.why, "bad": r.bad} for r in order.remarks],
        "disruptive": list(order.disruptive),
    }
