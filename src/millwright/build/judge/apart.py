"""Nodes that stand alone: other versions than all others', so nobody but their own devices.

What slows all devices of such a node down is not found, and eight devices blame few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from millwright.build.judge.units import Batch
from millwright.model.measurements import Subject


@dataclass(frozen=True, slots=True)
class Apart:
    """A node that is the only one of a subject, and how its versions differ from the others'."""

    node: str
    others: int
    versions: tuple[str, ...]

    @property
    def told(self) -> str:
        """Return it in words."""
        return (
            f"{self.node} stands alone among its own devices: {self.others} nodes have other "
            f"versions ({', '.join(self.versions)})"
        )


def apart(batch: Batch) -> Mapping[int, Apart]:
    """Return by subject the one node of it, where others measured the same with other versions."""
    alike: dict[Subject, list[int]] = {}
    for at, subject in enumerate(batch.names.subjects):
        alike.setdefault(replace(subject, versions=()), []).append(at)
    several = [members for members in alike.values() if len(members) > 1]
    nodes = _nodes(batch) if several else []
    found = {}
    for members in several:
        every = {node for at in members for node in nodes[at]}
        for at in members:
            if len(nodes[at]) == 1 and len(every) > 1:
                name = batch.names.nodes[nodes[at][0]]
                found[at] = Apart(name, len(every) - 1, _differing(batch, at, members))
    return found


def _nodes(batch: Batch) -> list[list[int]]:
    """Return by subject whose values are compared there."""
    units, total = batch.units, len(batch.names.nodes)
    rows = np.flatnonzero(~np.isnan(units.value) & (units.peer < 0))
    found: list[list[int]] = [[] for _ in batch.names.subjects]
    for both in np.unique(units.subject[rows] * total + units.node[rows]).tolist():
        found[both // total].append(both % total)
    return found


def _differing(batch: Batch, at: int, members: list[int]) -> tuple[str, ...]:
    """Return `key=value` of the versions that not all of the others share."""
    own = set(batch.names.subjects[at].versions)
    shared = own.intersection(*(batch.names.subjects[other].versions for other in members))
    lacking = {
        key
        for other in members
        for key, _ in batch.names.subjects[other].versions
        if key not in {name for name, _ in own}
    }
    return (
        *(f"{key}={value}" for key, value in sorted(own - shared, key=repr)),
        *(f"{key} not said" for key in sorted(lacking)),
    )
