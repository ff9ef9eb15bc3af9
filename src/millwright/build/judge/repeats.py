"""Whether a suspect was seen again: nobody is blamed for one reading."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from millwright.build.judge.outliers import Suspect
from millwright.build.judge.traits import FACTS
from millwright.build.judge.units import Batch

_OF = 3
_ENOUGH = 2


class Seen(StrEnum):
    """What the attempts say: the same again, not enough of them yet, or that it was once."""

    CONFIRMED = "confirmed"
    OPEN = "open"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class History:
    """All attempts of a suspect, none left out, and how many of them were worse enough."""

    seen: Seen
    values: tuple[float, ...]
    again: int


def repeated(batch: Batch, suspect: Suspect) -> History:
    """Return what the attempts of a suspect say: two of three must be worse enough.

    Of a node, an attempt is the median of its devices. What is read and not measured needs no
    second reading.
    """
    units, at = batch.units, suspect.unit
    trait = batch.names.traits[int(units.subject[at])]
    values = _of_node(batch, at) if suspect.against == "nodes" else _of_unit(batch, at)
    if trait.family in FACTS:
        return History(Seen.CONFIRMED, values, len(values))
    centre = float(np.median(values)) if len(values) >= _OF else values[0]
    gaps = [suspect.gap + trait.worse * (value - centre) for value in values]
    if not trait.worse:
        gaps = [suspect.gap - abs(value - centre) for value in values]
    least = _least(suspect, trait.percent, trait.absolute)
    again = sum(gap >= least for gap in gaps)
    if again >= _ENOUGH and again * _OF >= _ENOUGH * len(values):
        return History(Seen.CONFIRMED, values, again)
    missed = len(values) - again
    settled = len(values) >= _OF and missed * _OF >= _ENOUGH * len(values)
    return History(Seen.CLEARED if settled else Seen.OPEN, values, again)


def _least(suspect: Suspect, percent: float | None, absolute: float | None) -> float:
    """Return the least gap that matters, in the unit."""
    if percent is not None and suspect.percent > 0:
        return suspect.gap * percent / suspect.percent
    return absolute if absolute is not None else 0.0


def _of_unit(batch: Batch, at: int) -> tuple[float, ...]:
    units = batch.units
    return tuple(units.readings[int(units.first[at]) : int(units.last[at])].tolist())


def _of_node(batch: Batch, at: int) -> tuple[float, ...]:
    """Return the median over a node's devices for each attempt that one of them has."""
    units = batch.units
    same = np.flatnonzero(
        (units.subject == units.subject[at]) & (units.node == units.node[at]) & (units.peer < 0)
    )
    by_attempt: dict[int, list[float]] = {}
    for unit in same.tolist():
        for reading in range(int(units.first[unit]), int(units.last[unit])):
            value = float(units.readings[reading])
            by_attempt.setdefault(int(units.attempts[reading]), []).append(value)
    return tuple(float(np.median(by_attempt[key])) for key in sorted(by_attempt))
