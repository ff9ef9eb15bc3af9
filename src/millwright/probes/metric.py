"""What a metric is: a name, a unit, which way is worse, and how much of a difference matters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from millwright.model.measurement import Measurement, Param

Worse = Literal["lower", "higher", "either"]
Family = Literal[
    "compute",
    "memory",
    "interconnect",
    "network",
    "storage",
    "application",
    "clock",
    "thermal",
    "power",
    "error-counter",
    "utilization",
    "inventory",
    "duration",
    "foreign",
]
Telemetry = Literal["dcgm", "node-exporter"]

DELTA_SOURCE = "millwright-estimate"
DELTA_CONFIDENCE = "estimate"
"""Where all practical differences come from: habits of burn-in, to be overridden by who knows."""


@dataclass(frozen=True, slots=True)
class Delta:
    """The least difference from one's peers that matters: in per cent of theirs, or in the unit."""

    percent: float | None = None
    absolute: float | None = None


NONE = Delta()
_DELTAS: dict[Family, Delta] = {
    "compute": Delta(percent=2),
    "memory": Delta(percent=2),
    "interconnect": Delta(percent=3),
    "network": Delta(percent=3),
    "storage": Delta(percent=5),
    "application": Delta(percent=3),
    "clock": Delta(percent=3),
    "thermal": Delta(absolute=10),
    "power": Delta(percent=10),
    "error-counter": Delta(absolute=1),
    "utilization": NONE,
    "inventory": Delta(absolute=1),
    "duration": Delta(percent=20),
    "foreign": NONE,
}
_NEVER_GATES: frozenset[Family] = frozenset({"utilization", "foreign"})


@dataclass(frozen=True, slots=True)
class Alias:
    """What telemetry calls a metric: `scale` times its value is ours. `field` is DCGM's number."""

    system: Telemetry
    name: str
    field: int | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured. `worse` says which way a device goes that is not well.

    A name with `{test}` stands for one metric a test. `differs` overrides what matters in its
    family; `compared` is false where peers say nothing about each other.
    """

    name: str
    unit: str
    worse: Worse
    meaning: str
    family: Family
    aliases: tuple[Alias, ...] = ()
    differs: Delta | None = None
    compared: bool = True

    @property
    def gate(self) -> bool:
        """Whether a bar on it may fail a node; what tells of load alone never does."""
        return self.family not in _NEVER_GATES

    @property
    def delta(self) -> Delta:
        """What difference from its peers matters; none where they are not compared."""
        if not self.compared:
            return NONE
        return _DELTAS[self.family] if self.differs is None else self.differs

    @property
    def practical_delta_percent(self) -> float | None:
        """The difference that matters, in per cent of the peers; None where it is absolute."""
        return self.delta.percent

    @property
    def practical_delta_absolute(self) -> float | None:
        """The difference that matters, in the metric's unit; None where it is in per cent."""
        return self.delta.absolute

    def of(self, value: float, device: str = "", peer: str = "", /, **params: Param) -> Measurement:
        """Return a value of this metric; `params` are the conditions, in the order they stand."""
        return Measurement(self.name, value, self.unit, device, peer, tuple(params.items()))

    def named(self, test: str) -> Metric:
        """Return the member of this family that a test of that name gives."""
        return replace(self, name=self.name.format(test=test))


def dcgm(name: str, field: int, *newer: str) -> tuple[Alias, ...]:
    """Return a field's name in DCGM up to 4, and what it is called after that."""
    return tuple(Alias("dcgm", each, field) for each in (name, *newer))


def node_exporter(name: str, scale: float = 1.0) -> tuple[Alias, ...]:
    """Return a series of Prometheus' node exporter."""
    return (Alias("node-exporter", name, scale=scale),)
