"""The vocabulary of metrics, as JSON and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millwright.probes.metric import DELTA_CONFIDENCE, DELTA_SOURCE, Alias, Metric
from millwright.reports.table import Table, left

SCHEMA = "millwright.metrics/1"


def metrics_document(metrics: Sequence[Metric]) -> dict[str, Any]:
    """Return every metric; a name with `{test}` stands for one metric a test."""
    return {"schema": SCHEMA, "metrics": [_metric(each) for each in _sorted(metrics)]}


def metrics_table(metrics: Sequence[Metric]) -> Table:
    """Return the same as rows."""
    rows = tuple(
        (
            each.name,
            each.unit or "as told",
            each.worse,
            each.family,
            "yes" if each.gate else "no",
            _difference(each),
            ", ".join(_called(alias) for alias in each.aliases),
            each.meaning,
        )
        for each in _sorted(metrics)
    )
    titles = ("metric", "unit", "worse", "family", "gate", "matters from", "telemetry", "what")
    return Table("Metrics", left(*titles), rows)


def _sorted(metrics: Sequence[Metric]) -> list[Metric]:
    return sorted(metrics, key=lambda each: each.name)


def _metric(each: Metric) -> dict[str, Any]:
    percent, absolute = each.practical_delta_percent, each.practical_delta_absolute
    delta: dict[str, Any] | None = {
        "percent": percent,
        "absolute": absolute,
        "source": DELTA_SOURCE,
        "confidence": DELTA_CONFIDENCE,
    }
    return {
        "name": each.name,
        "title": each.meaning,
        "unit": each.unit or None,
        "worse": each.worse,
        "family": each.family,
        "gate": each.gate,
        "practical_delta": None if percent is None and absolute is None else delta,
        "aliases": [_alias(alias) for alias in each.aliases],
    }


def _alias(alias: Alias) -> dict[str, Any]:
    return {
        "system": alias.system,
        "name": alias.name,
        "field": alias.field,
        "scale": alias.scale,
    }


def _called(alias: Alias) -> str:
    return alias.name if alias.field is None else f"{alias.name} ({alias.field})"


def _difference(each: Metric) -> str:
    if each.practical_delta_percent is not None:
        return f"{each.practical_delta_percent:g} %"
    if each.practical_delta_absolute is not None:
        return f"{each.practical_delta_absolute:g} {each.unit}"
    return ""
