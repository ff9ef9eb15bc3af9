"""The vocabulary: every metric that is measured, and what telemetry calls it.

Readers take metrics by constant; whoever has only a name asks `named`. Of two patterns that fit,
the one with more letters of its own holds: `nccl_all_reduce_avg_busbw` is an average.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import ModuleType

from millwright.probes import (
    metrics_burnin,
    metrics_day2,
    metrics_fabric,
    metrics_gpu,
    metrics_gpu_errors,
    metrics_host,
    metrics_parts,
)
from millwright.probes.metric import Alias, Telemetry
from millwright.probes.metric import Metric as Metric
from millwright.probes.metrics_burnin import *
from millwright.probes.metrics_day2 import *
from millwright.probes.metrics_fabric import *
from millwright.probes.metrics_gpu import *
from millwright.probes.metrics_gpu_errors import *
from millwright.probes.metrics_host import *
from millwright.probes.metrics_parts import *

_TABLES = (
    metrics_gpu,
    metrics_gpu_errors,
    metrics_fabric,
    metrics_burnin,
    metrics_host,
    metrics_parts,
    metrics_day2,
)


def _rows(table: ModuleType) -> Iterator[Metric]:
    return (value for value in vars(table).values() if isinstance(value, Metric))


ALL: Sequence[Metric] = tuple(metric for table in _TABLES for metric in _rows(table))
_EXACT = {metric.name: metric for metric in ALL if "{test}" not in metric.name}
_PATTERNS = [
    (re.compile(re.escape(metric.name).replace(r"\{test\}", "([a-z0-9_]+)", 1)), metric)
    for metric in sorted(ALL, key=lambda metric: len(metric.name), reverse=True)
    if "{test}" in metric.name
]
_ALIASES = {
    (alias.system, alias.name): (metric, alias) for metric in ALL for alias in metric.aliases
}


def named(name: str) -> Metric | None:
    """Return the metric of a name, be it of its own or one of a pattern; None for a stranger."""
    if exact := _EXACT.get(name):
        return exact
    fitting = (
        (found, metric) for pattern, metric in _PATTERNS if (found := pattern.fullmatch(name))
    )
    return next((metric.named(found[1]) for found, metric in fitting), None)


def told_as(system: Telemetry, name: str) -> tuple[Metric, Alias] | None:
    """Return the metric that telemetry calls so, and how its values become ours."""
    return _ALIASES.get((system, name))
