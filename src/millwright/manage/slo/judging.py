"""One tier judged: its measures, budgets and neighbours, and what they say of what was promised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from millwright.manage.slo.budget import budgets
from millwright.manage.slo.measuring import Terms, looked, measures
from millwright.manage.slo.neighbours import neighbours
from millwright.manage.slo.queries import scope_of
from millwright.model.objective import Slo
from millwright.model.site import Tier
from millwright.model.slo import Budget, SloMeasure, TierSlo
from millwright.ports import Metrics

Answer = Literal["met", "missed", "unknown", "nothing-promised"]


def judge_tier(tier: Tier, hosts: Sequence[str], terms: Terms, metrics: Metrics) -> TierSlo:
    """Return what is known of a tier at this moment."""
    at = looked(terms, scope_of(tier, hosts), metrics)
    measured, spent = measures(tier.slo, at), budgets(tier.slo, at)
    noisy, unknown = neighbours(at)
    return TierSlo(
        tier=tier.name,
        answer=_answer(tier.slo, measured, spent),
        hosts=len(hosts),
        measures=measured,
        budgets=spent,
        neighbours=noisy,
        neighbours_unknown=unknown,
    )


def promises(slo: Slo | None) -> bool:
    """Return whether anything was promised at all."""
    if slo is None:
        return False
    said = (slo.availability, slo.queue_at_most, slo.gpu_active_at_least, slo.storage_at_most_s)
    return bool(slo.latency) or any(each is not None for each in said)


def _answer(slo: Slo | None, measured: Sequence[SloMeasure], spent: Sequence[Budget]) -> Answer:
    """Return the worst of what was promised; of a tier without promises whether one sees it."""
    if not promises(slo):
        nothing = all(each.value is None for each in measured)
        return "unknown" if nothing else "nothing-promised"
    found: set[str] = {each.answer for each in measured if each.side}
    for budget in spent if slo and slo.availability else ():
        found.add(budget.answer)
        found |= {"missed" for burn in budget.burns if burn.calls}
        found |= {"unknown" for burn in budget.burns if burn.calls is None}
    if "missed" in found:
        return "missed"
    return "unknown" if "unknown" in found else "met"
