"""Answers to single queries of Prometheus: asked of a server, or read from a recording of them.

    schema: millwright.slo-answers/1
    at: 2026-01-05T10:00:00Z
    instant: {QUERY: RESULT}
    range: {QUERY: RESULT}

A RESULT is what Prometheus gives as `data.result`. One document of JSON, which `--record` writes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.prometheus import Unreached
from millwright.adapters.yamlfile import problem, read
from millwright.errors import InputError, MillwrightError
from millwright.model.base import Frozen
from millwright.ports import Sample, Track

SCHEMA = "millwright.slo-answers/1"
MOST_BYTES = 64 << 20
Ask = Callable[[str, Mapping[str, str]], list[Any]]


class Answers(Frozen):
    """The whole of a recording."""

    schema_: Annotated[Literal["millwright.slo-answers/1"], Field(alias="schema")] = (
        "millwright.slo-answers/1"
    )
    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    simulated: bool = False
    instant: dict[str, list[Any]] = {}
    range: dict[str, list[Any]] = {}


@dataclass(slots=True)
class AskedMetrics:
    """Asks a server at one moment, and keeps what it said."""

    ask: Ask
    at_s: float
    instant: dict[str, list[Any]] = field(default_factory=dict)
    ranges: dict[str, list[Any]] = field(default_factory=dict)

    def now(self, query: str) -> Sequence[Sample] | None:
        """Return what a query gives at that moment. Raises Unreached."""
        if query not in self.instant:
            words = {"query": query, "time": f"{self.at_s:.3f}"}
            self.instant[query] = self.ask("/api/v1/query", words)
        return [_sample(each) for each in self.instant[query]]

    def over(self, query: str, span_s: int, step_s: int) -> Sequence[Track] | None:
        """Return what it gave until that moment. Raises Unreached."""
        if query not in self.ranges:
            words = {
                "query": query, "start": f"{self.at_s - span_s:.3f}", "end": f"{self.at_s:.3f}",
                "step": str(step_s),
            }  # fmt: skip
            self.ranges[query] = self.ask("/api/v1/query_range", words)
        return [_track(each) for each in self.ranges[query]]


@dataclass(frozen=True, slots=True)
class RecordedMetrics:
    """Answers from a recording, and None where it has no answer."""

    answers: Answers

    def now(self, query: str) -> Sequence[Sample] | None:
        """Return the recorded answer."""
        found = self.answers.instant.get(query)
        return None if found is None else [_sample(each) for each in found]

    def over(self, query: str, span_s: int, step_s: int) -> Sequence[Track] | None:
        """Return the recorded answer."""
        del span_s, step_s
        found = self.answers.range.get(query)
        return None if found is None else [_track(each) for each in found]


def read_answers(path: Path) -> Answers:
    """Return a recording. Raises InputError with file, line and key of what is wrong."""
    document = read(path, max_bytes=MOST_BYTES)
    try:
        answers = Answers.model_validate(document.value)
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, Answers)) from None
    for key, results, taken in (
        ("instant", answers.instant, _sample),
        ("range", answers.range, _track),
    ):
        for query, result in results.items():
            try:
                list(map(taken, result))
            except Unreached as error:
                place = document.position((key, query))
                raise problem(path, place, error.message, "a result of Prometheus") from None
    return answers


def write_answers(path: Path, answers: Answers) -> None:
    """Write a recording."""
    text = json.dumps(answers.model_dump(mode="json", by_alias=True), indent=1)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise MillwrightError(f"cannot write {path}: {error.strerror}") from None


def _sample(raw: Any) -> Sample:
    try:
        return Sample(_labels(raw["metric"]), _number(raw["value"][1]))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise Unreached("an answer holds something that is no value of a series") from None


def _track(raw: Any) -> Track:
    try:
        values = {float(moment): _number(value) for moment, value in raw["values"]}
        return Track(_labels(raw["metric"]), values)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unreached("an answer holds something that is no series") from None


def _labels(raw: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in raw.items()}


def _number(text: Any) -> float:
    value = float(text)
    return value if math.isfinite(value) else math.nan
