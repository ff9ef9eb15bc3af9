"""Pictures of an account: hours falling from step to step, days in columns, a line to its limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

from millwright.model.account import Forecast, Loss, Step, Waterfall
from millwright.reports.picture import Box, Dots, Paint, Picture, Shape, Stroke, Words, fitting
from millwright.reports.scale import Scale, number, scale

WIDTH, LEFT, RIGHT = 620.0, 160.0, 478.0
ROW, TOP = 23.0, 6.0
_PAINTS: dict[str, Paint] = {
    "planned maintenance": "soft",
    "unplanned outages": "bad",
    "free though jobs waited": "warn",
    "held, doing nothing": "warn",
    "done again": "bad",
}
"""What is worth a colour; everything else that is lost is grey, and what is unknown is a ring."""


def hours(value: float) -> str:
    """Return hours as a picture has room for them."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"


def fall(waterfall: Waterfall, least: float = 0.0) -> Picture:
    """Return the waterfall: a full bar for what is left at a step, a floating one for each loss
    of at least a share of all hours."""
    owned = waterfall.owned_gpu_seconds / 3600 or 1.0
    shapes: list[Shape] = []
    y, left = TOP, owned
    for step in waterfall.steps:
        for loss in step.losses:
            if loss.gpu_seconds and loss.share >= least:
                shapes += _loss(loss, left, owned, y)
                y += ROW
            left -= loss.hours
        shapes += _step(step, owned, y)
        y += ROW + 5
    told = "; ".join(_told(step) for step in waterfall.steps)
    return Picture("GPU-hours from owned to effective", told, WIDTH, y + 4, tuple(shapes))


def _at(value: float, owned: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, value / owned))


def _step(step: Step, owned: float, y: float) -> Iterator[Shape]:
    most = step.at_most_hours or 0.0
    known = step.hours or 0.0
    yield Words(LEFT - 12, y + 15, step.name, 12.5, "ink", "end", bold=True)
    yield Box(LEFT, y, RIGHT - LEFT, ROW - 3, "panel", round=2)
    if most > known:
        begin, end = _at(known, owned), _at(most, owned)
        tip = f"{hours(most - known)} GPU-hours more, if all that is unknown were good"
        yield Box(begin, y + 0.5, end - begin, ROW - 4, None, "unknown", 2, True, tip=tip)
    if step.hours:
        tip = f"{step.name}: {hours(known)} GPU-hours"
        yield Box(LEFT, y, _at(known, owned) - LEFT, ROW - 3, "accent", round=2, tip=tip)
    text = "unknown" if step.hours is None else f"{hours(known)} h"
    share = "" if step.share is None else f"{100 * step.share:.1f} %"
    yield Words(RIGHT + 78, y + 15, text, 12, "ink", "end", bold=True)
    yield Words(WIDTH - 4, y + 15, share, 12, "ink", "end")


def _loss(loss: Loss, left: float, owned: float, y: float) -> Iterator[Shape]:
    begin, end = _at(left - loss.hours, owned), _at(left, owned)
    width = max(1.5, end - begin)
    tip = f"{loss.name}: {hours(loss.hours)} GPU-hours. {loss.why}"
    yield Words(LEFT - 12, y + 14, fitting(loss.name, 150, 11), 11, "soft", "end")
    if loss.unknown:
        yield Box(begin, y + 3, width, ROW - 10, "sheet", "unknown", 2, True, tip=tip)
    else:
        paint = _PAINTS.get(loss.name, "rule")
        yield Box(begin, y + 2, width, ROW - 8, paint, round=2, tip=tip)
    yield Words(RIGHT + 78, y + 14, f"{hours(loss.hours)} h", 11, "soft", "end")
    yield Words(WIDTH - 4, y + 14, f"{100 * loss.share:.1f} %", 11, "soft", "end")


def _told(step: Step) -> str:
    left = "unknown" if step.hours is None else f"{hours(step.hours)} GPU-hours"
    lost = ", ".join(f"{each.name} {hours(each.hours)}" for each in step.losses if each.gpu_seconds)
    return f"{step.name} {left}" + (f" after {lost}" if lost else "")


Day = tuple[str, float, float, float, float]
_STACK: tuple[tuple[str, Paint], ...] = (
    ("held by jobs", "accent"), ("free", "rule"), ("out of service", "bad"), ("unknown", "unknown"),
)  # fmt: skip
_LOW, _HIGH = 20.0, 150.0


def day_columns(days: Sequence[Day]) -> Picture:
    """Return a column a day: held, free, out of service, unknown, from the ground up."""
    most = max((sum(day[1:]) for day in days), default=0.0) or 1.0
    left, right = 44.0, 612.0
    pitch = (right - left) / max(1, len(days))
    shapes: list[Shape] = list(_heights(most, left, right))
    for at, (name, *values) in enumerate(days):
        floor = _HIGH
        for (what, paint), value in zip(_STACK, values, strict=True):
            height = (_HIGH - _LOW) * value / most
            if height > 0:
                tip = f"{name}: {hours(value)} GPU-hours {what}"
                unknown = what == "unknown"
                shapes.append(
                    Box(left + at * pitch + pitch * 0.1, floor - height, pitch * 0.8, height,
                        "sheet" if unknown else paint, paint if unknown else None,
                        dashed=unknown, tip=tip)
                )  # fmt: skip
                floor -= height
    shapes += _dates([day[0] for day in days], left, pitch)
    shapes += _legend(left, _HIGH + 40)
    told = "; ".join(f"{d[0]}: {hours(d[1])} held, {hours(d[2])} free" for d in days[:31])
    return Picture("GPU-hours by day", told or "No day.", WIDTH, _HIGH + 48, tuple(shapes))


def _heights(most: float, left: float, right: float) -> Iterator[Shape]:
    axis = scale([0.0, most], _HIGH, _LOW, marks=3)
    for tick in axis.ticks():
        if 0 <= tick <= most:
            y = _HIGH - (_HIGH - _LOW) * tick / most
            yield Stroke(((left, y), (right, y)), "rule", 0.6)
            yield Words(left - 6, y + 4, number(tick), 10, "soft", "end")


def _dates(names: Sequence[str], left: float, pitch: float) -> Iterator[Shape]:
    every = max(1, round(58 / pitch + 0.49))
    for at in range(0, len(names), every):
        yield Words(left + (at + 0.5) * pitch, _HIGH + 16, names[at][5:], 10, "soft", "middle")


def _legend(left: float, y: float) -> Iterator[Shape]:
    for at, (what, paint) in enumerate(_STACK):
        x, unknown = left + at * 130, what == "unknown"
        fill: Paint = "sheet" if unknown else paint
        yield Box(x, y - 9, 11, 11, fill, paint if unknown else None, dashed=unknown)
        yield Words(x + 17, y + 1, what, 11, "soft")


def growth(told: Forecast) -> Picture:
    """Return what was used by day, the line through it, its interval of 80 %, and the limit."""
    axis, days = _frame(told)
    heights = _spread(told)
    first = days[0]

    def point(day: str, value: float) -> tuple[float, float]:
        return axis.at((date.fromisoformat(day) - first).days), heights.at(value)

    shapes: list[Shape] = []
    for tick in heights.ticks():
        y = heights.at(tick)
        shapes += [Stroke(((axis.left, y), (axis.right, y)), "rule", 0.6),
                   Words(axis.left - 6, y + 4, number(tick), 10, "soft", "end")]  # fmt: skip
    if told.limit is not None:
        y = heights.at(told.limit)
        shapes += [Stroke(((axis.left, y), (axis.right, y)), "bad", 1.4),
                   Words(axis.left + 6, y - 5, f"full: {number(round(told.limit, 1))} "
                         f"{told.unit}", 10.5, "bad")]  # fmt: skip
    shapes.append(Dots(tuple(point(d, v) for d, v in told.history), 3.4, "soft", 0.7))
    lines = (
        ([(day, middle) for day, middle, _, _ in told.points], False),
        ([(day, low) for day, _, low, _ in told.points], True),
        ([(day, high) for day, _, _, high in told.points], True),
    )
    for values, dashed in lines:
        line = tuple(point(*each) for each in values)
        if line:
            shapes.append(Stroke(line, "accent", 1.2 if dashed else 2.0, dashed))
    shapes += _marks(told, first, axis)
    words = f"{told.of}: reached {told.reached or 'not within the horizon'}. {told.note}"
    return Picture(told.of, words, WIDTH, _HIGH + 30, tuple(shapes))


def _frame(told: Forecast) -> tuple[Scale, list[date]]:
    names = [each[0] for each in told.history] + [each[0] for each in told.points]
    days = sorted(date.fromisoformat(name) for name in names) or [date(1970, 1, 1)]
    length = float(max(1, (days[-1] - days[0]).days))
    return Scale(0.0, length, 64.0, 612.0, length / 6), days


def _spread(told: Forecast) -> Scale:
    values = [each[1] for each in told.history]
    values += [value for each in told.points for value in each[1:]]
    values += [told.limit] if told.limit is not None else []
    found = scale([0.0, *values], 0.0, 1.0, marks=4)
    top = max([0.0, *values]) * 1.08 or 1.0
    return Scale(0.0, top, _HIGH, _LOW - 8, found.step)


def _marks(told: Forecast, first: date, axis: Scale) -> Iterable[Shape]:
    """Yield seven dates on the axis, evenly apart."""
    for at in range(7):
        days = axis.high * at / 6
        name = (first + timedelta(days=round(days))).isoformat()
        where: Literal["start", "middle", "end"] = "end" if at == 6 else "middle"
        yield Words(axis.at(days), _HIGH + 16, name, 10, "soft", where)
