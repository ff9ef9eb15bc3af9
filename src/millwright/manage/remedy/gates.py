"""What a repaired node has to pass again: the tests for its fault, and its own acceptance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from millwright.model.fingerprint import Fingerprint
from millwright.model.remedy import Gate, fits
from millwright.probes import metrics

SPREADS = 4.0
"""How many of a part's own spreads a reading may be worse than its acceptance."""


def gate_of(fault: str, gates: Iterable[Gate]) -> Gate | None:
    """Return the gate of a fault: that with the longest pattern that fits."""
    fitting = [
        (len(pattern), gate) for gate in gates for pattern in gate.faults if fits(pattern, fault)
    ]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


@dataclass(frozen=True, slots=True)
class Now:
    """What a metric of a device came to just now, over its attempts."""

    device: str
    metric: str
    unit: str
    test: str
    values: tuple[float, ...]


def below_acceptance(now: Iterable[Now], accepted: Sequence[Fingerprint]) -> Iterator[str]:
    """Yield what is worse than the same node's own acceptance by more than matters.

    `accepted` are the fingerprints of this node's serial numbers. A metric counts as worse from
    its practical difference on, and not within the spread that the part itself showed then.
    """
    known: Mapping[tuple[str, str, str], Fingerprint] = {
        (each.place or each.device, each.metric, each.test): each for each in accepted
    }
    for each in now:
        then = known.get((each.device, each.metric, each.test))
        metric = metrics.named(each.metric)
        if then is None or metric is None or not each.values or then.unit != each.unit:
            continue
        value = median(each.values)
        lost = {"lower": then.median - value, "higher": value - then.median}.get(
            metric.worse, abs(value - then.median)
        )
        allowed = _allowed(metric, then)
        if allowed is not None and lost > allowed:
            yield (
                f"{each.device} {each.metric}: {value:g} {each.unit}, and {then.median:g} when it "
                f"was accepted ({then.run}); {allowed:g} less is not noteworthy"
            ).lstrip()


def _allowed(metric: metrics.Metric, then: Fingerprint) -> float | None:
    """Return how much worse a reading may be; None where the metric is not compared."""
    percent, absolute = metric.practical_delta_percent, metric.practical_delta_absolute
    if percent is None and absolute is None:
        return None
    least = abs(then.median) * percent / 100 if percent is not None else absolute or 0.0
    return max(least, SPREADS * (then.spread or 0.0))
