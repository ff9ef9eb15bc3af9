"""From rows to units: one device's metric under one set of conditions, with all its attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from millwright.build.judge.arrays import Codes, Mask, Numbers, starts_of
from millwright.build.judge.assumed import settled
from millwright.build.judge.traits import SIGNED_UNITS, Trait, trait_of
from millwright.errors import MillwrightError
from millwright.model.measurements import Measurements, Pairs, Subject, part_of

T = TypeVar("T", bound="str | Subject | tuple[str, str]")
_OFTEN = 3
ABSURD = 1e15
"""Beyond this no unit of the vocabulary has a true value."""


@dataclass(frozen=True, slots=True)
class Names:
    """What codes stand for, sorted, so that the order of rows makes no difference."""

    nodes: tuple[str, ...]
    devices: tuple[str, ...]
    subjects: tuple[Subject, ...]
    peers: tuple[tuple[str, str], ...]
    traits: tuple[Trait, ...]


@dataclass(frozen=True, slots=True)
class Units:
    """Columns, one row a unit, sorted by subject, device, node and peer (-1 for none).

    `value` is the first attempt's, or what three and more attempts say; NaN where nothing usable
    was read. `refused` counts rows whose value cannot be true.
    The readings of a unit (one an attempt, the median of its samples) lie from `first` to `last`
    in `readings`; the samples of a reading likewise in `samples`.
    """

    subject: Codes
    node: Codes
    device: Codes
    peer: Codes
    value: Numbers
    refused: Codes
    first: Codes
    last: Codes
    readings: Numbers
    attempts: Codes
    sample_first: Codes
    sample_last: Codes
    samples: Numbers

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True)
class Batch:
    """Measurements made ready to be judged.

    `assumed` is -1 for a unit that says its versions; else the place in `told` of the few that it
    says: it stands with those who agree and say more.
    """

    names: Names
    units: Units
    rows: int
    duplicates: int
    simulated: int
    assumed: Codes
    told: tuple[Pairs, ...]


def arranged(columns: Measurements) -> Batch:
    """Return the units of some rows. Rows said twice, to the moment, count once."""
    nodes, node_rank = _ranked(columns.nodes)
    devices, device_rank = _ranked(columns.devices)
    own = settled(*_by_part(columns))
    subjects, subject_rank = _ranked(own.subjects)
    peers, peer_rank = _ranked(columns.peers)
    traits = tuple(trait_of(subject.metric) for subject in subjects)
    peer_rank = np.append(peer_rank, -1)
    coded = (
        subject_rank[own.code],
        device_rank[_whole(columns.device)],
        node_rank[_whole(columns.node)],
        peer_rank[_whole(columns.peer)],
    )
    sizes = (len(subjects), len(devices), len(nodes), len(peers) + 1)
    key = _key(coded, sizes)
    value = np.frombuffer(columns.value, dtype=np.float64) if len(columns) else np.empty(0)
    attempt, moment = _whole(columns.attempt), np.frombuffer(columns.moment, dtype=np.int64)
    order = _order(key, attempt, value, moment)
    again = _same(key[order], attempt[order], value[order], moment[order])
    order = order[~again]
    names = Names(nodes, devices, subjects, peers, traits)
    rows = _Rows(key[order], attempt[order], value[order], coded[0][order])
    units = _units(rows, [column[order] for column in coded], traits, subjects)
    firsts = starts_of(rows.key)[:-1]
    guests = own.assumed[order]
    assumed = np.minimum.reduceat(guests, firsts) if len(firsts) else guests
    return Batch(
        names, units, len(columns), int(again.sum()), columns.simulated, assumed, own.told
    )  # fmt: skip


def _by_part(columns: Measurements) -> tuple[list[Subject], Codes]:
    """Return the subjects, one for each kind of device, and each row's code among them."""
    parts = [part_of(device) for device in columns.devices]
    known = sorted(set(parts)) or [""]
    kind = np.array([known.index(part) for part in parts] or [0], dtype=np.int64)
    both = _whole(columns.subject) * len(known) + kind[_whole(columns.device)]
    used, code = np.unique(both, return_inverse=True)
    found = [
        replace(columns.subjects[at // len(known)], part=known[at % len(known)])
        for at in used.tolist()
    ]
    return found, code.astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Rows:
    key: Codes
    attempt: Codes
    value: Numbers
    subject: Codes


def _whole(column: Sequence[int]) -> Codes:
    return np.asarray(column, dtype=np.int64)


def _ranked(names: list[T]) -> tuple[tuple[T, ...], Codes]:
    """Return the names sorted, and for each former place the new one."""
    order = sorted(range(len(names)), key=lambda at: _sortable(names[at]))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return tuple(names[at] for at in order), rank


def _sortable(name: str | Subject | tuple[str, str]) -> tuple[str, ...]:
    """Return texts to sort by: conditions may be numbers in one row and words in another."""
    if isinstance(name, Subject):
        return (
            name.metric, name.unit, name.sku, name.test, name.tool,
            repr(name.params), repr(name.versions), name.platform, name.part,
        )  # fmt: skip
    return (name,) if isinstance(name, str) else name


def _key(coded: tuple[Codes, ...], sizes: tuple[int, ...]) -> Codes:
    """Return one number for each different combination; peers count from -1."""
    total = 1
    for size in sizes:
        total *= max(size, 1)
    if total >= 2**62:
        raise MillwrightError("too many different nodes, devices and conditions in one batch")
    key = coded[0]
    for column, size in zip(coded[1:-1], sizes[1:-1], strict=True):
        key = key * size + column
    return key * sizes[-1] + coded[-1] + 1


def _order(key: Codes, attempt: Codes, value: Numbers, moment: Codes) -> Codes:
    """Return the order by unit, attempt, value, moment; two keys do where no two are alike."""
    order = (
        np.lexsort((attempt, key))
        if attempt.size and attempt.max() > 1
        else np.argsort(key, kind="stable")
    )
    ordered, tries = key[order], attempt[order]
    if bool(np.all((ordered[1:] != ordered[:-1]) | (tries[1:] != tries[:-1]))):
        return order
    return np.lexsort((moment, value, attempt, key))


def _same(key: Codes, attempt: Codes, value: Numbers, moment: Codes) -> Mask:
    same = np.zeros(len(key), dtype=bool)
    same[1:] = (
        (key[1:] == key[:-1])
        & (attempt[1:] == attempt[:-1])
        & (value[1:] == value[:-1])
        & (moment[1:] == moment[:-1])
    )
    return same


def _units(
    rows: _Rows, coded: list[Codes], traits: tuple[Trait, ...], subjects: tuple[Subject, ...]
) -> Units:
    """Return the units of sorted rows; what cannot be true stays out of their values."""
    true = _true(rows, traits, subjects)
    starts = starts_of(rows.key)
    firsts = starts[:-1]
    refused = np.add.reduceat(~true, firsts) if len(firsts) else np.empty(0, dtype=np.int64)
    unit_of_row = np.repeat(np.arange(len(firsts)), np.diff(starts))
    samples, attempt, owner = rows.value[true], rows.attempt[true], unit_of_row[true]
    most = int(attempt.max()) + 1 if len(attempt) else 1
    edges = starts_of(owner * most + attempt)
    readings = _middle(samples, edges)
    reading_unit = owner[edges[:-1]] if len(samples) else np.empty(0, dtype=np.int64)
    first = np.searchsorted(reading_unit, np.arange(len(firsts)))
    last = np.searchsorted(reading_unit, np.arange(len(firsts)), side="right")
    subject, device, node, peer = (column[firsts] for column in coded)
    worse = np.array([trait.worse for trait in traits] or [0], dtype=np.int64)[subject]
    return Units(
        subject, node, device, peer,
        _valued(readings, first, last, worse), refused.astype(np.int64), first, last,
        readings, attempt[edges[:-1]] if len(samples) else np.empty(0, dtype=np.int64),
        edges[:-1], edges[1:], samples,
    )  # fmt: skip


def _true(rows: _Rows, traits: tuple[Trait, ...], subjects: tuple[Subject, ...]) -> Mask:
    """Return which values may be true: finite, not absurd, not below zero where nothing is."""
    least = np.array(
        [
            0.0 if trait.known and subject.unit not in SIGNED_UNITS else -ABSURD
            for trait, subject in zip(traits, subjects, strict=True)
        ]
    )
    finite = np.isfinite(rows.value)
    if not len(rows.value):
        return finite
    return np.asarray(finite & (rows.value >= least[rows.subject]) & (rows.value <= ABSURD))


def _middle(samples: Numbers, edges: Codes) -> Numbers:
    """Return the median of each run of samples that are sorted already."""
    sizes = np.diff(edges)
    if not len(samples):
        return np.empty(0)
    low = samples[edges[:-1] + (sizes - 1) // 2]
    return np.asarray((low + samples[edges[:-1] + sizes // 2]) / 2)


def _valued(readings: Numbers, first: Codes, last: Codes, worse: Codes) -> Numbers:
    """Return each unit's value: the first attempt, or from three on what the repeats say.

    Who was repeated mostly looked bad at first: the reading that raised the suspicion must not
    count again, nor may a single bad repeat decide. So of the median of all attempts and that of
    the later ones the better is taken, and the median of all where neither way is better.
    """
    count = last - first
    value = np.full(len(count), np.nan)
    value[count > 0] = readings[first[count > 0]]
    often = count >= _OFTEN
    if not often.any():
        return value
    owner = np.repeat(np.arange(len(count)), count)
    every = _medians_of(readings, owner, often[owner], len(count))
    is_later = np.arange(len(readings)) != first[owner]
    later = _medians_of(readings, owner, often[owner] & is_later, len(count))
    better = np.where(worse < 0, np.maximum(every, later), np.minimum(every, later))
    value[often] = np.where(worse == 0, every, better)[often]
    return value


def _medians_of(readings: Numbers, owner: Codes, used: Mask, count: int) -> Numbers:
    rows = np.flatnonzero(used)
    rows = rows[np.lexsort((readings[rows], owner[rows]))]
    edges = starts_of(owner[rows])
    found = np.full(count, np.nan)
    found[owner[rows[edges[:-1]]]] = _middle(readings[rows], edges)
    return found
