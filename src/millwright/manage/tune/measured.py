"""Reads what a tuning test printed: one number, or why there is none."""

from __future__ import annotations

import json
import math
import statistics

from millwright.model.heard import Heard
from millwright.model.tuning import TuningTest
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


def _from_json(test: TuningTest, text: str) -> list[float]:
    try:
        value = json.loads(text)[test.metric]
        return [float(value)] if math.isfinite(float(value)) else []
    except (ValueError, KeyError, TypeError):
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
