"""What a repaired node has to pass again: the tests for its fault, and its own acceptance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import median

from millwright.model.fingerprint import Fingerprint
from millwright.model.measurements import Measurements
from millwright.model.remedy import Gate, fits
from millwright.probes import metrics
from millwright.probes.metric import Delta

SPREADS = 4.0
"""How many of a part's own spreads a reading may be worse than its acceptance."""


def gate_of(fault: str, gates: Iterable[Gate]) -> Gate | None:
    """Return the gate of a fault: that with the longest pattern that fits."""
    fitting = [
        (len(pattern), gate) for gate in gates for pattern in gate.faults if fits(pattern, fault)
    ]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


@dataclass(frozen=True, slots=True)
class Beside:
    """A node beside its own acceptance: how many values could be compared, and which are worse."""

    compared: int
    worse: tuple[str, ...]


def beside_acceptance(now: Sequence[Fingerprint], accepted: Sequence[Fingerprint]) -> Beside:
    """Return what of a node is worse than when it was accepted, by more than matters.

    Values are compared under the same conditions only. One counts as worse from its metric's
    practical difference on, and not within the spread that the part itself showed then.
    """
    known = {each.key: each for each in accepted}
    pairs = [(each, known[each.key]) for each in now if each.key in known]
    return Beside(len(pairs), tuple(told for pair in pairs if (told := _worse(*pair))))


def _worse(now: Fingerprint, then: Fingerprint) -> str:
    metric = metrics.named(now.metric)
    allowed = _allowed(metric, then) if metric is not None else None
    if metric is None or allowed is None:
        return ""
    lost = {"lower": then.median - now.median, "higher": now.median - then.median}.get(
        metric.worse, abs(now.median - then.median)
    )
    if lost <= allowed:
        return ""
    return (
        f"{now.place} {now.metric}: {now.median:g} {now.unit}, and {then.median:g} when it was "
        f"accepted ({then.run}); a difference of {allowed:g} would not matter"
    ).lstrip()


SIBLINGS = 4
"""Devices that a node must have before one is held against the others."""
APART = 2.0
"""How many practical differences one device may be worse than its siblings."""
ROBUST = 6.0
"""How many robust deviations of the siblings, at least."""


def beside_siblings(columns: Measurements, node: str) -> Beside:
    """Return which devices of a node are worse than the others of the node under one condition.

    For a node that is tested alone this is all that its own measurements say of themselves; what
    all its devices have in common is not seen so.
    """
    groups: dict[int, dict[str, list[float]]] = {}
    for at in range(len(columns)):
        device = columns.devices[columns.device[at]]
        if columns.nodes[columns.node[at]] != node or not device or columns.peer[at] >= 0:
            continue
        if not isnan(columns.value[at]):
            devices = groups.setdefault(columns.subject[at], {})
            devices.setdefault(device, []).append(columns.value[at])
    compared, worse = 0, []
    for subject, devices in groups.items():
        metric = metrics.named(columns.subjects[subject].metric)
        if metric is None or metric.delta == Delta() or len(devices) < SIBLINGS:
            continue
        compared += len(devices)
        middles = {name: median(values) for name, values in devices.items()}
        worse += list(_apart(metric, columns.subjects[subject].unit, middles))
    return Beside(compared, tuple(worse))


def _apart(metric: metrics.Metric, unit: str, values: Mapping[str, float]) -> Iterator[str]:
    for name, value in values.items():
        others = [each for other, each in values.items() if other != name]
        middle = median(others)
        spread = 1.4826 * median(abs(each - middle) for each in others)
        lost = {"lower": middle - value, "higher": value - middle}.get(
            metric.worse, abs(value - middle)
        )
        percent, absolute = metric.practical_delta_percent, metric.practical_delta_absolute
        least = abs(middle) * percent / 100 if percent is not None else absolute or 0.0
        if lost > max(APART * least, ROBUST * spread):
            yield f"{name} {metric.name}: {value:g} {unit}, and {middle:g} beside it"


def _allowed(metric: metrics.Metric, then: Fingerprint) -> float | None:
    """Return how much worse a reading may be; None where the metric is not compared."""
    percent, absolute = metric.practical_delta_percent, metric.practical_delta_absolute
    if percent is None and absolute is None:
        return None
    least = abs(then.median) * percent / 100 if percent is not None else absolute or 0.0
    return max(least, SPREADS * (then.spread or 0.0))
