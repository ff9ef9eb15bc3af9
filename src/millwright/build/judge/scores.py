"""How far every unit is from its peers: against all, within its node, and node against node.

A value is worse by a share of the peers' median, and by so many robust deviations. The second is
told as what it is worth on a normal scale, because few peers know little of their own spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from millwright.build.judge.arrays import (
    Codes,
    Mask,
    Numbers,
    as_normal,
    medians,
    scale_of,
    sizes_of,
)
from millwright.build.judge.units import Batch

LEAST_PEERS = 8
LEAST_SIBLINGS = 4
"""Devices that a node must have before one is compared with the others of the node."""
LEAST_OF_A_SLOT = 20


@dataclass(frozen=True, slots=True)
class Population:
    """The units of each subject, as arrays by subject: how many, their median and their scale."""

    count: Codes
    median: Numbers
    scale: Numbers


@dataclass(frozen=True, slots=True)
class Layer:
    """One way to compare: `at` are the rows compared, in the batch's units or a node's rows.

    `z` is positive where worse, on a normal scale; `raw` is the plain robust z. `gap` is how much
    worse, in the metric's unit, `percent` the same of the peers' median. `alike` marks rows whose
    peers do not differ at all: there `z` says nothing.
    """

    at: Codes
    subject: Codes
    node: Codes
    device: Codes
    z: Numbers
    raw: Numbers
    gap: Numbers
    percent: Numbers
    matters: Mask
    alike: Mask


@dataclass(frozen=True, slots=True)
class Scores:
    """All layers of a batch. `shifts` is what a node's slot adds to a unit's expectation."""

    population: Population
    devices: Layer
    siblings: Layer
    nodes: Layer
    expected: Numbers


@dataclass(frozen=True, slots=True)
class Layers:
    """What is asked: of devices without siblings, of devices among siblings, of nodes.

    `devices` has all devices against all peers; `peers` how many there are, by subject.
    """

    devices: Layer
    tested: tuple[Layer, Layer, Layer]
    peers: Codes


def layers_of(scores: Scores) -> Layers:
    """Return the layers of some scores, every device in one of them."""
    lone = np.flatnonzero(~np.isin(scores.devices.at, scores.siblings.at, assume_unique=True))
    columns = {name: getattr(scores.devices, name)[lone] for name in Layer.__slots__}
    tested = Layer(**columns), scores.siblings, scores.nodes
    return Layers(scores.devices, tested, scores.population.count)


@dataclass(frozen=True, slots=True)
class _Compared:
    """Rows with a value, ready to be centred."""

    at: Codes
    subject: Codes
    node: Codes
    device: Codes
    value: Numbers


def scored(batch: Batch) -> Scores:
    """Return the scores of every unit that has a value, no peer, and peers to compare with."""
    units, total = batch.units, max(len(batch.names.subjects), 1)
    use = np.flatnonzero(~np.isnan(units.value) & (units.peer < 0))
    rows = _Compared(use, units.subject[use], units.node[use], units.device[use], units.value[use])
    middle = medians(rows.subject, rows.value, total)
    expected = middle[rows.subject] + _slots(batch, rows, middle)
    rest = rows.value - expected
    devices, population = _layer(batch, rows, rest, middle, LEAST_PEERS)
    siblings = _siblings(batch, rows, rest, middle)
    nodes = _nodes(batch, rows, rest, middle)
    everywhere = np.full(len(units), np.nan)
    everywhere[use] = expected
    return Scores(population, devices, siblings, nodes, everywhere)


def _slots(batch: Batch, rows: _Compared, middle: Numbers) -> Numbers:
    """Return what the slot of a device adds, where many nodes agree that it does.

    GPUs behind another socket or switch are slower by design; they are compared with their like.
    """
    places = len(batch.names.devices)
    if places < 2 or not len(rows.at):
        return np.zeros(len(rows.at))
    slot = rows.subject * places + rows.device
    known, code = np.unique(slot, return_inverse=True)
    count = sizes_of(code, len(known))
    rest = rows.value - middle[rows.subject]
    shift = medians(code, rest, len(known))
    scale = scale_of(code, rest - shift[code], len(known))
    surely = (count >= LEAST_OF_A_SLOT) & (
        np.abs(shift) > 6 * scale / np.sqrt(np.maximum(count, 1))
    )
    return np.asarray(np.where(surely, shift, 0.0)[code])


def _layer(
    batch: Batch, rows: _Compared, rest: Numbers, middle: Numbers, least: int
) -> tuple[Layer, Population]:
    """Return the scores of centred values, by subject; subjects with too few rows are left out."""
    traits = batch.names.traits
    total = max(len(traits), 1)
    worse = np.array([trait.worse for trait in traits] or [0], dtype=np.float64)[rows.subject]
    gap = np.where(worse == 0, np.abs(rest), worse * rest)
    count = sizes_of(rows.subject, total)
    scale = scale_of(rows.subject, np.where(worse == 0, rest, gap), total)
    compared = np.array([trait.compared for trait in traits] or [False])
    keep = np.flatnonzero((count[rows.subject] >= least) & compared[rows.subject])
    subject, kept, size = rows.subject[keep], gap[keep], scale[rows.subject[keep]]
    alike = size <= 0
    raw = np.where(alike, 0.0, kept / np.where(alike, 1.0, size))
    z = as_normal(raw, count[subject].astype(np.float64))
    base = np.abs(middle[subject])
    percent = 100 * kept / np.where(base > 0, base, np.nan)
    layer = Layer(
        rows.at[keep], subject, rows.node[keep], rows.device[keep],
        z, raw, kept, percent, _matters(batch, subject, kept, percent), alike,
    )  # fmt: skip
    return layer, Population(count, middle, scale)


def _matters(batch: Batch, subject: Codes, gap: Numbers, percent: Numbers) -> Mask:
    """Return where a difference is large enough to matter, whatever its chance."""
    traits = batch.names.traits
    share = np.array([np.nan if t.percent is None else t.percent for t in traits] or [np.nan])
    least = np.array([np.nan if t.absolute is None else t.absolute for t in traits] or [np.nan])
    return np.asarray((percent >= share[subject]) | (gap >= least[subject]))


def _siblings(batch: Batch, rows: _Compared, rest: Numbers, middle: Numbers) -> Layer:
    """Return the devices of a node against each other: what the node does to all falls out."""
    node, count = _by_node(batch, rows)
    inner = medians(node, rest, int(node.max()) + 1 if len(node) else 1)
    some = np.flatnonzero(count >= LEAST_SIBLINGS)
    inside = _Compared(
        rows.at[some], rows.subject[some], rows.node[some], rows.device[some], rows.value[some]
    )
    size = count[some].astype(np.float64)
    # A median of few is itself uncertain and holds the device: what is left varies by less.
    left = (rest[some] - inner[node[some]]) * np.sqrt(size / (size - 1))
    return _layer(batch, inside, left, middle, LEAST_PEERS)[0]


def _nodes(batch: Batch, rows: _Compared, rest: Numbers, middle: Numbers) -> Layer:
    """Return nodes against nodes, by the median of their devices; `at` is a unit of the node."""
    node, count = _by_node(batch, rows)
    total = int(node.max()) + 1 if len(node) else 0
    if not total:
        return _layer(batch, rows, rest, middle, LEAST_PEERS)[0]
    inner = medians(node, rest, total)
    one = np.unique(node, return_index=True)[1]
    one = one[count[one] >= LEAST_SIBLINGS]
    whole = _Compared(
        rows.at[one], rows.subject[one], rows.node[one],
        np.full(len(one), -1, dtype=np.int64), rows.value[one],
    )  # fmt: skip
    return _layer(batch, whole, inner[node[one]], middle, LEAST_PEERS)[0]


def _by_node(batch: Batch, rows: _Compared) -> tuple[Codes, Codes]:
    """Return a code of subject and node for every row, and how many devices share it."""
    pair = rows.subject * max(len(batch.names.nodes), 1) + rows.node
    _, code, count = np.unique(pair, return_inverse=True, return_counts=True)
    return code.astype(np.int64), count[code].astype(np.int64)
