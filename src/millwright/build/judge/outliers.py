"""Who is unlike its peers, by more than chance and by enough to matter.

Every device and every node is one question, asked in many ways: each of its metrics, each family
of them, against all peers and against the others of its node. The chances of all these answers are
put together per device (half the allowance for single metrics, half for families), and the false
discovery rate is held over devices (Benjamini and Hochberg 1995). A difference that does not matter
in practice counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from millwright.build.judge.arrays import Codes, Mask, Numbers, discovered, sizes_of, upper_tail
from millwright.build.judge.families import TOGETHER, Together
from millwright.build.judge.scores import Layer, Scores
from millwright.build.judge.units import Batch

RATE = 0.005
"""Of the devices that are marked, how many may be marked by chance."""
_RARE = 0.05
"""Where all peers are alike, a difference that more than this share has is no outlier."""
_SEEN = 1.0
"""From which score on a metric is told as part of what a device was marked for."""

Against = Literal["peers", "siblings", "nodes"]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A metric of a device, or of a node, by which it was marked.

    `unit` is a row of the batch's units; of a whole node, any of its devices. `gap` is how much
    worse, in the unit, than `against` says; `alike` where peers do not differ at all.
    """

    unit: int
    against: Against
    raw: float
    gap: float
    percent: float
    peers: int
    alike: bool = False


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Chances of one kind: of whom, and how many were asked of everybody."""

    owner: Codes
    chance: Numbers


def suspects(
    batch: Batch, scores: Scores, families: tuple[Together, Together, Together]
) -> list[Suspect]:
    """Return the suspects in the order of the units: of devices first, then of nodes."""
    places = len(batch.names.devices) + 1
    layers = (scores.devices, scores.siblings, scores.nodes)
    single = [_single(batch, layer, places) for layer in layers]
    several = [_several(each, places) for each in families]
    marked, line = _marked(single, several, len(batch.names.nodes) * places)
    found: dict[tuple[int, bool], Suspect] = {}
    for at in (2, 1, 0):
        layer, evidence = layers[at], single[at]
        strong = evidence.chance <= line[evidence.owner]
        of_family = _in_family(batch, layer, families[at], places, several[at].chance, line)
        seen = layer.matters & marked[evidence.owner] & (strong | of_family & (layer.z >= _SEEN))
        _collect(found, layer, seen & ~layer.alike, at, scores.population.count)
    _drop_explained(batch, found)
    _collect(found, layers[0], _alone(layers[0], scores.population.count), 0,
             scores.population.count)  # fmt: skip
    return [found[key] for key in sorted(found)]


def _single(batch: Batch, layer: Layer, places: int) -> _Evidence:
    worse = np.array([trait.worse for trait in batch.names.traits] or [0])
    chance = upper_tail(layer.z) * np.where(worse[layer.subject] == 0, 2.0, 1.0)
    chance = np.where(layer.matters & ~layer.alike, np.minimum(chance, 1.0), 1.0)
    return _Evidence(layer.node * places + layer.device + 1, chance)


def _several(each: Together, places: int) -> _Evidence:
    z = np.where(np.isnan(each.z), 0.0, each.z)
    chance = np.where(each.matters, upper_tail(z), 1.0)
    return _Evidence(each.node * places + each.device + 1, chance)


def _marked(single: list[_Evidence], several: list[_Evidence], total: int) -> tuple[Mask, Numbers]:
    """Return which devices and nodes stand out, and below which chance each one's metric does."""
    asked = np.zeros(total, dtype=bool)
    chance = np.ones(total)
    counts = []
    for kind in (single, several):
        count = sum((sizes_of(each.owner, total) for each in kind), np.zeros(total, dtype=np.int64))
        asked |= count > 0
        least = np.ones(total)
        for each in kind:
            np.minimum.at(least, each.owner, each.chance)
        chance = np.minimum(chance, 2 * count * least + (count == 0))
        counts.append(count)
    marked = discovered(chance, int(asked.sum()), RATE)
    allowance = max(float(chance[marked].max()) if marked.any() else 0.0, 1e-12)
    return marked, allowance / (2 * np.maximum(counts[0], 1))


def _in_family(
    batch: Batch, layer: Layer, each: Together, places: int, chance: Numbers, line: Numbers
) -> Mask:
    """Return which rows belong to a family that marked its device."""
    owner = each.node * places + each.device + 1
    count = np.maximum(sizes_of(owner, len(line)), 1)
    known = {
        (int(owner[at]), each.lots[int(each.lot[at])], int(each.family[at]))
        for at in np.flatnonzero(chance < 0.05 / count[owner]).tolist()
    }
    names = batch.names
    told = [
        (subject.sku, TOGETHER.index(trait.family) if trait.family in TOGETHER else -1)
        for subject, trait in zip(names.subjects, names.traits, strict=True)
    ]
    mine = layer.node * places + layer.device + 1
    inside = np.zeros(len(layer.at), dtype=bool)
    for at in np.flatnonzero(layer.matters & (layer.z >= _SEEN)).tolist():
        sku, family = told[int(layer.subject[at])]
        inside[at] = (int(mine[at]), sku, family) in known
    return inside


def _collect(
    found: dict[tuple[int, bool], Suspect], layer: Layer, seen: Mask, at: int, peers: Codes
) -> None:
    against: Against = ("peers", "siblings", "nodes")[at]
    for row in np.flatnonzero(seen).tolist():
        unit = int(layer.at[row])
        percent = float(layer.percent[row])
        suspect = Suspect(
            unit, against, float(layer.raw[row]), float(layer.gap[row]),
            percent, int(peers[layer.subject[row]]), bool(layer.alike[row]),
        )  # fmt: skip
        found.setdefault((unit, at == 2), suspect)


def _drop_explained(batch: Batch, found: dict[tuple[int, bool], Suspect]) -> None:
    """Drop devices that are as slow as their whole node, where the node itself is marked."""
    units = batch.units
    nodes = {
        (int(units.subject[unit]), int(units.node[unit])) for unit, is_node in found if is_node
    }
    for unit, is_node in list(found):
        at = int(units.subject[unit]), int(units.node[unit])
        if not is_node and at in nodes and found[unit, is_node].against == "peers":
            del found[unit, is_node]


def _alone(layer: Layer, count: Codes) -> Mask:
    """Return rows that differ where nearly all peers are alike."""
    rows = np.flatnonzero(layer.alike & layer.matters & (layer.gap > 0))
    alone = np.zeros(len(layer.at), dtype=bool)
    subjects = layer.subject[rows]
    for subject in np.unique(subjects).tolist():
        mine = rows[subjects == subject]
        few = len(mine) <= max(1.0, _RARE * float(count[subject]))
        alone[mine] = few
    return alone
