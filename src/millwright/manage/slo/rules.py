"""Rules and pictures of tiers: what `manage slo` judges at one moment, for Prometheus at all.

The same questions and the same limits: those of the spec, and the burn rates of the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from millwright.manage.slo import queries
from millwright.manage.slo.measuring import Terms
from millwright.manage.slo.queries import Scope, scope_of
from millwright.model.alerting import Alert, Recording, RuleGroup
from millwright.model.objective import LatencyObjective, Slo
from millwright.model.serving import ServiceSignal
from millwright.model.site import Tier

PENDING_S = 300
BY = "{{tier}} {{server}}"


@dataclass(frozen=True, slots=True)
class Promised:
    """One tier with what was promised, and whose series it has."""

    tier: str
    slo: Slo
    scope: Scope


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of tiers: what it shows, of which series, in which unit of Grafana's."""

    title: str
    expr: str
    unit: str
    legend: str = BY


def promised(tier: Tier, hosts: Sequence[str]) -> Promised | None:
    """Return a tier with its promises; None where it has none."""
    return None if tier.slo is None else Promised(tier.name, tier.slo, scope_of(tier, hosts))


def tier_groups(tiers: Sequence[Promised], terms: Terms) -> tuple[RuleGroup, ...]:
    """Return the rules of all tiers: measures of all together, and a group of alerts for each."""
    measured = RuleGroup(
        name="millwright-tiers", recordings=tuple(_recordings(tiers, terms)), alerts=()
    )
    alerts = (
        RuleGroup(
            name=f"millwright-tier-{each.tier}",
            recordings=(),
            alerts=(*_burns(each, terms), *_levels(each, terms)),
        )
        for each in tiers
    )
    return (measured, *alerts)


def pictures(tiers: Sequence[Promised], terms: Terms) -> tuple[Picture, ...]:
    """Return pictures of what was promised: how fast budgets go, and latencies."""
    hour = terms.settings.rate_window_s.value
    found = [
        Picture(
            f"{each.tier}: burn rate",
            f'{_record(hour)}{{tier="{each.tier}"}} / {1 - each.slo.availability:.6g}',
            "short",
        )
        for each in tiers
        if each.slo.availability is not None
    ]
    for each in tiers:
        for wanted in each.slo.latency:
            expr = _any(each, terms.of(wanted.of), _latency(wanted, hour))
            found.append(Picture(f"{each.tier}: {_named(wanted)}", expr, "s"))
    return tuple(found)


def _recordings(tiers: Sequence[Promised], terms: Terms) -> Iterator[Recording]:
    """Yield one measure a window: two rules of one name would be taken for a mistake."""
    budgeted = [each for each in tiers if each.slo.availability is not None]
    if not budgeted:
        return
    windows = {terms.settings.rate_window_s.value}
    windows |= {each.value for pair in terms.burns for each in (pair.long_s, pair.short_s)}
    for window in sorted(windows):
        ask = _over(queries.error_ratio, window)
        parts = (_any(each, terms.of("errors"), ask) for each in budgeted)
        yield Recording(record=_record(window), expr=" or ".join(parts))


def _record(window_s: int) -> str:
    return f"tier:error_ratio:rate{window_s}s"


def _burns(at: Promised, terms: Terms) -> Iterator[Alert]:
    if at.slo.availability is None:
        return
    for pair in terms.burns:
        bound = f"{pair.factor.value * (1 - at.slo.availability):.6g}"
        long, short = (
            f'{_record(each.value)}{{tier="{at.tier}"}} > {bound}'
            for each in (pair.long_s, pair.short_s)
        )
        yield Alert(
            name=f"tier-{at.tier}-burn-{pair.name}",
            expr=f"{long} and {short}",
            for_s=0,
            severity=pair.severity,
            subject="service",
            summary=f"tier [tier] by [server]: [value] of requests fail, which spends its budget "
            f"over {pair.factor.value:g} times as fast as it may",
            hint="`millwright manage slo` shows what is left and what else is not as it should be",
            explain=f"millwright explain burn-rate:{pair.name}",
        )


def _levels(at: Promised, terms: Terms) -> Iterator[Alert]:
    """Yield alerts of latency, queue, GPUs and storage; the latter where hosts are known."""
    slo, window = at.slo, terms.settings.rate_window_s.value
    for wanted in slo.latency:
        signals = terms.of(wanted.of)
        expr = _any(at, signals, _latency(wanted, window))
        yield _level(at, (_named(wanted), f"({expr}) > {wanted.at_most_s:g}", "s"), signals)
    if slo.queue_at_most is not None:
        signals = terms.of("queue")
        expr = _any(at, signals, _over(queries.gauge_high, window))
        yield _level(at, ("queue", f"({expr}) > {slo.queue_at_most:g}", "requests"), signals)
    if slo.gpu_active_at_least is not None and at.scope.hosts:
        signals = terms.of("gpu")[:1]
        expr = _any(at, signals, _over(queries.gauge_mean, window))
        yield _level(at, ("gpu", f"({expr}) < {slo.gpu_active_at_least:g}", "at work"), signals)
    if slo.storage_at_most_s is not None and at.scope.hosts:
        signals = terms.of("storage")[:1]
        expr = _any(at, signals, _over(queries.slowest_mean, window))
        yield _level(at, ("storage", f"({expr}) > {slo.storage_at_most_s:g}", "s"), signals)


def _level(at: Promised, told: tuple[str, str, str], signals: Sequence[ServiceSignal]) -> Alert:
    what, expr, unit = told
    return Alert(
        name=f"tier-{at.tier}-{what.replace(' ', '-')}",
        expr=expr,
        for_s=PENDING_S,
        severity="warning",
        subject="service",
        summary=f"tier [tier] by [server]: {what} is [value] {unit}, which is not as promised",
        hint="`millwright manage slo` shows what else is not as it should be",
        explain=f"millwright explain service-signal:{signals[0].name}",
    )


def _named(wanted: LatencyObjective) -> str:
    return f"{wanted.of} p{wanted.percentile:g}"


def _latency(wanted: LatencyObjective, window_s: int) -> Callable[[ServiceSignal, Scope], str]:
    return lambda signal, scope: queries.percentile(signal, scope, wanted.percentile, window_s)


def _over(
    ask: Callable[[ServiceSignal, Scope, int], str], window_s: int
) -> Callable[[ServiceSignal, Scope], str]:
    return lambda signal, scope: ask(signal, scope, window_s)


def _any(
    at: Promised,
    signals: Sequence[ServiceSignal],
    ask: Callable[[ServiceSignal, Scope], str],
) -> str:
    """Return what any of the signals says, each marked with its server; the best comes first."""
    return " or ".join(_marked(ask(each, at.scope), at.tier, each) for each in signals)


def _marked(expression: str, tier: str, signal: ServiceSignal) -> str:
    named = f'label_replace({expression}, "tier", "{tier}", "", "")'
    return f'label_replace({named}, "server", "{signal.server}", "", "")'
