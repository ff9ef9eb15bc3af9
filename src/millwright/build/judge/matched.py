"""Values of the same part under the same conditions, of two runs, beside each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from millwright.build.judge.identities import Identity, Parts, Place, parts_of, spot
from millwright.build.judge.units import Batch, arranged
from millwright.model.measurements import Measurements, Pairs, Subject

Versions = tuple[str, Pairs]
"""With which tool, and which versions of everything else, a value came about."""


@dataclass(frozen=True, slots=True)
class Key:
    """What two values must share to be compared: conditions, the part, the part it talked to.

    Versions are no part of it: they may differ, and are told then.
    """

    subject: Subject
    part: Identity
    peer: Identity | None


@dataclass(frozen=True, slots=True)
class Held:
    """A value of a part, where it was, and with which versions."""

    value: float
    versions: Versions
    place: Place
    peer: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run made ready: its parts, their values, and how many values are nobody's."""

    parts: Parts
    held: Mapping[Key, Held]
    nameless: int
    simulated: int


@dataclass(frozen=True, slots=True)
class Group:
    """Values that changed under the same conditions, and so say something about each other."""

    subject: Subject
    versions: tuple[Versions, Versions]
    keys: tuple[Key, ...]
    before: tuple[Held, ...]
    after: tuple[Held, ...]


def run_of(columns: Measurements) -> Run:
    """Return a run by its parts. Repeats count as the verdict counts them."""
    batch, parts = arranged(columns), parts_of(columns)
    found: dict[Key, list[Held]] = defaultdict(list)
    nameless = 0
    shared = [_shared(subject) for subject in batch.names.subjects]
    for at in np.flatnonzero(~np.isnan(batch.units.value)).tolist():
        code = int(batch.units.subject[at])
        place, other = _places(batch, at)
        part = parts.identity(place)
        peer = parts.identity(other) if other else None
        if part is None or (other is not None and peer is None):
            nameless += 1
            continue
        subject = batch.names.subjects[code]
        held = Held(float(batch.units.value[at]), (subject.tool, subject.versions), place,
                    spot(other) if other else "")  # fmt: skip
        found[Key(shared[code], part, peer)].append(held)
    return Run(parts, {key: _one(values) for key, values in found.items()}, nameless,
               batch.simulated)  # fmt: skip


def _places(batch: Batch, at: int) -> tuple[Place, Place | None]:
    names, units = batch.names, batch.units
    place = names.nodes[int(units.node[at])], names.devices[int(units.device[at])]
    return place, names.peers[int(units.peer[at])] if units.peer[at] >= 0 else None


def _shared(subject: Subject) -> Subject:
    """Return the conditions that must be the same; of a tool its name counts, not its version."""
    return replace(subject, tool=subject.tool.partition(" ")[0], versions=())


def _one(values: list[Held]) -> Held:
    """Return the middle of values that a part has with several versions, told as the last."""
    return replace(values[-1], value=median(each.value for each in values))


def groups_of(before: Run, after: Run) -> list[Group]:
    """Return what both runs measured of the same parts, by conditions and versions."""
    found: dict[tuple[Subject, Versions, Versions], list[Key]] = defaultdict(list)
    for key, held in before.held.items():
        if (now := after.held.get(key)) is not None:
            found[key.subject, held.versions, now.versions].append(key)
    groups = []
    for (subject, was, now_), keys in sorted(found.items(), key=lambda each: repr(each[0])):
        ordered = tuple(sorted(keys, key=lambda key: (key.part, key.peer or ("", ""))))
        values = (tuple(run.held[key] for key in ordered) for run in (before, after))
        groups.append(Group(subject, (was, now_), ordered, *values))
    return groups


def differing(versions: tuple[Versions, Versions]) -> str:
    """Return what was brought to another version in between, in words."""
    (tool, was), (tool_now, now) = versions
    told = [f"{tool} became {tool_now}"] if tool != tool_now else []
    one, other = dict(was), dict(now)
    for name in sorted({*one, *other}):
        if one.get(name) != other.get(name):
            told.append(f"{name} {one.get(name, 'unknown')} became {other.get(name, 'unknown')}")
    return ", ".join(told)
