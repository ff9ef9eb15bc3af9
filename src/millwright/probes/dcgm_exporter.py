"""dcgm-exporter's metrics in Prometheus' text form, whole GPUs and MIG instances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.exposition import Series, series_of
from millwright.probes.quantity import counter
from millwright.probes.reading import Reading, is_simulated

TOOL = "dcgm-exporter"


@dataclass(frozen=True, slots=True)
class Exposition:
    """Everything of one scrape, in its order."""

    series: tuple[Series, ...]

    def of(self, device: str) -> tuple[Series, ...]:
        """Return the series of one GPU or one instance."""
        return tuple(series for series in self.series if device_of(series) == device)


def command(port: int = 9400) -> list[str]:
    """Return what to ask a node that exports its own metrics."""
    return ["curl", "--silent", "--fail", f"http://localhost:{port}/metrics"]


def read(text: str) -> Reading[Exposition]:
    """Return every series; a line that is none, and an output without any, is a problem."""
    series, problems = series_of(text)
    facts = Exposition(tuple(series))
    return Reading(TOOL, facts, tuple(_measured(series)), tuple(problems), is_simulated(text))


def device_of(series: Series) -> str:
    """Return `gpu0`, or `gpu0/mig13` for an instance; empty for what is no GPU's."""
    gpu, instance = counter(series.label("gpu")), series.label("GPU_I_ID")
    if gpu is None:
        return ""
    return f"gpu{gpu}/mig{instance}" if instance else f"gpu{gpu}"


def _measured(series: Sequence[Series]) -> Iterator[Measurement]:
    for row in series:
        known, device = metrics.told_as("dcgm", row.name), device_of(row)
        if known and row.value is not None and device:
            metric, alias = known
            yield metric.of(row.value * alias.scale, device)
