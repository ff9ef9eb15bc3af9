"""How a metric of telemetry is judged: what it is called here, its family, and what matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from millwright.model.detection import EvidenceFamily
from millwright.model.sourced import Sourced
from millwright.probes.metrics import Metric, named, told_as

OTHER = "other"
_SIGNS = {"lower": -1, "higher": 1, "either": 0}
_SUMS = frozenset({"B", "mJ", "ns", "ticks"})
_ABSOLUTE = frozenset({"degC", "dBm", "V"})
"""Units whose zero is no nothing: a share of the value says nothing there."""

ACTIVITY = ("gpu_utilization", "gpu_graphics_active", "gpu_sm_active", "gpu_tensor_active")
BOOTED = "host_booted"
_LEFT_OUT = frozenset({
    "gpu_last_xid", "gpu_memory_used", "gpu_memory_free", "file_system_free", "gpu_energy",
    "memory_available", "gpu_power_violation", "clock_offset", BOOTED,
})  # fmt: skip
"""What follows the job or the time of day alone, or never clears: peers say nothing of it."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One metric as it is judged. `worse` is +1 where more is worse, -1 where less, 0 either way.

    `change` is the least lasting change that is looked for and `floor` the least spread believed,
    both as shares, or in the unit where `absolute`. `cumulative` metrics count up for ever, if
    their values do. Of a `fact` one count more is proof, of a `state` that it is not zero.
    `judged` is false for what is read for other reasons; `errors` are counted
    one by one, and `activity` only tells how much is being done.
    """

    metric: str
    unit: str
    worse: int
    family: str
    change: float
    floor: float
    absolute: bool = False
    cumulative: bool = False
    load: bool = True
    fact: bool = False
    state: bool = False
    judged: bool = True
    scale: float = 1.0
    errors: bool = False
    activity: bool = False
    known: bool = True


def trait_of(name: str, families: Mapping[str, EvidenceFamily]) -> Trait:
    """Return how a metric is judged, whatever telemetry calls it; a stranger is two-sided."""
    told = told_as("dcgm", name) or told_as("node-exporter", name)
    metric, scale = (told[0], told[1].scale) if told else (named(name), 1.0)
    if metric is None:
        family = families[_by_words(name.lower(), families)]
        change, floor = _limits(family, absolute=False)
        return Trait(name, "", 0, family.name, change, floor, load=family.load,
                     cumulative=True, known=False)  # fmt: skip
    family = families[_family(metric, families)]
    absolute = metric.unit in _ABSOLUTE
    change, floor = _limits(family, absolute=absolute)
    return Trait(
        metric.name, metric.unit, _sign(metric, family), family.name, change, floor,
        absolute=absolute, cumulative=metric.family == "error-counter" or metric.unit in _SUMS,
        load=family.load and metric.family not in ("error-counter", "inventory"),
        fact=metric.name in family.facts, state=metric.name in family.states,
        judged=metric.name not in _LEFT_OUT, scale=scale,
        errors=metric.family == "error-counter", activity=metric.family == "utilization",
    )  # fmt: skip


def _sign(metric: Metric, family: EvidenceFamily) -> int:
    if metric.name in family.lower_is_worse:
        return -1
    return 1 if metric.name in family.higher_is_worse else _SIGNS[metric.worse]


def _family(metric: Metric, families: Mapping[str, EvidenceFamily]) -> str:
    """Return the family that names a metric, or its kind, or else what its words say."""
    for family in families.values():
        if metric.name in family.metrics:
            return family.name
    by_words = _by_words(metric.name, families)
    if metric.family in ("error-counter", "inventory", "utilization") and by_words != OTHER:
        return by_words
    return next((f.name for f in families.values() if metric.family in f.kinds), by_words)


def _by_words(name: str, families: Mapping[str, EvidenceFamily]) -> str:
    """Return the family whose words fit a name best: the longest word that occurs in it."""
    found = [
        (len(word), -at, family.name)
        for at, family in enumerate(families.values())
        for word in family.words
        if word in name
    ]
    return max(found)[2] if found else OTHER


def _limits(family: EvidenceFamily, *, absolute: bool) -> tuple[float, float]:
    if absolute and family.change_absolute is not None:
        return family.change_absolute.value, _value(family.floor_absolute, 0.1)
    return _value(family.change_percent, 3.0) / 100, _value(family.floor_percent, 0.5) / 100


def _value(found: Sourced[float] | None, otherwise: float) -> float:
    return otherwise if found is None else found.value
