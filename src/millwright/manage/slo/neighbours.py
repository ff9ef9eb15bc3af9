"""Noisy neighbours: hosts on which latency goes up with the load of others.

By rank correlation (Spearman), since load and latency do not go together by a straight line, and by
how much longer the latency is in the busiest third. Going together is no proof of a cause: where
the tier's own load goes with its latency as well as that of others, the host is not accused.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from millwright.manage.slo import queries
from millwright.manage.slo.measuring import NO_HOSTS, UNRECORDED, Looked
from millwright.model.serving import ServiceSignal, SignalOf, SloSettings
from millwright.model.slo import Neighbour
from millwright.ports import Track

PERCENT = 95.0
OF_LATENCY: tuple[SignalOf, ...] = ("request", "first-token")
BY_HOST = "label services' series by host, and scrape cAdvisor"
Series = Mapping[float, float]


def neighbours(at: Looked) -> tuple[tuple[Neighbour, ...], str]:
    """Return the hosts of a tier on which others work too, and why nothing is known of them."""
    latency = next((s for of in OF_LATENCY for s in at.best(of) if s.form == "histogram"), None)
    load = next(iter(at.best("other-load")), None)
    if not at.scope.hosts:
        return (), NO_HOSTS
    if latency is None:
        return (), "no histogram of latencies is there"
    if load is None:
        return (), "nothing tells the load of others on these hosts: " + at.lacking("other-load")[1]
    if str(load.tenant) not in at.scope.select:
        return (), f"say `select: {{{load.tenant}: ...}}` of the tier: who others are is not known"
    tracks = _tracks(latency, load, at)
    if tracks is None:
        return (), UNRECORDED
    slow, others, own = tracks
    common = sorted(slow.keys() & others.keys())
    if not common:
        return (), f"no host has both latency and the load of others: {BY_HOST}"
    settings = at.terms.settings
    return tuple(_neighbour(h, slow[h], (others[h], own.get(h, {})), settings) for h in common), ""


def _tracks(
    latency: ServiceSignal, load: ServiceSignal, at: Looked
) -> tuple[dict[str, Series], ...] | None:
    """Return latency, load of others and own requests by host; None where one is not recorded."""
    settings, scope = at.terms.settings, at.scope
    span, step = settings.neighbour_span_s.value, settings.neighbour_step_s.value
    asked = (
        queries.host_latency(latency, scope, PERCENT, step),
        queries.others_load(load, scope, step),
        queries.host_requests(latency, scope, step),
    )
    found = [at.metrics.over(query, span, step) for query in asked]
    if None in found:
        return None
    return tuple(_by_host(each or (), scope.host_label) for each in found)


def _by_host(tracks: Sequence[Track], label: str) -> dict[str, Series]:
    return {track.labels.get(label, ""): track.values for track in tracks}


def _neighbour(
    host: str, slow: Series, loads: tuple[Series, Series], settings: SloSettings
) -> Neighbour:
    others, own = loads
    moments = sorted(m for m in slow.keys() & others.keys() if _both(slow[m], others[m]))
    if len(moments) < settings.neighbour_points.value:
        why = f"{len(moments)} moments are too few: {settings.neighbour_points.value} are wanted"
        return Neighbour(host=host, answer="unknown", points=len(moments), why=why)
    latency, load = [slow[m] for m in moments], [others[m] for m in moments]
    found = Neighbour(
        host=host,
        answer="quiet",
        points=len(moments),
        correlation=by_rank(latency, load),
        own_correlation=_own(slow, own, moments),
        ratio=_thirds(latency, load),
    )
    return _judged(found, settings)


def _judged(found: Neighbour, settings: SloSettings) -> Neighbour:
    together, ratio, own = found.correlation, found.ratio, found.own_correlation
    if together is None or ratio is None:
        why = "nothing changed in that time, so that nothing can be told"
        return found.model_copy(update={"answer": "unknown", "why": why})
    wanted = settings.neighbour_correlation.value
    if together < wanted or ratio < settings.neighbour_ratio.value:
        return found
    if own is None:
        why = "the tier's own load there is not known: it may be that"
        return found.model_copy(update={"answer": "unknown", "why": why})
    if own >= together or own >= wanted:
        why = "latency goes with the tier's own load too: which of them it is cannot be told"
        return found.model_copy(update={"answer": "unknown", "why": why})
    why = f"latency is {ratio:.3g} times as long where others do most"
    return found.model_copy(update={"answer": "noisy", "why": why})


def _both(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)


def _own(slow: Series, own: Series, moments: Sequence[float]) -> float | None:
    known = [m for m in moments if m in own and math.isfinite(own[m])]
    if len(known) < len(moments) / 2:
        return None
    return by_rank([slow[m] for m in known], [own[m] for m in known]) or 0.0


def _thirds(latency: Sequence[float], load: Sequence[float]) -> float | None:
    """Return how many times as long latency is in the busiest third as in the calmest."""
    ordered = [value for _, value in sorted(zip(load, latency, strict=True))]
    third = len(ordered) // 3
    calm = statistics.median(ordered[:third])
    return statistics.median(ordered[-third:]) / calm if calm > 0 else None


def by_rank(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the rank correlation (Spearman, ties shared); None where one of them stands still."""
    try:
        return statistics.correlation(_ranks(one), _ranks(other))
    except statistics.StatisticsError:
        return None


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(values)
    first: dict[float, int] = {}
    count: dict[float, int] = {}
    for place, value in enumerate(order):
        first.setdefault(value, place)
        count[value] = count.get(value, 0) + 1
    return [first[value] + (count[value] - 1) / 2 for value in values]
