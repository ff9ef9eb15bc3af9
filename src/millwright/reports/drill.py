"""Drills as a person reads them: what would be done, and what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from millwright.model.drill import DrillDeed, DrillFigure, DrillPlan, DrillRecord
from millwright.reports.table import Table, left, right


def plan_lines(plan: DrillPlan) -> Iterator[str]:
    """Yield a plan as text: what it touches, whom it hurts, and what holds it back."""
    mark = " · SIMULATED" if plan.simulated else ""
    yield f"Drill {plan.kind} of {plan.factory}: {', '.join(plan.nodes)}{mark}"
    yield from (f"  touches   {each}" for each in plan.touches)
    yield from (f"  blast     {each}" for each in plan.blast)
    yield f"  undone    {plan.undone_by}"
    yield from (f"  {number}. {each}" for number, each in enumerate(plan.steps, 1))
    for goal in plan.objectives:
        yield f"  objective {goal.figure}: {goal.told} ({goal.source})"
    yield from (f"  objective {each}" for each in plan.no_objective)
    for rail in plan.rails:
        yield f"  {'HOLDS' if rail.holds else 'clear'}  {rail.name}: {rail.told}"
    yield from (f"  note: {each}" for each in plan.notes)
    yield f"  watched for {plan.limit_s:.0f} s at most; wants {' and '.join(plan.wants)}"


def shown(figure: DrillFigure) -> str:
    """Return a figure's value in words; whole minutes where its objective counts them."""
    if figure.value is None:
        return "not seen"
    if figure.unit == "s" and figure.value >= 120:
        return f"{figure.value / 60:.1f} min"
    return f"{figure.value:g} {figure.unit}"


def record_lines(record: DrillRecord) -> Iterator[str]:
    """Yield how a drill stands, or what it came to."""
    mark = "  SIMULATED" if record.simulated else ""
    word = record.verdict or record.stands
    yield f"{record.id}  {record.kind}  {', '.join(record.plan.nodes)}  {word}{mark}"
    if record.why:
        yield f"  {record.why}"
    for each in record.figures:
        verdict = each.verdict or ("" if each.value is not None else "UNKNOWN")
        yield f"  {verdict or 'told':<8} {each.what}: {shown(each)}" + (
            f"  ({each.why})" if each.why else ""
        )
    yield from (f"  evidence: {run}" for run in record.runs)


def records_table(records: Iterable[DrillRecord], simulated: bool) -> Table:
    """Return drills, one a line, with the figures that were held against an objective."""
    rows = tuple(
        (
            each.id, each.kind, ", ".join(each.plan.nodes), each.opened[:16],
            str(each.verdict or each.stands), "; ".join(_held(each.figures)),
        )
        for each in records
    )  # fmt: skip
    title = "Drills" + (" · SIMULATED" if simulated else "")
    columns = (*left("drill", "kind", "nodes", "at", "verdict"), *left("against objectives"))
    return Table(title, columns, rows)


def _held(figures: Sequence[DrillFigure]) -> Iterator[str]:
    for each in figures:
        if each.objective is not None:
            yield f"{each.name} {shown(each)}, {each.objective.told}"


def kinds_table(rows: Iterable[tuple[str, str, str, str, float | None]], simulated: bool) -> Table:
    """Return the kinds of drills: what each proves, its objectives, and how the last came out."""
    title = "Drills that can be run" + (" · SIMULATED" if simulated else "")
    columns = (*left("drill", "proves", "objectives", "last verdict"), *right("days ago"))
    return Table(title, columns, tuple(rows))


def record_document(record: DrillRecord, deeds: Sequence[DrillDeed]) -> dict[str, Any]:
    """Return a drill as JSON, with its journal as a timeline."""
    timeline = [
        {
            "at": deed.at, "step": deed.step, "phase": deed.phase, "outcome": deed.outcome,
            "detail": deed.detail, "node": deed.node, "evidence": list(deed.evidence),
        }
        for deed in deeds
    ]  # fmt: skip
    return {**record.model_dump(mode="json", by_alias=True), "timeline": timeline}
