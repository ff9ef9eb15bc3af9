"""Values of a fleet as a picture: every node a dot, the bar a line, what stands out by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from millwright.reports.page import Tone
from millwright.reports.picture import (
    WIDTH_OF_A_LETTER,
    Box,
    Dots,
    Paint,
    Picture,
    Shape,
    Sign,
    Stroke,
    Words,
    fitting,
)
from millwright.reports.scale import Scale, number, scale, short

WIDTH = 760.0
LEFT, RIGHT = 16.0, 744.0
DOT = 5.0
NAMED = 8
"""Outliers that are named in the picture; more are counted."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one node or device; `tone` is set where it stands out."""

    name: str
    value: float
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A line that values are held against: a bar, or the median of the peers."""

    value: float
    words: str
    is_bar: bool = True


Ground = tuple[float, Callable[[float], list[Shape]]]
"""What usual values look like: how high, and their shapes above a floor."""


def strip(title: str, unit: str, readings: Sequence[Reading], limits: Sequence[Limit]) -> Picture:
    """Return a strip: all values on one axis, equal ones on top of each other, outliers named."""
    return _picture((title, unit), readings, limits, _dots)


def histogram(
    title: str, unit: str, readings: Sequence[Reading], limits: Sequence[Limit]
) -> Picture:
    """Return how usual values are spread, in bins of equal width, outliers named below them."""
    return _picture((title, unit), readings, limits, _bars)


def _picture(
    titles: tuple[str, str],
    readings: Sequence[Reading],
    limits: Sequence[Limit],
    ground: Callable[[Sequence[float], Scale], Ground],
) -> Picture:
    title, unit = titles
    known = [r for r in readings if math.isfinite(r.value)]
    axis = scale([r.value for r in known] + [limit.value for limit in limits], LEFT, RIGHT)
    height, drawn = ground([r.value for r in known if r.tone is None], axis)
    marked = sorted((r for r in known if r.tone is not None), key=lambda r: r.value)
    names, rows = _names(marked[:NAMED], axis)
    top = 20.0 + 15 * len(limits)
    floor = top + 14 * rows + max(height, 14.0) + 8
    shapes: list[Shape] = []
    for index, limit in enumerate(limits):
        shapes += _limit(limit, axis, 14.0 + 15 * index, floor)
    shapes += drawn(floor)
    for reading in marked:
        tip = f"{reading.name}: {number(reading.value)} {unit}"
        shapes.append(Sign(axis.at(reading.value), floor - 7, 9, reading.tone or "plain", tip))
    for name in names:
        shapes += _named(name, top)
    shapes += axis.drawn(floor, unit)
    return Picture(title, _told(unit, known, marked, limits), WIDTH, floor + 32, tuple(shapes))


def _dots(values: Sequence[float], axis: Scale) -> Ground:
    heap, height = _heap(values, axis)
    return height, lambda floor: [
        Dots(tuple((x, floor - 6 - y) for x, y in heap), DOT, "accent", 0.75)
    ]


def _bars(values: Sequence[float], axis: Scale) -> Ground:
    bins = max(8, min(60, round(math.sqrt(len(values)) * 2)))
    width = (RIGHT - LEFT) / bins
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int((axis.at(value) - LEFT) / width))] += 1
    most = max(counts, default=0) or 1

    def drawn(floor: float) -> list[Shape]:
        heights = [112.0 * count / most for count in counts]
        return [
            Box(
                LEFT + index * width + 0.5, floor - height, width - 1, height, "accent",
                strength=0.75, tip=f"{count} of {len(values)}",
            )
            for index, (count, height) in enumerate(zip(counts, heights, strict=True))
            if count
        ]  # fmt: skip

    return 112.0, drawn


def _heap(values: Sequence[float], axis: Scale) -> tuple[list[tuple[float, float]], float]:
    """Return dots stacked where they would lie on each other, and how high the highest stack is;
    tall stacks are pressed together."""
    columns: dict[int, int] = {}
    places: list[tuple[int, int]] = []
    for value in values:
        column = round((axis.at(value) - LEFT) / DOT)
        level = columns.get(column, 0)
        columns[column] = level + 1
        places.append((column, level))
    highest = max(columns.values(), default=0)
    pitch = min(DOT, 110.0 / highest) if highest else DOT
    dots = [(LEFT + column * DOT, level * pitch) for column, level in places]
    return dots, highest * pitch


Name = tuple[float, int, str, Literal["start", "end"]]


def _names(marked: Sequence[Reading], axis: Scale) -> tuple[list[Name], int]:
    """Return where names stand, in as many rows as it takes to keep them apart."""
    ends: list[float] = []
    placed: list[Name] = []
    for reading in marked:
        text = fitting(f"{reading.name} {number(short(reading.value))}", 230, 10.5)
        wide = len(text) * 10.5 * WIDTH_OF_A_LETTER
        x = axis.at(reading.value)
        anchor: Literal["start", "end"] = "start" if x + wide < RIGHT else "end"
        begin = x if anchor == "start" else x - wide
        row = next((n for n, end in enumerate(ends) if end + 8 < begin), len(ends))
        ends[row : row + 1] = [begin + wide]
        placed.append((x, row, text, anchor))
    return placed, len(ends)


def _named(name: Name, top: float) -> list[Shape]:
    """Return a name on a ground of its own: a line behind it would cross it out."""
    x, row, text, anchor = name
    y, wide = top + 14 * row + 4, len(text) * 10.5 * WIDTH_OF_A_LETTER
    ground = Box(x - 2 if anchor == "start" else x - wide + 2, y - 10, wide, 13, "sheet")
    return [ground, Words(x, y, text, 10.5, "ink", anchor)]


def _limit(limit: Limit, axis: Scale, y: float, floor: float) -> list[Shape]:
    x = axis.at(limit.value)
    paint: Paint = "ink" if limit.is_bar else "soft"
    wide = len(limit.words) * 10.5 * WIDTH_OF_A_LETTER
    right = x + 6 + wide < RIGHT
    return [
        Stroke(((x, y - 8), (x, floor)), paint, 1.4, dashed=not limit.is_bar),
        Words(x + 6 if right else x - 6, y, limit.words, 10.5, paint, "start" if right else "end"),
    ]


def _told(
    unit: str, known: Sequence[Reading], marked: Sequence[Reading], limits: Sequence[Limit]
) -> str:
    if not known:
        return "No value."
    values = [r.value for r in known]
    lines = "; ".join(limit.words for limit in limits)
    out = ", ".join(f"{r.name} {number(r.value)}" for r in marked[:20])
    return (
        f"{len(known)} values from {number(min(values))} to {number(max(values))} {unit}. "
        f"Lines: {lines or 'none'}. Standing out: {out or 'none'}."
    )
