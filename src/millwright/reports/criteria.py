"""What a factory was held against: every bar with who says so, what was measured, what it said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from millwright.model.bar import ANY, Bar, Span
from millwright.model.buildplan import BuildPlan
from millwright.model.measurement import Param
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
UNUSED = ("NOT PLANNED", "NOT APPLIED")
"""Results of frozen bars that had nothing to judge: they stand with what was not tested."""
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
    there = {each.metric for each in told if each.count}
    frozen = _frozen(plan, judged.platform, there)
    told += [each for each in frozen if (each.metric, each.bar) not in known]
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
        if each.result.word not in UNUSED
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
            among = population.get("mode") == "baseline"
            result = Mark("BASELINE", "plain") if among else Mark("NOT JUDGED", "unknown")
            why = f"{conditions}; {note}" if note and not among else conditions
            yield Criterion(metric, why, "", "", "", measured, count, 0, result)


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


def _bars(plan: BuildPlan | None) -> list[Bar]:
    return [Bar.model_validate(raw) for raw in plan.criteria] if plan is not None else []


def _meant(bar: Bar, plan: BuildPlan, platform: str) -> bool:
    """Return whether a bar is for machines and a platform like these."""
    here = {sku.casefold() for sku in plan.skus.values()}
    for_these = not bar.skus or bool(here & {sku.casefold() for sku in bar.skus})
    return for_these and (bar.platform == ANY or not platform or bar.platform == platform)


def elsewhere(plan: BuildPlan | None, platform: str) -> int:
    """Return how many frozen bars are for other machines or platforms."""
    return sum(plan is not None and not _meant(bar, plan, platform) for bar in _bars(plan))


def _condition(value: Param | Span) -> str:
    if not isinstance(value, Span):
        return f"{value:g}" if isinstance(value, float) else str(value)
    ends = ((value.at_least, ">="), (value.at_most, "<="))
    return " and ".join(f"{sign} {number(end)}" for end, sign in ends if end is not None)


def _frozen(plan: BuildPlan | None, platform: str, there: set[str]) -> Iterator[Criterion]:
    """Yield the bars for these machines, as if they had judged nothing."""
    expected = {e.metric for test in plan.tests for e in test.expects} if plan else set()
    for bar in _bars(plan):
        if plan is None or not _meant(bar, plan, platform):
            continue
        if bar.metric in there:
            result, why = Mark("NOT APPLIED", "plain"), "measured under other conditions"
        elif bar.metric in expected:
            result, why = Mark("NOT MEASURED", "unknown"), "planned, and nothing was measured"
        else:
            result, why = Mark("NOT PLANNED", "plain"), "no test of this plan measures it"
        where = ", ".join(
            f"{key} {_condition(value)}" for key, value in sorted(bar.conditions.items())
        )
        yield Criterion(
            bar.metric, where, bar.told, bar.source, bar.confidence, why, 0, 0, result
        )  # fmt: skip
