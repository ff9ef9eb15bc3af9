"""What went on when: one row a thing, one bar from its beginning to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millwright.reports.page import Tone
from millwright.reports.picture import Box, Picture, Shape, Sign, Words, fitting
from millwright.reports.scale import scale

WIDTH, LEFT, RIGHT = 760.0, 190.0, 744.0
ROW, TOP = 19.0, 12.0


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasted, in seconds from the beginning of the whole; `tone` tells how it
    ended, where that is worth a sign."""

    name: str
    begin_s: float
    end_s: float
    tone: Tone | None = None


def timeline(title: str, spans: Sequence[Span]) -> Picture:
    """Return the spans in their order, on an axis of seconds, minutes or hours."""
    most = max((span.end_s for span in spans), default=1.0)
    unit, per = ("s", 1.0) if most < 300 else ("min", 60.0) if most < 3 * 3600 else ("h", 3600.0)
    axis = scale([0.0, most / per], LEFT, RIGHT)
    floor = TOP + ROW * len(spans) + 4
    shapes: list[Shape] = []
    for line, span in enumerate(spans):
        y = TOP + line * ROW
        begin, end = axis.at(span.begin_s / per), axis.at(span.end_s / per)
        shapes.append(Words(LEFT - 10, y + 12, fitting(span.name, 176, 11), 11, "ink", "end"))
        tip = f"{span.name}: {span.begin_s / per:.1f} to {span.end_s / per:.1f} {unit}"
        width = max(2.0, end - begin)
        shapes.append(Box(begin, y + 3, width, ROW - 7, "accent", round=2, strength=0.8, tip=tip))
        if span.tone is not None:
            shapes.append(Sign(min(RIGHT, begin + width + 8), y + 9.5, 8, span.tone))
    shapes += axis.drawn(floor, unit)
    told = "; ".join(
        f"{s.name}: {s.begin_s / per:.1f} to {s.end_s / per:.1f} {unit}" for s in spans
    )
    return Picture(title, told or "Nothing went on.", WIDTH, floor + 32, tuple(shapes))
