"""Prometheus' text form: one series a line, with labels."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.endings import not_understood, output
from millwright.probes.quantity import quantity
from millwright.probes.reading import Problem

_SERIES = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})?\s+"
    r"(?P<value>[^\s{}]+)(?:\s+-?\d{1,20})?"
)
_LABEL = re.compile(r'\s*(?P<name>[a-zA-Z_]\w*)="(?P<value>(?:[^"\\]|\\.)*)"\s*(?:,|$)')
_BLANKS = ("nan", "+inf", "-inf")


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


def series_of(text: str) -> tuple[list[Series], list[Problem]]:
    """Return every series; a line that is none, and a text without any, is a problem."""
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
    return series, problems + ([] if series else [Problem("no metric is exported")])


def _series(line: str) -> Series | None:
    found = _SERIES.fullmatch(line)
    if found is None:
        return None
    labels = _labels(found["labels"] or "")
    value = quantity(found["value"], "")
    blank = found["value"].lower() in _BLANKS
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
