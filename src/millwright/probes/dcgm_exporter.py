"""dcgm-exporter's metrics in Prometheus' text form, whole GPUs and MIG instances."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import not_understood, output
from millwright.probes.quantity import counter, quantity
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgm-exporter"
_SERIES = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})?\s+"
    r"(?P<value>[^\s{}]+)(?:\s+-?\d{1,20})?"
)
_LABEL = re.compile(r'\s*(?P<name>[a-zA-Z_]\w*)="(?P<value>(?:[^"\\]|\\.)*)"\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a series."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Series:
    """One line; the value is None for what DCGM calls blank and Prometheus NaN."""

    name: str
    labels: tuple[Label, ...]
    value: float | None

    def label(self, name: str) -> str | None:
        """Return a label's value; letter case is apart, for it changed over the releases."""
        return next(
            (label.value for label in self.labels if label.name.lower() == name.lower()), None
        )

    @property
    def device(self) -> str:
        """`gpu0`, or `gpu0/mig13` for an instance; empty for what is no GPU's."""
        gpu, instance = counter(self.label("gpu")), self.label("GPU_I_ID")
        if gpu is None:
            return ""
        return f"gpu{gpu}/mig{instance}" if instance else f"gpu{gpu}"


@dataclass(frozen=True, slots=True)
class Exposition:
    """Everything of one scrape, in its order."""

    series: tuple[Series, ...]

    def of(self, device: str) -> tuple[Series, ...]:
        """Return the series of one GPU or one instance."""
        return tuple(series for series in self.series if series.device == device)


def command(port: int = 9400) -> list[str]:
    """Return what to ask a node that exports its own metrics."""
    return ["curl", "--silent", "--fail", f"http://localhost:{port}/metrics"]


def read(text: str) -> Reading[Exposition]:
    """Return every series; a line that is none, and an output without any, is a problem."""
    lines = output(text)
    problems = lines.problems
    series: list[Series] = []
    for at, line in lines.whole:
        told = line.strip()
        if not told or told.startswith("#"):
            continue
        if found := _series(told):
            series.append(found)
        else:
            problems.append(not_understood((at, line)))
    problems += [] if series else [Problem("no metric is exported")]
    facts = Exposition(tuple(series))
    return Reading(TOOL, facts, tuple(_measured(series)), tuple(problems), is_simulated(text))


def _series(line: str) -> Series | None:
    found = _SERIES.fullmatch(line)
    if found is None:
        return None
    labels = _labels(found["labels"] or "")
    value = quantity(found["value"], "")
    blank = found["value"].lower() in ("nan", "+inf", "-inf")
    if labels is None or (value is None and not blank and not _is_number(found["value"])):
        return None
    return Series(found["name"], labels, value)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[\d.]+(?:[eE][+-]?\d+)?", text))


def _labels(told: str) -> tuple[Label, ...] | None:
    labels: list[Label] = []
    at = 0
    while at < len(told):
        found = _LABEL.match(told, at)
        if found is None:
            return None
        labels.append(Label(found["name"], re.sub(r"\\(.)", r"\1", found["value"])))
        at = found.end()
    return tuple(labels)


def _measured(series: Sequence[Series]) -> Iterator[Measurement]:
    for row in series:
        known = metrics.told_as("dcgm", row.name)
        if known and row.value is not None and row.device:
            metric, alias = known
            yield metric.of(row.value * alias.scale, row.device)
