"""Quantities as bars: parts of a whole side by side, and what an input moves to either side.

Parts differ in lightness as well as in hue and have a gap between them, so that they are told
apart in grey and by eyes that see fewer colours; each number stands in words as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millwright.reports.picture import (
    WIDTH_OF_A_LETTER,
    Box,
    Paint,
    Picture,
    Shape,
    Stroke,
    Words,
    fitting,
)
from millwright.reports.scale import Scale, number, scale

WIDTH = 760.0
LEFT, RIGHT = 196.0, 660.0
ROW, THICK = 30.0, 18.0
PARTS: tuple[tuple[Paint, float], ...] = (
    ("accent", 1.0), ("accent", 0.45), ("soft", 1.0), ("soft", 0.45), ("ink", 0.85),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its parts in the order of the legend, and what stands behind its end."""

    label: str
    parts: tuple[float, ...]
    told: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Swung:
    """A bar to both sides of a line: from where to where, with words for both ends."""

    label: str
    low: float
    high: float
    low_told: str
    high_told: str


def bars(title: str, unit: str, rows: Sequence[Bar], legend: Sequence[str] = ()) -> Picture:
    """Return bars from zero; a dashed one is a limit and no load."""
    most = max((sum(row.parts) for row in rows), default=1.0) or 1.0
    axis = _from_zero(most)
    top = 34.0 if legend else 10.0
    shapes: list[Shape] = _legend(legend)
    bottom = top + len(rows) * ROW + 4
    for tick in axis.ticks():
        x = axis.at(tick)
        shapes.append(Stroke(((x, top), (x, bottom)), "rule", 0.8))
    for index, row in enumerate(rows):
        shapes += _bar(row, axis, top + index * ROW)
    shapes += axis.drawn(bottom, unit)
    told = "; ".join(f"{row.label}: {row.told}" for row in rows)
    return Picture(title, told, WIDTH, bottom + 34, tuple(shapes))


def _from_zero(most: float) -> Scale:
    found = scale((0.0, most), LEFT, RIGHT)
    return Scale(0.0, most * 1.02, LEFT, RIGHT, found.step)


def _legend(names: Sequence[str]) -> list[Shape]:
    shapes: list[Shape] = []
    x = LEFT
    for name, (paint, strength) in zip(names, PARTS, strict=False):
        shapes.append(Box(x, 6, 12, 12, paint, strength=strength))
        shapes.append(Words(x + 17, 16, name, 11, "soft"))
        x += 17 + len(name) * 11 * WIDTH_OF_A_LETTER + 18
    return shapes


def _bar(row: Bar, axis: Scale, y: float) -> list[Shape]:
    shapes: list[Shape] = []
    middle = y + THICK / 2 + 8
    shapes.append(Words(LEFT - 10, middle, fitting(row.label, LEFT - 16, 11.5), 11.5, "ink", "end"))
    at = axis.at(0.0)
    for part, (paint, strength) in zip(row.parts, PARTS, strict=False):
        wide = axis.at(part) - axis.left
        if wide <= 0:
            continue
        if row.dashed:
            shapes.append(Box(at, y + 4, wide, THICK, None, "soft", dashed=True))
        else:
            shapes.append(Box(at, y + 4, max(wide - 1, 0.6), THICK, paint, strength=strength))
        at += wide
    shapes.append(Words(at + 7, middle, row.told, 11.5, "ink"))
    return shapes


def swings(title: str, unit: str, middle: float, rows: Sequence[Swung]) -> Picture:
    """Return what each input moves: the longest first, around the line of the whole."""
    ends = [middle, *(value for row in rows for value in (row.low, row.high))]
    axis = scale(ends, LEFT + 66, RIGHT)
    top = 12.0
    bottom = top + len(rows) * ROW + 4
    shapes: list[Shape] = []
    for tick in axis.ticks():
        x = axis.at(tick)
        shapes.append(Stroke(((x, top), (x, bottom)), "rule", 0.8))
    for index, row in enumerate(rows):
        y = top + index * ROW
        left, right = sorted((axis.at(row.low), axis.at(row.high)))
        base = y + THICK / 2 + 8
        centre = axis.at(middle)
        shapes += [
            Words(LEFT - 10, base, fitting(row.label, LEFT - 16, 11.5), 11.5, "ink", "end"),
            Box(left, y + 4, max(centre - left, 0.6), THICK, "accent", strength=0.45),
            Box(centre, y + 4, max(right - centre, 0.6), THICK, "accent"),
            Words(left - 5, base, row.low_told, 10, "soft", "end"),
            Words(right + 5, base, row.high_told, 10, "soft"),
        ]
    line = axis.at(middle)
    shapes.append(Stroke(((line, top - 4), (line, bottom)), "ink", 1.2))
    shapes += axis.drawn(bottom, unit)
    told = "; ".join(f"{row.label}: {row.low_told} to {row.high_told}" for row in rows)
    return Picture(title, f"Around {number(middle)} {unit}. {told}", WIDTH, bottom + 34,
                   tuple(shapes))  # fmt: skip
