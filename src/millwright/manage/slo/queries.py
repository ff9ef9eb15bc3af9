"""Questions in PromQL about one tier, from the signals of the catalogue. Pure text.

What goes in is of the spec and the catalogue, whose patterns leave no quote and no backslash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.model.serving import ServiceSignal
from millwright.model.site import Tier


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose series are asked for: labels of the tier's services, and its hosts."""

    select: Mapping[str, str]
    hosts: tuple[str, ...]
    host_label: str = "host"

    def of(self, signal: ServiceSignal) -> str:
        """Return the matchers of a signal's series."""
        if not signal.hosts:
            return matchers(self.select)
        names = "|".join(name.replace(".", "[.]") for name in self.hosts)
        return f'{self.host_label}=~"({names})(:[0-9]+)?"'


def scope_of(tier: Tier, hosts: Sequence[str]) -> Scope:
    """Return how a tier's series are told: `tier: NAME` where the spec says nothing else."""
    if tier.slo is None:
        return Scope({"tier": tier.name}, tuple(hosts))
    return Scope(tier.slo.select or {"tier": tier.name}, tuple(hosts), tier.slo.host_label)


def matchers(labels: Mapping[str, str]) -> str:
    """Return matchers of labels; a value that begins with ~ is a regular expression."""
    return ",".join(
        f'{key}=~"{value[1:]}"' if value.startswith("~") else f'{key}="{value}"'
        for key, value in labels.items()
    )


def there(signals: Sequence[ServiceSignal], scope: Scope, *, hosts: bool) -> str:
    """Return the question which of these signals' series there are."""
    chosen = [each for each in signals if each.hosts == hosts]
    names = "|".join(sorted({each.present for each in chosen}))
    return f'count by (__name__) ({{__name__=~"{names}",{scope.of(chosen[0])}}})'


def percentile(signal: ServiceSignal, scope: Scope, percent: float, window_s: int) -> str:
    """Return the question for a percentile of a latency, in seconds."""
    if signal.form == "summary":
        picked = _series(signal.metric, f'quantile="{percent / 100:g}"', scope.of(signal))
        return _scaled(f"max({picked})", signal.scale)
    buckets = _series(f"{signal.metric}_bucket", scope.of(signal))
    rates = f"sum by (le) (rate({buckets}[{window_s}s]))"
    return _scaled(f"histogram_quantile({percent / 100:g}, {rates})", signal.scale)


def error_ratio(signal: ServiceSignal, scope: Scope, window_s: int) -> str:
    """Return the question for the share of requests that failed; nothing where none came.

    Of what is summed up, the first series must be there: failures may never have been.
    """
    own = scope.of(signal)
    failed = _series(signal.metric, matchers(signal.labels), own)
    totals = (_series(name, matchers(signal.over_labels), own) for name in signal.over)
    first, *others = (f"sum(rate({each}[{window_s}s]))" for each in totals)
    whole = " + ".join((first, *(f"({each} or vector(0))" for each in others)))
    return f"(sum(rate({failed}[{window_s}s])) or vector(0)) / ({whole})"


def gauge_high(signal: ServiceSignal, scope: Scope, window_s: int) -> str:
    """Return the question for what a sum of gauges does not exceed in 95 % of a window."""
    whole = _scaled(f"sum({_series(signal.metric, scope.of(signal))})", signal.scale)
    return f"quantile_over_time(0.95, ({whole})[{window_s}s:60s])"


def gauge_mean(signal: ServiceSignal, scope: Scope, window_s: int) -> str:
    """Return the question for the mean of gauges over a window."""
    mean = f"avg(avg_over_time({_series(signal.metric, scope.of(signal))}[{window_s}s]))"
    return _scaled(mean, signal.scale)


def slowest_mean(signal: ServiceSignal, scope: Scope, window_s: int) -> str:
    """Return the question for the mean time of an event on the host where it is longest."""
    by = f"sum by ({scope.host_label})"
    own = scope.of(signal)
    spent = f"{by} (rate({_series(signal.metric, own)}[{window_s}s]))"
    events = f"{by} (rate({_series(signal.over[0], own)}[{window_s}s])) > 0"
    return f"topk(1, {spent} / ({events}))"


def host_latency(signal: ServiceSignal, scope: Scope, percent: float, step_s: int) -> str:
    """Return the question for a percentile on each host."""
    buckets = _series(f"{signal.metric}_bucket", scope.of(signal))
    rates = f"sum by (le, {scope.host_label}) (rate({buckets}[{step_s}s]))"
    return _scaled(f"histogram_quantile({percent / 100:g}, {rates})", signal.scale)


def host_requests(signal: ServiceSignal, scope: Scope, step_s: int) -> str:
    """Return the question for the tier's own requests a second on each host."""
    counted = _series(f"{signal.metric}_count", scope.of(signal))
    return f"sum by ({scope.host_label}) (rate({counted}[{step_s}s]))"


def others_load(signal: ServiceSignal, scope: Scope, step_s: int) -> str:
    """Return the question for what others than the tier do on each of its hosts."""
    tenant = f'{signal.tenant}!="",{signal.tenant}!="{scope.select[str(signal.tenant)]}"'
    series = _series(signal.metric, tenant, scope.of(signal))
    return f"sum by ({scope.host_label}) (rate({series}[{step_s}s]))"


def _series(name: str, *inner: str) -> str:
    return f"{name}{{{','.join(each for each in inner if each)}}}"


def _scaled(expression: str, scale: float) -> str:
    return expression if scale == 1 else f"{expression} * {scale:g}"
