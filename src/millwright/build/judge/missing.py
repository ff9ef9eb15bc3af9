"""What was expected and is not there: a node that says nothing of a device has not passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from millwright.build.judge.arrays import Codes
from millwright.build.judge.units import Batch
from millwright.model.verdict import ExpectedFrom

Item = tuple[str, str, str]
"""Test, metric and device; an empty test is any."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What every node should say, from a plan or a design: by node, its items."""

    of: ExpectedFrom
    items: Mapping[str, frozenset[Item]]


@dataclass(frozen=True, slots=True)
class Absence:
    """What a node did not say, with the SKU whose other nodes did."""

    node: str
    test: str
    metric: str
    device: str
    having: int
    of: int


@dataclass(slots=True)
class Census:
    """How many items each node should have said, how many it did, and which it did not."""

    of: ExpectedFrom
    wanted: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    absences: list[Absence] = field(default_factory=list)


def counted(batch: Batch, expected: Expected | None) -> Census:
    """Return what is there of what should be; without a plan, peers say what should be.

    Then a node is to say what any node of its SKU says under the same test. Rows of pairs and of
    several nodes together belong to no node alone and are not expected of each.
    """
    return _by_plan(batch, expected) if expected is not None else _by_peers(batch)


def _by_plan(batch: Batch, expected: Expected) -> Census:
    census = Census(expected.of)
    said: dict[str, set[Item]] = {}
    names, units = batch.names, batch.units
    good = np.flatnonzero(~np.isnan(units.value)).tolist()
    for unit in good:
        subject = names.subjects[int(units.subject[unit])]
        items = said.setdefault(names.nodes[int(units.node[unit])], set())
        device = names.devices[int(units.device[unit])]
        items |= {(subject.test, subject.metric, device), ("", subject.metric, device)}
    for node in sorted(set(expected.items) | set(names.nodes)):
        wanted = expected.items.get(node, frozenset())
        there = said.get(node, set())
        census.wanted[node] = len(wanted)
        census.there[node] = len(wanted & there)
        for test, metric, device in sorted(wanted - there):
            census.absences.append(Absence(node, test, metric, device, 0, 0))
    return census


def _by_peers(batch: Batch) -> Census:
    """Return the census by the union over SKU and test, as columns: nodes times items."""
    census = Census("peers")
    names, units = batch.names, batch.units
    for name in names.nodes:
        census.wanted[name] = census.there[name] = 0
    alone = np.array([_alone(dict(subject.params)) for subject in names.subjects] or [False])
    use = np.flatnonzero((units.peer < 0) & alone[units.subject]) if len(units) else units.node
    items = sorted({(s.sku, s.test, s.metric) for s in names.subjects})
    item = np.array([items.index((s.sku, s.test, s.metric)) for s in names.subjects] or [0])
    skus = sorted({sku for sku, _, _ in items})
    lot = np.array([skus.index(sku) for sku, _, _ in items] or [0])
    what = item[units.subject[use]] * max(len(names.devices), 1) + units.device[use]
    valued = ~np.isnan(units.value[use])
    members = np.unique(lot[item[units.subject[use]]] * max(len(names.nodes), 1) + units.node[use])
    for code in range(len(skus)):
        nodes = members[members // max(len(names.nodes), 1) == code] % max(len(names.nodes), 1)
        mine = lot[item[units.subject[use]]] == code
        _count(batch, census, items, (nodes, what[mine], units.node[use][mine], valued[mine]))
    return census


def _count(
    batch: Batch,
    census: Census,
    items: list[tuple[str, str, str]],
    rows: tuple[Codes, Codes, Codes, Codes],
) -> None:
    """Add one SKU: a table of its nodes by its items, true where a value was said."""
    nodes, what, node, valued = rows
    names = batch.names
    columns = np.unique(what)
    table = np.zeros((len(nodes), len(columns)), dtype=bool)
    good = valued.astype(bool)
    table[np.searchsorted(nodes, node[good]), np.searchsorted(columns, what[good])] = True
    having = table.sum(axis=0)
    for row, there in zip(nodes.tolist(), table.sum(axis=1).tolist(), strict=True):
        census.wanted[names.nodes[row]] += len(columns)
        census.there[names.nodes[row]] += there
    for row, column in zip(*np.nonzero(~table), strict=True):
        _, test, metric = items[int(columns[column]) // len(names.devices)]
        device = names.devices[int(columns[column]) % len(names.devices)]
        absence = Absence(
            names.nodes[int(nodes[row])], test, metric, device, int(having[column]), len(nodes)
        )
        census.absences.append(absence)


def _alone(params: dict[str, str | int | float]) -> bool:
    """Return whether a node measured this by itself."""
    nodes = params.get("nodes", 1)
    return isinstance(nodes, str) or nodes <= 1
