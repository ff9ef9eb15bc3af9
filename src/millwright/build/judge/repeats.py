"""Whether a suspect was seen again: nobody is blamed for one reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from millwright.build.judge.arrays import Codes
from millwright.build.judge.outliers import MUCH, PLAIN, Suspect
from millwright.build.judge.scores import Scores
from millwright.build.judge.traits import FACTS, NEVER_FAILS, Trait
from millwright.build.judge.units import Batch
from millwright.model.verdict import Disposition, Verdict

_OF = 3
_FAR = 3.5
_ENOUGH = 2
_TAILS = 2.0
"""How many times as far as healthy peers on the better side a single reading has to be off."""
_BEYOND_TAILS = 20.0
"""A raw score that no noise of a reading explains, though a peer be as much better."""


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

    Who is plainly off each time is never cleared, though there be too few peers to blame it.
    Of a node, an attempt is the median of its devices. What is read and not measured needs no
    second reading.
    """
    units, at = batch.units, suspect.unit
    trait = batch.names.traits[int(units.subject[at])]
    whole = suspect.against == "nodes"
    values = _of_node(batch, at) if whole else _of_unit(batch, at)
    compared = units.value[_same_node(batch, at)] if whole else units.value[at]
    centre = float(np.median(compared))
    if trait.family in FACTS:
        return History(Seen.CONFIRMED, values, len(values))
    gaps = [suspect.gap + trait.worse * (value - centre) for value in values]
    if not trait.worse:
        gaps = [suspect.gap - abs(value - centre) for value in values]
    least = _least(suspect, trait.percent, trait.absolute)
    again = sum(gap >= least for gap in gaps)
    same = again >= _ENOUGH and again * _OF >= _ENOUGH * len(values)
    if not suspect.sure:
        still = len(values) < _OF or (same and _plain(trait, suspect))
        return History(Seen.OPEN if still else Seen.CLEARED, values, again)
    if same:
        return History(Seen.CONFIRMED, values, again)
    missed = len(values) - again
    settled = len(values) >= _OF and missed * _OF >= _ENOUGH * len(values)
    return History(Seen.CLEARED if settled else Seen.OPEN, values, again)


def cleared(batch: Batch, scores: Scores, suspects: Sequence[Suspect]) -> list[Suspect]:
    """Return those that looked bad at first and that their repeats do not blame: kept and shown.

    `sure` are those that still look bad, and yet not surely enough among all that were tried.
    """
    units = batch.units
    known = {suspect.unit for suspect in suspects}
    often = units.last - units.first >= _OF
    share = np.bincount(units.subject, weights=often) / np.bincount(units.subject).clip(1)
    few = share[units.subject] <= 0.5 if len(units) else often
    tried = np.flatnonzero(often & few & ~np.isnan(scores.expected))
    population, found = scores.population, []
    for unit in tried.tolist():
        subject = int(units.subject[unit])
        trait, scale = batch.names.traits[subject], float(population.scale[subject])
        first = float(units.readings[int(units.first[unit])])
        gap = (trait.worse or 1) * (first - float(scores.expected[unit]))
        base = abs(float(population.median[subject]))
        percent = 100 * gap / base if base else np.inf
        if unit in known or scale <= 0 or gap < _FAR * scale or not _matters(trait, gap, percent):
            continue
        now = (trait.worse or 1) * (float(units.value[unit]) - float(scores.expected[unit]))
        still = now >= _FAR * scale and _matters(trait, now, percent * now / gap)
        peers = int(population.count[subject])
        found.append(Suspect(unit, "peers", gap / scale, gap, percent, peers, sure=still))
    return found


def _matters(trait: Trait, gap: float, percent: float) -> bool:
    if trait.percent is not None:
        return percent >= trait.percent
    return trait.absolute is not None and gap >= trait.absolute


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
    by_attempt: dict[int, list[float]] = {}
    for unit in _same_node(batch, at).tolist():
        for reading in range(int(units.first[unit]), int(units.last[unit])):
            value = float(units.readings[reading])
            by_attempt.setdefault(int(units.attempts[reading]), []).append(value)
    return tuple(float(np.median(by_attempt[key])) for key in sorted(by_attempt))


def _same_node(batch: Batch, at: int) -> Codes:
    """Return the units of all devices of a unit's node, under the same conditions."""
    units = batch.units
    begin, end = np.searchsorted(units.subject, (units.subject[at], units.subject[at] + 1)).tolist()
    mine = (units.node[begin:end] == units.node[at]) & (units.peer[begin:end] < 0)
    rows: Codes = begin + np.flatnonzero(mine & ~np.isnan(units.value[begin:end]))
    return rows


def judged(trait: Trait, history: History, suspect: Suspect) -> tuple[Verdict, Disposition | None]:
    """Return the verdict on a suspect, and what is to be done about it.

    One reading blames nobody, but who is plainly off in the only one is not accepted either:
    it fails until it is measured again, unless healthy peers are off as far the other way: there
    it warns. Whom only its size marks, among few peers, warns.
    """
    if history.seen is Seen.CLEARED:
        return Verdict.PASS, None
    may_fail = trait.family not in NEVER_FAILS and trait.worse != 0 and not suspect.by_size
    if history.seen is Seen.OPEN:
        once = len(history.values) == 1 and trait.percent is not None
        plain = once and _plain(trait, suspect) and not _within_tails(suspect)
        return (Verdict.FAIL if plain and may_fail else Verdict.WARN), "retest"
    return (Verdict.FAIL, "rma") if may_fail else (Verdict.WARN, None)


def _within_tails(suspect: Suspect) -> bool:
    """Return whether one reading's noise reaches so far: what peers show on their better side."""
    return not suspect.alike and suspect.raw < min(_TAILS * suspect.tails, _BEYOND_TAILS)


def _plain(trait: Trait, suspect: Suspect) -> bool:
    """Return whether a device is so far off, and by so much, that it cannot pass as it is."""
    much = suspect.gap >= MUCH * _least(suspect, trait.percent, trait.absolute) > 0
    return much and (suspect.alike or suspect.raw >= PLAIN)
