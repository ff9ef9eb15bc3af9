"""What the judge has to know of a metric: which way is worse, and how much of it matters."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.probes.metrics import named

SIGNED_UNITS = frozenset({"degC", "dB", "dBm", "V", "mV", "A", "%", "", "ticks"})
"""Units in which a value below zero may be true."""

NEVER_FAILS = frozenset({"thermal", "power", "utilization", "duration", "foreign", "unknown"})
"""Families in which to be unlike one's peers is a reason to look, and none to send back."""

FACTS = frozenset({"inventory"})
"""Families that are read and not measured: a second reading says the same."""


@dataclass(frozen=True, slots=True)
class Trait:
    """How a metric is judged: `worse` is +1 where more is worse, -1 where less is, 0 either way.

    The least difference that matters is in per cent of the peers, or in the unit; where neither
    is said, peers are not compared.
    """

    worse: int
    family: str
    unit: str
    percent: float | None
    absolute: float | None
    gates: bool = True

    @property
    def known(self) -> bool:
        """Return whether the vocabulary has the metric; an unknown one is WARN at most."""
        return self.family != "unknown"

    @property
    def compared(self) -> bool:
        """Return whether peers say anything about each other."""
        return self.percent is not None or self.absolute is not None


UNKNOWN = Trait(0, "unknown", "", 5.0, None, gates=False)
_SIGNS = {"lower": -1, "higher": 1, "either": 0}


def trait_of(metric: str) -> Trait:
    """Return how a metric is judged, by the vocabulary; an unknown one is judged two-sided."""
    found = named(metric)
    if found is None:
        return UNKNOWN
    delta = found.delta
    return Trait(
        _SIGNS[found.worse], found.family, found.unit, delta.percent, delta.absolute, found.gate
    )
