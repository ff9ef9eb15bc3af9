"""What travelled badly: values that are worse at the site than at the factory, part by part.

The peers' own changes say what all did in common (another driver, a warmer room: told once, as
such) and how far values differ by chance. A part is named where it did worse than its peers by more
than its least difference that matters, and by more than chance: the false discovery rate is held
over all values (Benjamini and Hochberg 1995). With fewer than eight peers chance is not known, and
the least difference alone decides; a common change needs three.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from millwright.build.judge.arrays import (
    Mask,
    Numbers,
    as_normal,
    discovered,
    scale_of,
    upper_tail,
)  # fmt: skip
from millwright.build.judge.matched import Group, differing
from millwright.build.judge.outliers import BLAMING_RATE
from millwright.build.judge.scores import LEAST_PEERS
from millwright.build.judge.traits import NEVER_FAILS, Trait, trait_of
from millwright.model.comparison import Change, Noise, Shift
from millwright.model.verdict import Verdict

_IN_COMMON = 3


@dataclass(frozen=True, slots=True)
class Travelled:
    """A group with what came of it: `size` is how much worse, in what `limit` is said in.

    `middle` is what all did, `beyond` how much worse than that each is; `z` is NaN where the peers
    do not say what chance does.
    """

    group: Group
    trait: Trait
    size: Numbers
    middle: float
    beyond: Numbers
    z: Numbers
    noise: Noise

    @property
    def limit(self) -> float:
        """Return the least difference that matters."""
        percent, absolute = self.trait.percent, self.trait.absolute
        return float(percent if percent is not None else absolute or 0.0)

    @property
    def unit(self) -> str:
        """Return in what it is said."""
        return "%" if self.trait.percent is not None else self.group.subject.unit

    @property
    def verdict(self) -> Verdict:
        """Return what a difference counts for: a reason to look, or more."""
        grave = self.trait.known and self.trait.family not in NEVER_FAILS
        return Verdict.FAIL if grave else Verdict.WARN


def travelled(group: Group) -> Travelled | None:
    """Return what came of a group; None of a metric in which nobody is compared."""
    trait = trait_of(group.subject.metric)
    if not trait.compared:
        return None
    before = np.array([held.value for held in group.before])
    after = np.array([held.value for held in group.after])
    size = (trait.worse or 1) * _size(trait, before, after)
    middle = float(np.median(size)) if len(size) >= _IN_COMMON else 0.0
    rest = size - middle
    beyond = rest if trait.worse else np.abs(rest)
    z, noise = np.full(len(size), np.nan), _noise(rest)
    if noise == "peers":
        z = np.asarray(beyond / _scale(rest))
    return Travelled(group, trait, size, middle, beyond, z, noise)


def _size(trait: Trait, before: Numbers, after: Numbers) -> Numbers:
    change = after - before
    if trait.percent is None:
        return np.asarray(change)
    whole = np.where(before != 0, np.abs(before), np.abs(after))
    return np.asarray(100 * np.divide(change, whole, out=np.zeros(len(whole)), where=whole != 0))


def _scale(rest: Numbers) -> float:
    return float(scale_of(np.zeros(len(rest), dtype=np.int64), rest, 1)[0])


def _noise(rest: Numbers) -> Noise:
    if len(rest) < LEAST_PEERS:
        return "too-few"
    return "peers" if _scale(rest) > 0 else "alike"


def worse(found: list[Travelled]) -> tuple[Change, ...]:
    """Return the values that travelled badly, the worst of each kind first."""
    chances = [_chances(each) for each in found]
    lengths = [len(each) for each in chances]
    tested = sum(lengths)
    marked = discovered(np.concatenate([np.empty(0), *chances]), tested, BLAMING_RATE)
    changes = []
    for each, mask in zip(found, np.split(marked, np.cumsum(lengths)[:-1]), strict=False):
        named = (each.beyond >= each.limit) & (_untold(each) | mask)
        changes += [_change(each, at) for at in np.flatnonzero(named).tolist()]
    return tuple(sorted(changes, key=_order))


def _order(each: Change) -> tuple[int, str, str, float, str, str]:
    kind = -each.verdict.rank, each.metric, each.conditions
    return *kind, -each.beyond, each.serial, each.device


def _untold(each: Travelled) -> Mask:
    return np.isnan(each.z)


def _chances(each: Travelled) -> Numbers:
    if each.noise != "peers":
        return np.ones(len(each.z))
    peers = np.full(len(each.z), float(len(each.z)))
    sides = 1.0 if each.trait.worse else 2.0
    return np.minimum(1.0, sides * upper_tail(as_normal(each.z, peers)))


def _change(each: Travelled, at: int) -> Change:
    group = each.group
    key, was, now = group.keys[at], group.before[at], group.after[at]
    percent = 100 * (now.value - was.value) / abs(was.value) if was.value else None
    z = None if np.isnan(each.z[at]) else round(float(each.z[at]), 1)
    return Change(
        serial=key.part[0], node=now.place[0], device=now.place[1], metric=group.subject.metric,
        unit=group.subject.unit, conditions=group.subject.conditions, peer=now.peer,
        before=was.value, after=now.value,
        change_percent=None if percent is None else round(percent, 2),
        beyond=round(float(each.beyond[at]), 3), beyond_unit=each.unit, robust_z=z,
        peers=len(group.keys) - 1, noise=each.noise, reason=_reason(each, at),
        verdict=each.verdict,
    )  # fmt: skip


_TOLD: dict[Noise, str] = {
    "peers": "",
    "too-few": f", with fewer than {LEAST_PEERS} peers, so that chance is not known",
    "alike": ", and most peers changed alike",
}


def _reason(each: Travelled, at: int) -> str:
    peers = len(each.group.keys) - 1
    than = f"than its {peers} peers did" if peers >= _IN_COMMON - 1 else "than before"
    word = "worse" if each.trait.worse else "further off"
    told = f"{each.beyond[at]:.3g} {each.unit} {word} {than}{_TOLD[each.noise]}"
    brought = differing(each.group.versions)
    brought = f"; {brought}" if brought else ""
    return f"{told}{brought}: repeat it before anybody is blamed"


def shifts(found: list[Travelled]) -> Iterator[Shift]:
    """Yield what all values of a kind did, where it is worse and matters."""
    for each in found:
        moved = each.middle if each.trait.worse else abs(each.middle)
        if len(each.size) >= _IN_COMMON and moved >= each.limit:
            yield _shift(each)


def _shift(each: Travelled) -> Shift:
    subject, count = each.group.subject, len(each.size)
    middles = [float(np.median([held.value for held in held_]))
               for held_ in (each.group.before, each.group.after)]  # fmt: skip
    brought = differing(each.group.versions)
    why = f" ({brought})" if brought else ": look at what all have in common (room, power, load)"
    change = (each.trait.worse or 1) * each.middle
    told = f"all {count} changed by {change:+.3g} {each.unit} in common{why}; no part is at fault"
    return Shift(
        metric=subject.metric, unit=subject.unit, sku=subject.sku, conditions=subject.conditions,
        count=count, before=middles[0], after=middles[1], change=round(change, 3),
        change_unit=each.unit, reason=told, verdict=each.verdict,
    )  # fmt: skip
