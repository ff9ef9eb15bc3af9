"""Measured values that belong together: one metric, one kind of machine, one set of conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from millwright.reports.judgement import TONES, Found
from millwright.reports.page import Tone
from millwright.reports.picture import Picture
from millwright.reports.plots import Limit, Reading, histogram, strip
from millwright.reports.scale import number, short

MOST_DOTS = 6_000
"""Values beyond which a strip says no more than a histogram, and takes longer to open."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Values of one metric under the same conditions; `names` says node and device of each."""

    metric: str
    unit: str
    sku: str
    test: str
    conditions: str
    names: tuple[str, ...]
    values: tuple[float, ...]

    @property
    def told(self) -> str:
        """Return what is compared, in words."""
        where = ", ".join(part for part in (self.sku, self.test, self.conditions) if part)
        return f"{self.metric} ({where})" if where else self.metric


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was measured: lots, how many values, until when, and whether any is simulated."""

    lots: tuple[Lot, ...]
    count: int
    first_at: str
    last_at: str
    simulated: int
    tools: tuple[str, ...] = ()


_BAR = re.compile(
    r"^(>=|<=|=)\s*([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)(?:\s*\+/-\s*([0-9.]+)\s*%)?", re.IGNORECASE
)


def limits_of(bars: Iterable[str]) -> list[Limit]:
    """Return the lines that bars draw, by their words (`>= 431 GB/s`); others draw none."""
    found: dict[float, Limit] = {}
    for bar in bars:
        match = _BAR.match(bar.strip())
        if not match:
            continue
        value, slack = float(match[2]), float(match[3] or 0)
        words = bar.partition(" (")[0]
        sides = [value] if not slack else [value * (1 - slack / 100), value * (1 + slack / 100)]
        for side in sides:
            text = f"bar {words}" if not slack else f"bar {number(side)} ({words})"
            found.setdefault(side, Limit(side, text))
    return list(found.values())[:4]


def drawn(lot: Lot, found: Iterable[Found], bars: Iterable[str]) -> Picture:
    """Return a lot as a picture, with its bars, its median, and what was found in it by name."""
    tones: dict[str, Tone] = {}
    for finding in found:
        if finding.metric == lot.metric and finding.kind in ("gate", "outlier"):
            tones[finding.place] = TONES.get(finding.verdict, "unknown")
    limits = limits_of(bars)
    if lot.values:
        middle = median(lot.values)
        limits.append(Limit(middle, f"median {number(short(middle))}", is_bar=False))
    title = f"{lot.told}: {len(lot.values)} values"
    readings = [
        Reading(name, value, tones.get(name))
        for name, value in zip(lot.names, lot.values, strict=True)
    ]
    draw = histogram if len(readings) > MOST_DOTS else strip
    return draw(title, lot.unit, readings, limits)


def by_metric(lots: Iterable[Lot]) -> Mapping[str, list[Lot]]:
    """Return lots by their metric, the largest first."""
    told: dict[str, list[Lot]] = {}
    for lot in sorted(lots, key=lambda lot: -len(lot.values)):
        told.setdefault(lot.metric, []).append(lot)
    return told
