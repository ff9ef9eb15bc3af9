"""What parts reached that were accepted, by serial number: to be kept for day 2."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from millwright.build.judge.arrays import NORMAL_PER_MAD, Numbers
from millwright.build.judge.identities import Identity, parts_of
from millwright.build.judge.units import Batch, arranged
from millwright.model.fingerprint import Fingerprint
from millwright.model.measurements import Measurements
from millwright.model.verdict import Verdict, VerdictDocument

_SPREAD_FROM = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """Fingerprints of a run, and how many values are of no serial number and so of nobody."""

    fingerprints: tuple[Fingerprint, ...]
    nameless: int
    doubtful: tuple[str, ...]


def accepted(document: VerdictDocument, most: Verdict = Verdict.PASS) -> frozenset[str]:
    """Return the nodes whose values may count as good."""
    return frozenset(name for name, node in document.nodes.items() if node.verdict <= most)


def fingerprints_of(columns: Measurements, nodes: Collection[str], run: tuple[str, str]) -> Taken:
    """Return the fingerprints of the parts of these nodes; `run` is its name, and now.

    Values of pairs belong to two parts and are left out, as is what no peer is compared by.
    """
    batch, parts = arranged(columns), parts_of(columns)
    names, units = batch.names, batch.units
    found, nameless = [], 0
    for at in np.flatnonzero(~np.isnan(units.value) & (units.peer < 0)).tolist():
        node, device = names.nodes[int(units.node[at])], names.devices[int(units.device[at])]
        if node not in nodes or not names.traits[int(units.subject[at])].compared:
            continue
        part = parts.identity((node, device))
        if part is None:
            nameless += 1
            continue
        found.append(_taken(batch, at, part, run))
    return Taken(tuple(found), nameless, parts.doubtful)


def _taken(batch: Batch, at: int, part: Identity, run: tuple[str, str]) -> Fingerprint:
    names, units = batch.names, batch.units
    subject = names.subjects[int(units.subject[at])]
    readings = units.readings[int(units.first[at]) : int(units.last[at])]
    return Fingerprint(
        serial=part[0], device=part[1], node=names.nodes[int(units.node[at])],
        place=names.devices[int(units.device[at])], metric=subject.metric, unit=subject.unit,
        sku=subject.sku, test=subject.test, tool=subject.tool, params=dict(subject.params),
        versions=dict(subject.versions), median=float(np.median(readings)),
        spread=_spread(readings), count=len(readings), run=run[0], at=run[1],
        simulated=batch.simulated > 0,
    )  # fmt: skip


def _spread(readings: Numbers) -> float | None:
    if len(readings) < _SPREAD_FROM:
        return None
    return float(NORMAL_PER_MAD * np.median(np.abs(readings - np.median(readings))))
