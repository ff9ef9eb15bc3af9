"""A small fleet that says what it does, minute by minute: for tests of the detector alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from millwright.adapters.telemetryfile import Reading
from millwright.model.telemetry import Telemetry

BEGIN = datetime(2026, 1, 5, 10, tzinfo=UTC).timestamp()
GPUS = 8
LEVELS = {"gpu_sm_clock": 1750.0, "gpu_tensor_active": 0.6, "gpu_temperature": 62.0,
          "gpu_utilization": 97.0}  # fmt: skip

Bend = Callable[[int, str, str, str, float], float | None]
"""Minute, node, device, metric and healthy value: what is said instead."""


def as_it_is(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
    """Return the value as it is."""
    return value


@dataclass(frozen=True)
class Lines:
    """How a small fleet is drawn. `labels` are by node."""

    nodes: int = 12
    minutes: int = 120
    seed: int = 1
    bend: Bend = as_it_is
    metrics: tuple[str, ...] = tuple(LEVELS)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    load: Callable[[int, str], float] = lambda minute, node: 1.0

    def told(self) -> Telemetry:
        """Return what the fleet says."""
        dice = random.Random(self.seed)
        reading = Reading()
        for at in range(self.nodes):
            node = f"gpu{at + 1:03d}"
            said = {"sku": "h100", "role": "compute", **self.labels.get(node, {})}
            labels = tuple(sorted(said.items()))
            for device in [f"gpu{gpu}" for gpu in range(GPUS)]:
                for metric in self.metrics:
                    own = dice.gauss(1, 0.008)
                    samples = []
                    for minute in range(self.minutes):
                        level = LEVELS[metric] * own * dice.gauss(1, 0.006)
                        if metric in ("gpu_tensor_active", "gpu_utilization"):
                            level *= self.load(minute, node)
                        value = self.bend(minute, node, device, metric, level)
                        if value is not None:
                            samples.append((BEGIN + 60 * minute, value))
                    reading.add((node, device, metric), labels, samples)
        return reading.finished()
