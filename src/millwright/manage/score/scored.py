"""Precision, recall, delay and false alarms of judges over one fleet or several.

A notice is right where it names a node of something planted, its device or the whole node, while
it lasts or within an hour after. Several notices of one device are one. What is right about
something that should raise nothing (a planned reboot) is a false alarm.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.manage.score.notices import Notice, seconds_of
from millwright.model.fleet import ratio
from millwright.model.telemetrytruth import (
    DetectionScore,
    JudgeScore,
    NoticedScore,
    PlantedFault,
    Rate,
    TelemetryTruth,
)

IN_TIME_S = 900.0
_SLACK_S = 120.0
_AFTER_S = 3600.0
_WEEK_S = 7 * 86_400.0
_FLEET = 500
_FROM_PERCENT = 5.0
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Run:
    """One fleet: what was planted, and what each judge said, by its name."""

    truth: TelemetryTruth
    said: Mapping[str, Sequence[Notice]]


def poisson(events: int, exposure: float) -> Rate:
    """Return a rate with its interval of 95 % (Garwood 1936, by Wilson and Hilferty's cubes)."""
    exposure = max(exposure, 1e-12)
    low = 0.0 if events == 0 else events * (1 - 1 / (9 * events) - _Z / (3 * events**0.5)) ** 3
    more = events + 1
    high = more * (1 - 1 / (9 * more) + _Z / (3 * more**0.5)) ** 3
    return Rate(
        events=events, exposure=round(exposure, 4), rate=round(events / exposure, 4),
        low=round(low / exposure, 4), high=round(high / exposure, 4),
    )  # fmt: skip


def score(runs: Sequence[Run]) -> DetectionScore:
    """Return the score of every judge that spoke in all runs."""
    spans = [seconds_of(run.truth.end) - seconds_of(run.truth.begin) for run in runs]
    exposure = sum(
        span / _WEEK_S * run.truth.gpus / _FLEET for span, run in zip(spans, runs, strict=True)
    )
    return DetectionScore(
        simulated=all(run.truth.simulated for run in runs),
        gpus=max(run.truth.gpus for run in runs), hours=round(sum(spans) / 3600, 2),
        runs=len(runs),
        judges=tuple(_judge(name, runs, exposure) for name in runs[0].said),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Outcome:
    fault: PlantedFault
    delay_s: float
    acted: bool


def _judge(name: str, runs: Sequence[Run], exposure: float) -> JudgeScore:
    outcomes: list[_Outcome] = []
    right = wrong = right_acts = acts = 0
    for run in runs:
        places = _places(run.said[name])
        for notices in places.values():
            hit = any(_right(notice, fault) for notice in notices for fault in run.truth.faults)
            right, wrong = right + hit, wrong + (not hit)
            if any(notice.acts for notice in notices):
                acts, right_acts = acts + 1, right_acts + hit
        outcomes += [_outcome(f, run.said[name]) for f in run.truth.faults if f.expected]
    large = [each for each in outcomes if each.fault.size_percent >= _FROM_PERCENT]
    delays = [each.delay_s / 60 for each in outcomes if math.isfinite(each.delay_s)]
    return JudgeScore(
        judge=name, precision=ratio(right, right + wrong), act_precision=ratio(right_acts, acts),
        recall=ratio(sum(map(_seen, outcomes)), len(outcomes)),
        recall_from_5_percent=ratio(sum(map(_in_time, large)), len(large)),
        false_alarms=poisson(wrong, exposure),
        minutes_median=round(statistics.median(delays), 1) if delays else None,
        scores=_by_kind(outcomes),
    )  # fmt: skip


def _places(notices: Sequence[Notice]) -> dict[tuple[frozenset[str], str], list[Notice]]:
    found: dict[tuple[frozenset[str], str], list[Notice]] = defaultdict(list)
    for notice in notices:
        found[notice.nodes, notice.device].append(notice)
    return found


def _right(notice: Notice, fault: PlantedFault) -> bool:
    if not fault.expected or not notice.nodes & set(fault.nodes):
        return False
    if 2 * len(notice.nodes & set(fault.nodes)) < len(notice.nodes):
        return False
    if notice.device and fault.device and notice.device != fault.device:
        return False
    begin = seconds_of(fault.begin)
    end = seconds_of(fault.end) if fault.end else math.inf
    return begin - _SLACK_S <= notice.noticed <= end + _AFTER_S


def _outcome(fault: PlantedFault, notices: Sequence[Notice]) -> _Outcome:
    mine = [notice for notice in notices if _right(notice, fault)]
    begin = seconds_of(fault.begin)
    first = min((max(notice.noticed - begin, 0.0) for notice in mine), default=math.inf)
    return _Outcome(fault, first, any(notice.acts for notice in mine))


def _seen(each: _Outcome) -> bool:
    return math.isfinite(each.delay_s)


def _in_time(each: _Outcome) -> bool:
    return each.delay_s <= IN_TIME_S


def _by_kind(outcomes: Sequence[_Outcome]) -> tuple[NoticedScore, ...]:
    groups: dict[tuple[str, float], list[_Outcome]] = defaultdict(list)
    for each in outcomes:
        groups[each.fault.kind, each.fault.size_percent].append(each)
    found = []
    for (kind, size), mine in sorted(groups.items()):
        delays = [each.delay_s / 60 for each in mine if _seen(each)]
        found.append(
            NoticedScore(
                kind=kind, size_percent=size, noticed=ratio(sum(map(_seen, mine)), len(mine)),
                in_time=ratio(sum(map(_in_time, mine)), len(mine)),
                acted=ratio(sum(each.acted for each in mine), len(mine)),
                minutes_median=round(statistics.median(delays), 1) if delays else None,
            )
        )  # fmt: skip
    return tuple(found)
