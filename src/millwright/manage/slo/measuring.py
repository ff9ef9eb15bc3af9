"""Measures of one tier: each is asked where its series are there, and is UNKNOWN where not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from millwright.manage.slo import queries
from millwright.manage.slo.queries import Scope
from millwright.model.objective import LatencyObjective, LatencyOf, Slo
from millwright.model.serving import BurnRate, ServiceSignal, SignalOf, SloSettings
from millwright.model.slo import Kept, SloMeasure
from millwright.ports import Metrics, Sample

SHOWN: tuple[LatencyOf, ...] = ("first-token", "request")
"""Latencies whose 95th percentile is shown where nothing was promised of them."""
UNRECORDED = "the recording does not hold the answer"
NO_EVENT = "there is no number: nothing came in that time"
NO_HOSTS = "no pool of the design names this tier, so that its hosts are not known"
TO_NAME_HOSTS = "say `tier` in `compute` of factory.yaml, then `millwright design solve`"


@dataclass(frozen=True, slots=True)
class Terms:
    """The catalogue's part, by which all tiers are looked at."""

    signals: Sequence[ServiceSignal]
    burns: Sequence[BurnRate]
    settings: SloSettings

    def of(self, what: SignalOf) -> list[ServiceSignal]:
        """Return the signals of one thing, the best witness first."""
        return sorted((s for s in self.signals if s.of == what), key=lambda s: s.rank)


@dataclass(frozen=True, slots=True)
class Looked:
    """Where one tier is looked at: its series, whom one asks, and which series there are.

    `why` says why that is not known.
    """

    terms: Terms
    scope: Scope
    metrics: Metrics
    names: frozenset[str] = frozenset()
    why: str = ""

    def best(self, what: SignalOf) -> list[ServiceSignal]:
        """Return the best signal of each server that exports one of this thing."""
        found: dict[str, ServiceSignal] = {}
        for signal in self.terms.of(what):
            if signal.present in self.names:
                found.setdefault(signal.server, signal)
        return list(found.values())

    def lacking(self, what: SignalOf) -> tuple[str, str]:
        """Return why nothing of this thing can be told, and what would have to be exported."""
        signals = self.terms.of(what)
        if signals and all(signal.hosts for signal in signals) and not self.scope.hosts:
            return NO_HOSTS, TO_NAME_HOSTS
        wanted = dict.fromkeys(f"{each.server}: {each.export}" for each in signals)
        return self.why or "no series of it is there", "; or ".join(wanted)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that is asked for, by whichever signal there is, and what was promised of it."""

    of: SignalOf
    what: str
    query: Callable[[ServiceSignal, Scope, int], str]
    unit: str = "s"
    at_most: float | None = None
    at_least: float | None = None


def looked(terms: Terms, scope: Scope, metrics: Metrics) -> Looked:
    """Ask which series of the catalogue a tier has."""
    names: set[str] = set()
    why = ""
    for hosts in (False, True) if scope.hosts else (False,):
        found = metrics.now(queries.there(terms.signals, scope, hosts=hosts))
        why = UNRECORDED if found is None else why
        names |= {sample.labels.get("__name__", "") for sample in found or ()}
    return Looked(terms, scope, metrics, frozenset(names), why)


def measures(slo: Slo | None, at: Looked) -> tuple[SloMeasure, ...]:
    """Return what was measured of a tier: latencies, queue, GPUs, storage."""
    return tuple(each for wish in _wishes(slo or Slo()) for each in _measured(wish, at))


def _wishes(slo: Slo) -> Iterator[Wish]:
    promised = {each.of for each in slo.latency}
    for each in slo.latency:
        yield _latency(each.of, each.percentile, each)
    for of in SHOWN:
        if of not in promised:
            yield _latency(of, 95.0, None)
    most = slo.queue_at_most
    yield Wish("queue", "queue, 95 % of the time", queries.gauge_high, "requests", most)
    least = slo.gpu_active_at_least
    yield Wish("gpu", "GPUs at work", queries.gauge_mean, "", at_least=least)
    worst = slo.storage_at_most_s
    yield Wish("storage", "storage, slowest host", queries.slowest_mean, "s", worst)


def _latency(of: LatencyOf, percent: float, promised: LatencyObjective | None) -> Wish:
    def query(signal: ServiceSignal, scope: Scope, window_s: int) -> str:
        return queries.percentile(signal, scope, percent, window_s)

    most = promised.at_most_s if promised else None
    return Wish(of, f"{of} p{percent:g}", query, "s", most)


def _measured(wish: Wish, at: Looked) -> Iterator[SloMeasure]:
    """Yield one measure a server. Of hosts the best witness is judged, and others are shown."""
    signals = at.best(wish.of)
    if not signals:
        why, export = at.lacking(wish.of)
        yield _measure(wish, None).model_copy(update={"why": why, "export": export})
    for place, signal in enumerate(signals):
        shown = place > 0 and signal.hosts
        asked = replace(wish, at_most=None, at_least=None) if shown else wish
        yield _asked(asked, signal, at)


def _asked(wish: Wish, signal: ServiceSignal, at: Looked) -> SloMeasure:
    """Return what one signal says. A witness that says too much proves that too little was
    reached, and not that enough was."""
    query = wish.query(signal, at.scope, at.terms.settings.rate_window_s.value)
    found = at.metrics.now(query)
    sample = highest(found)
    value = sample.value if sample else None
    why = signal.misleading
    if value is None:
        why = UNRECORDED if found is None else NO_EVENT
    measure = _measure(wish, value)
    too_much = bool(signal.misleading) and measure.side == "at_least"
    doubted = too_much and measure.answer == "met"
    return measure.model_copy(
        update={
            "answer": "unknown" if doubted else measure.answer,
            "export": signal.export if doubted else "",
            "server": signal.server,
            "where": (sample.labels.get(at.scope.host_label, "") if sample else ""),
            "why": why,
            "query": query,
            "source": signal.source,
            "confidence": signal.confidence,
        }
    )


def _measure(wish: Wish, value: float | None) -> SloMeasure:
    limit = wish.at_most if wish.at_most is not None else wish.at_least
    side: Literal["at_most", "at_least", ""] = "" if limit is None else "at_least"
    if wish.at_most is not None:
        side = "at_most"
    answer = _kept(value, wish)
    return SloMeasure(
        what=wish.what, value=value, unit=wish.unit, limit=limit, side=side, answer=answer
    )


def _kept(value: float | None, wish: Wish) -> Kept:
    if value is None:
        return "unknown"
    if wish.at_most is not None:
        return "met" if value <= wish.at_most else "missed"
    if wish.at_least is not None:
        return "met" if value >= wish.at_least else "missed"
    return "shown"


def highest(found: Sequence[Sample] | None) -> Sample | None:
    """Return the sample with the largest number; None where there is no number."""
    numbers = [each for each in found or () if math.isfinite(each.value)]
    return max(numbers, key=lambda each: each.value, default=None)
