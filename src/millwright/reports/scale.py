"""An axis: which numbers stand on it, and where a value lies on the picture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from millwright.reports.picture import Shape, Stroke, Words

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis from `low` to `high`, drawn from `left` to `right`, a number at each step."""

    low: float
    high: float
    left: float
    right: float
    step: float

    def at(self, value: float) -> float:
        """Return where a value lies."""
        share = (value - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def ticks(self) -> list[float]:
        """Return the numbers that stand on the axis."""
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        return [round(n * self.step, 12) for n in range(first, last + 1)]

    def drawn(self, y: float, unit: str = "", size: float = 10) -> list[Shape]:
        """Return the axis with its numbers below it; the unit stands at its right end."""
        shapes: list[Shape] = [Stroke(((self.left, y), (self.right, y)), "soft", 1)]
        ticks = self.ticks()
        for tick in ticks:
            x = self.at(tick)
            shapes.append(Stroke(((x, y), (x, y + 4)), "soft", 1))
            shapes.append(Words(x, y + 6 + size, number(tick), size, "soft", "middle"))
        if unit:
            shapes.append(Words(self.right, y + 8 + 2 * size, unit, size, "soft", "end"))
        return shapes


TINY = 1e-12
"""Closer than this, values of a picture are one."""


def scale(values: Iterable[float], left: float, right: float, marks: int = 6) -> Scale:
    """Return an axis that holds all values with air at both ends; some six numbers stand on it."""
    known = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    spread = high - low
    if spread < TINY:
        spread = abs(high) * 0.1 if abs(high) > TINY else 1.0
    low, high = low - spread * 0.06, high + spread * 0.06
    rough = (high - low) / marks
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in STEPS if s * power >= rough * 0.999)
    return Scale(low, high, left, right, step)


def number(value: float) -> str:
    """Return a number as it stands on an axis."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return f"{value:,.10g}"
    return f"{value:.3g}"


def short(value: float) -> float:
    """Return a number with the five digits that a picture has room for."""
    return float(f"{value:.5g}")
