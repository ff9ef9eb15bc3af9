"""From a drill's journal to figures and a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from millwright.manage.drill.objectives import UNSAID
from millwright.model.drill import DrillDeed, DrillFigure, DrillPlan, Objective
from millwright.model.verdict import Verdict, worst


def first(
    deeds: Iterable[DrillDeed], step: str, phase: str = "done", outcome: str | None = None
) -> DrillDeed | None:
    """Return the first line of a step; None where there is none."""
    found = (d for d in deeds if (d.step, d.phase) == (step, phase))
    return next((d for d in found if outcome in (None, d.outcome)), None)


def seconds(since: DrillDeed | None, until: DrillDeed | None) -> float | None:
    """Return how long it took from one line to another; None where one is missing, or where the
    clock was set back meanwhile: a time below zero keeps any promise."""
    if since is None or until is None:
        return None
    begun, ended = (datetime.fromisoformat(each.at) for each in (since, until))
    took = round((ended - begun).total_seconds(), 1)
    return took if took >= 0 else None


def objective_of(plan: DrillPlan, name: str) -> Objective | None:
    """Return what is promised for a figure."""
    return next((each for each in plan.objectives if each.figure == name), None)


def held(figure: DrillFigure, plan: DrillPlan) -> DrillFigure:
    """Hold a figure against its objective, in the objective's unit.

    Without an objective it is UNKNOWN: what nobody promised has not been kept.
    """
    goal = objective_of(plan, figure.name)
    if figure.value is None:
        verdict = figure.verdict or Verdict.UNKNOWN
        return figure.model_copy(update={"objective": goal, "verdict": verdict})
    if goal is None:
        why = "; ".join((UNSAID, *((figure.why,) if figure.why else ())))
        more = {"verdict": Verdict.UNKNOWN, "why": why, "unpromised": True}
        return figure.model_copy(update=more)
    value = figure.value / 60 if (figure.unit, goal.unit) == ("s", "min") else figure.value
    good = value <= goal.at_most if goal.at_most is not None else value >= (goal.at_least or 0)
    verdict = Verdict.PASS if good else Verdict.FAIL
    why = "; ".join((*((figure.why,) if figure.why else ()), f"{goal.told} ({goal.source})"))
    return figure.model_copy(update={"objective": goal, "verdict": verdict, "why": why})


def verdict_of(figures: Sequence[DrillFigure]) -> tuple[Verdict, str]:
    """Return the worst of what was judged, and the figures that make it so."""
    judged = [each for each in figures if each.verdict is not None]
    verdict = worst(each.verdict for each in judged if each.verdict is not None)
    if verdict is Verdict.PASS:
        return verdict, "every objective was kept"
    guilty = [f"{each.what}: {each.why}" for each in judged if each.verdict is verdict]
    return verdict, "; ".join(guilty)[:2000] or "nothing was judged"
