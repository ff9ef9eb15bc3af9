"""What a factory was held against: every bar with who says so, what was measured, what it said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from millwright.model.bar import Bar
from millwright.model.buildplan import BuildPlan
from millwright.reports.judgement import ORDER, Found, Judgement, mark
from millwright.reports.lots import Lot, by_metric
from millwright.reports.page import Cell, Field, Grid, Mark
from millwright.reports.scale import number

FIELDS = (
    Field("result", "mark"),
    Field("metric", "code"),
    Field("bar", "code"),
    Field("measured", "code"),
    Field("values", "number"),
    Field("not met", "number"),
    Field("source", share=1.2),
    Field("confidence", "code"),
    Field("under which conditions", share=1.4),
)
_TOLD = re.compile(r"^(?P<bar>.*) \((?P<source>[^()]*), (?P<confidence>[a-z]+)\)$")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One bar for one population; `count` is None where the verdict does not say how many."""

    metric: str
    conditions: str
    bar: str
    source: str
    confidence: str
    measured: str
    count: int | None
    missed: int
    result: Mark


def criteria(judged: Judgement, lots: Iterable[Lot], plan: BuildPlan | None) -> list[Criterion]:
    """Return every bar that judged something, then what was frozen and judged nothing, then what
    was measured without a bar."""
    told = list(_judged(judged)) or list(_from_findings(judged, by_metric(lots)))
    known = {(each.metric, each.bar) for each in told}
    told += [each for each in _frozen(plan) if (each.metric, each.bar) not in known]
    return sorted(told, key=lambda each: (-_gravity(each.result), each.metric, each.conditions))


def _gravity(result: Mark) -> int:
    return {"FAIL": 4, "NOT MEASURED": 3, "UNKNOWN": 3, "WARN": 2, "PASS": 1}.get(result.word, 0)


def criteria_grid(told: Iterable[Criterion]) -> Grid:
    """Return the criteria as a table."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.result,
            each.metric,
            each.bar or "no bar known",
            each.measured,
            each.count,
            each.missed,
            each.source,
            each.confidence,
            each.conditions,
        )
        for each in told
    )
    return Grid(FIELDS, rows, empty="No criterion was recorded.")


def _judged(judged: Judgement) -> Iterator[Criterion]:
    for population in judged.populations:
        metric = str(population.get("metric") or "")
        parts = (population.get("sku"), population.get("conditions"))
        conditions = ", ".join(str(part) for part in parts if part)
        count = population.get("count")
        measured = _median(population)
        bars = [str(bar) for bar in population.get("bars") or ()]
        for bar in bars:
            told = _TOLD.match(bar)
            words, source, sure = (told["bar"], told["source"], told["confidence"]) if told else (
                bar, "", "")  # fmt: skip
            missed = _missed(judged.findings, metric, words)
            yield Criterion(
                metric, conditions, words, source, sure, measured, count, len(missed),
                mark(_worst(missed)),
            )  # fmt: skip
        if not bars:
            note = str(population.get("note") or "")
            result = Mark("BASELINE" if population.get("mode") == "baseline" else "NO BAR", "plain")
            yield Criterion(metric, conditions, "", note, "", measured, count, 0, result)


def _median(population: Mapping[str, Any]) -> str:
    middle, unit = population.get("median"), population.get("unit") or ""
    return f"median {number(float(middle))} {unit}".rstrip() if middle is not None else ""


def _missed(found: Iterable[Found], metric: str, bar: str) -> list[Found]:
    return [
        f for f in found if f.metric == metric and f.kind == "gate" and f.bar in ("", bar) and
        not f.waived
    ]  # fmt: skip


def _worst(missed: Iterable[Found]) -> str:
    words = [finding.verdict for finding in missed]
    return max(words, key=lambda word: ORDER.get(word, 2), default="PASS")


def _from_findings(judged: Judgement, lots: Mapping[str, list[Lot]]) -> Iterator[Criterion]:
    """Yield what findings alone tell, for verdicts that do not list their populations."""
    bars = {(f.metric, f.bar): f for f in judged.findings if f.bar}
    for (metric, bar), sample in bars.items():
        missed = _missed(judged.findings, metric, bar)
        measured = [lot for lot in lots.get(metric, [])]
        count = sum(len(lot.values) for lot in measured) or None
        yield Criterion(
            metric, "", bar, sample.source, sample.confidence, _range(measured), count, len(missed),
            mark(_worst(missed)),
        )  # fmt: skip
    named = {metric for metric, _ in bars}
    for metric, measured in lots.items():
        if metric not in named:
            count = sum(len(lot.values) for lot in measured)
            note = "the verdict names no bar for it"
            result = Mark("NOT TOLD", "plain")
            yield Criterion(metric, "", "", note, "", _range(measured), count, 0, result)


def _range(lots: Iterable[Lot]) -> str:
    values = [value for lot in lots for value in lot.values]
    unit = next((lot.unit for lot in lots), "")
    if not values:
        return ""
    return f"{number(min(values))} to {number(max(values))} {unit}".rstrip()


def _frozen(plan: BuildPlan | None) -> Iterator[Criterion]:
    for raw in plan.criteria if plan is not None else ():
        bar = Bar.model_validate(raw)
        skus = ", ".join(bar.skus)
        yield Criterion(
            bar.metric, skus, bar.told, bar.source, bar.confidence, "nothing", 0, 0,
            Mark("NOT MEASURED", "unknown"),
        )  # fmt: skip
