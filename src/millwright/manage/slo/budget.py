"""Error budgets: how much of what a promise leaves is spent, and how fast it goes.

Spent share = share of failed requests over the window / (1 - availability); a burn rate is the same
over a shorter window: 1 spends the budget in just its own time. A person is called where the long
and the short window of a pair are both above its factor (The Site Reliability Workbook, chapter 5).
"""

from __future__ import annotations

from collections.abc import Iterator

from millwright.manage.slo import queries
from millwright.manage.slo.measuring import NO_EVENT, UNRECORDED, Looked, highest
from millwright.model.objective import Slo
from millwright.model.serving import BurnRate, ServiceSignal
from millwright.model.slo import Budget, Burn

DAY_S = 86_400
OLDEST = "(time() - min(prometheus_tsdb_lowest_timestamp_seconds)) / 86400"


def budgets(slo: Slo | None, at: Looked) -> tuple[Budget, ...]:
    """Return one budget for each server that tells of failures."""
    promised = slo or Slo()
    signals = at.best("errors")
    if not signals:
        why, export = at.lacking("errors")
        none = _unknown(promised, why)
        return (none.model_copy(update={"export": export}),)
    oldest = highest(at.metrics.now(OLDEST))
    days = oldest.value if oldest else None
    return tuple(_budget(promised, signal, at, days) for signal in signals)


def _unknown(slo: Slo, why: str) -> Budget:
    return Budget(
        server="", availability=slo.availability, window_days=slo.window_days, answer="unknown",
        why=why,
    )  # fmt: skip


def _budget(slo: Slo, signal: ServiceSignal, at: Looked, days: float | None) -> Budget:
    query = queries.error_ratio(signal, at.scope, slo.window_days * DAY_S)
    found = at.metrics.now(query)
    sample = highest(found)
    told = {
        "server": signal.server, "query": query, "source": signal.source,
        "confidence": signal.confidence, "data_days": days,
    }  # fmt: skip
    if sample is None:
        why = UNRECORDED if found is None else NO_EVENT
        return _unknown(slo, why).model_copy(update=told)
    if slo.availability is None:
        update = {**told, "error_ratio": sample.value, "answer": "shown", "why": ""}
        return _unknown(slo, "").model_copy(update=update)
    left = 1 - slo.availability
    spent = sample.value / left
    return Budget.model_validate(
        {
            **told,
            "availability": slo.availability,
            "window_days": slo.window_days,
            "error_ratio": sample.value,
            "spent_share": spent,
            "burns": tuple(_burns(signal, at, left)),
            "answer": "missed" if spent > 1 else "met",
            "why": _remembered(slo, days),
        }
    )


def _remembered(slo: Slo, days: float | None) -> str:
    if days is None:
        return "how far back the server remembers is not known: it may be less than the window"
    if days < slo.window_days:
        return f"the server remembers {days:.3g} days: the budget is that of these alone"
    return ""


def _burns(signal: ServiceSignal, at: Looked, left: float) -> Iterator[Burn]:
    for pair in at.terms.burns:
        long, short = (_rate(signal, at, left, each.value) for each in (pair.long_s, pair.short_s))
        yield Burn(
            name=pair.name, long_s=pair.long_s.value, short_s=pair.short_s.value, long_rate=long,
            short_rate=short, factor=pair.factor.value, severity=pair.severity,
            calls=_calls(pair, long, short),
        )  # fmt: skip


def _rate(signal: ServiceSignal, at: Looked, left: float, window_s: int) -> float | None:
    sample = highest(at.metrics.now(queries.error_ratio(signal, at.scope, window_s)))
    return sample.value / left if sample else None


def _calls(pair: BurnRate, long: float | None, short: float | None) -> bool | None:
    """Return whether both windows are above; one that is below settles it without the other."""
    known = [rate > pair.factor.value for rate in (long, short) if rate is not None]
    if False in known:
        return False
    return True if len(known) == 2 else None
