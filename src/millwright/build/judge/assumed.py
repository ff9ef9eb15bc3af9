"""Rows that do not say under which versions they were measured: with whom they are compared.

A node whose inventory hung says no driver, no firmware, no power cap. On its own it would be a
population of one, in which nothing is slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from millwright.build.judge.arrays import Codes
from millwright.model.measurement import Param
from millwright.model.measurements import Pairs, Subject

Told = frozenset[tuple[str, Param]]
"""What of versions is said."""
Member = tuple[int, Told]


@dataclass(frozen=True, slots=True)
class Settled:
    """Subjects that stay, each row's code among them, and which rows' versions are assumed.

    `assumed` is -1 for a row that says as much as its subject, else the place in `told` (sorted)
    of what it does say.
    """

    subjects: list[Subject]
    code: Codes
    assumed: Codes
    told: tuple[Pairs, ...]


def settled(subjects: Sequence[Subject], code: Codes) -> Settled:
    """Return rows of partly known versions under the one subject that they can belong to.

    What a row does say must agree. Where several that differ come into question it stays where
    it is: nobody guesses among drivers.
    """
    home = np.array(_homes(subjects), dtype=np.int64)
    kept = np.flatnonzero(home == np.arange(len(home)))
    place = np.full(len(home), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    guests = {at: subjects[at].versions for at in np.flatnonzero(place < 0).tolist()}
    told = tuple(sorted(set(guests.values()), key=repr))
    rank = {versions: at for at, versions in enumerate(told)}
    assumed = np.full(len(home), -1, dtype=np.int64)
    for at, versions in guests.items():
        assumed[at] = rank[versions]
    own = [subjects[at] for at in kept.tolist()]
    return Settled(own, place[home[code]], assumed[code], told)


def _homes(subjects: Sequence[Subject]) -> list[int]:
    home = list(range(len(subjects)))
    alike: dict[Subject, list[int]] = {}
    for at, subject in enumerate(subjects):
        alike.setdefault(replace(subject, versions=()), []).append(at)
    for members in alike.values():
        if len(members) > 1:
            _settle([(at, frozenset(subjects[at].versions)) for at in members], home)
    return home


def _settle(members: list[Member], home: list[int]) -> None:
    """Write down who says less than one other, and nothing that this one does not say.

    The fullest come first; candidates are looked up by one pair, so that thousands of versions,
    all different, cost no more than they are.
    """
    members.sort(key=lambda each: -len(each[1]))
    saying: dict[tuple[str, Param], list[Member]] = {}
    fuller: list[Member] = []
    for at, told in members:
        asked = min((saying.get(pair, []) for pair in told), key=len, default=fuller)
        home[at] = _only(told, asked, at)
        fuller.append((at, told))
        for pair in told:
            saying.setdefault(pair, []).append((at, told))


def _only(told: Told, asked: Iterable[Member], own: int) -> int:
    """Return the fullest that says all of `told`, if the others say nothing against it."""
    found, most = own, told
    for at, other in asked:
        if not told < other:
            continue
        if found == own:
            found, most = at, other
        elif not other <= most:
            return own
    return found
