"""An account as tables for a spreadsheet: numbers as numbers, in hours, one sheet a subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from millwright.model.account import Account, Drilled, Holder

Sheet = tuple[tuple[str, ...], list[tuple[object, ...]]]
_HOLDER = (
    "who", "runs", "held_gpu_hours", "share", "told_gpu_hours", "active_gpu_hours",
    "effective_gpu_hours", "in_vain_gpu_hours", "stalled_gpu_hours", "cost",
)  # fmt: skip


def sheets(document: Account) -> dict[str, Sheet]:
    """Return the sheets by name; nothing known is an empty cell, never a zero."""
    return {
        "waterfall": _waterfall(document),
        "days": (
            ("day", "held_gpu_hours", "free_gpu_hours", "out_gpu_hours", "unknown_gpu_hours"),
            [tuple(day) for day in document.daily],
        ),
        "users": (_HOLDER, _rows(document.users)),
        "accounts": (_HOLDER, _rows(document.accounts)),
        "tiers": (_HOLDER, _rows(document.tiers)),
        "faults": (
            ("fault", "outages", "gpu_hours", "share", "cost"),
            [(f.fault, f.outages, f.hours, f.share, f.cost) for f in document.faults],
        ),
        "drills": (
            (
                "drill",
                "kind",
                "at",
                "nodes",
                "verdict",
                "simulated",
                "figure",
                "measured",
                "unit",
                "promised",
                "source",
                "figure_verdict",
            ),
            [row for each in document.drills for row in _drill(each)],
        ),
        "ledger": (
            ("line", "kind", "amount", "unit", "formula", "source"),
            [(e.name, e.kind, e.amount, e.unit, e.formula, e.source) for e in document.ledger],
        ),
    }


def _drill(drill: Drilled) -> Iterator[tuple[object, ...]]:
    head = (drill.id, drill.kind, drill.at, " ".join(drill.nodes), drill.verdict or drill.stands,
            drill.simulated)  # fmt: skip
    for each in drill.figures:
        goal = each.objective
        yield (*head, each.name, each.value, each.unit, goal and goal.told, goal and goal.source,
               each.verdict)  # fmt: skip
    if not drill.figures:
        yield (*head, None, None, None, None, None, None)


def _waterfall(document: Account) -> Sheet:
    rows: list[tuple[object, ...]] = []
    for step in document.waterfall.steps:
        rows += [(step.name, "unknown" if each.unknown else "loss", each.name, each.hours,
                  each.share, each.why) for each in step.losses]  # fmt: skip
        rows.append((step.name, "left", step.name, step.hours, step.share, step.meaning))
    return ("step", "kind", "name", "gpu_hours", "share_of_owned", "meaning"), rows


def _rows(holders: Sequence[Holder]) -> list[tuple[object, ...]]:
    return [
        (h.of, h.runs, h.allocated_hours, h.share, h.known_hours, h.active_hours,
         h.effective_hours, h.idle_allocated_hours, h.stalled_hours, h.cost)
        for h in holders
    ]  # fmt: skip
