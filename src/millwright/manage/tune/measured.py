"""Reads what a tuning test printed: one number, or why there is none."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence

from millwright.errors import MillwrightError
from millwright.model.burnin import BurnIn
from millwright.model.heard import Heard
from millwright.model.tuning import TuningTest
from millwright.probes.metrics import named as named_metric
from millwright.probes.registry import named


def words_of(test: TuningTest) -> tuple[str, ...]:
    """Return the command of a test, its open seconds filled in."""
    return tuple(word.replace("{seconds}", str(test.seconds)) for word in test.argv)


def number_of(test: TuningTest, heard: Heard) -> float | str:
    """Return what was measured, the median where it is told several times; else why nothing was."""
    if not heard.whole:
        said = (heard.errors.strip().splitlines() or [""])[-1][:200]
        missing = f"; install {test.package}" if heard.status == 127 and test.package else ""
        return (heard.reason or said or f"{test.argv[0]} ended with {heard.status}") + missing
    found = _from_json(test, heard.text) if test.reader == "json" else _read(test, heard.text)
    if not found:
        return f"{test.name} printed no {test.metric}"
    return statistics.median(found)


def named_tests(
    names: Sequence[str], known: Mapping[str, TuningTest], burnin: Mapping[str, BurnIn]
) -> tuple[TuningTest, ...]:
    """Return tests by name: those of tuning, and those of a burn-in that one node runs by itself.

    Raises MillwrightError where a name is none of these.
    """
    found = {name: known[name] for name in names if name in known}
    like = next(iter(known.values()), None)
    for name in names:
        if name in burnin and like is not None and (test := _of_burnin(burnin[name], like)):
            found.setdefault(name, test)
    strangers = [name for name in names if name not in found]
    if strangers:
        why = "is a burn-in test that wants more than one node and its time"
        told = why if strangers[0] in burnin else "is no tuning test"
        raise MillwrightError(f"{strangers[0]!r} {told}", hint=f"known are {', '.join(known)}")
    return tuple(found[name] for name in names)


def _of_burnin(test: BurnIn, like: TuningTest) -> TuningTest | None:
    """Return a burn-in's test as one of tuning, rounds and level like another's."""
    open_words = [word for word in test.argv if "{" in word.replace("{seconds}", "")]
    apart = (test.scope == "node", not test.files, not test.settings, not test.each_nic)
    metric = named_metric(test.yields[0].metric) if test.yields else None
    if open_words or test.destructive or test.output or not all(apart) or metric is None:
        return None
    own = {
        "name": test.name,
        "title": test.title,
        "source": test.source,
        "confidence": test.confidence,
        "argv": test.argv,
        "given": "",
        "reader": test.reader,
        "metric": metric.name,
        "device": "",
        "better": "lower" if metric.worse == "higher" else "higher",
        "package": next((need.package for need in test.needs if need.package), None),
        "seconds": min(test.seconds.values()),
        "proves": test.proves,
    }
    return like.model_copy(update=own)


def _from_json(test: TuningTest, text: str) -> list[float]:
    try:
        value = json.loads(text)[test.metric]
        return [float(value)] if math.isfinite(float(value)) else []
    except (ValueError, RecursionError, KeyError, TypeError):
        return []


def _read(test: TuningTest, text: str) -> list[float]:
    tool = named(test.reader)
    rows = tool.read(text).measurements if tool else ()
    return [
        row.value
        for row in rows
        if row.metric == test.metric
        and test.device in ("", row.device)
        and math.isfinite(row.value)
    ]
