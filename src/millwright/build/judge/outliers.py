"""Who is unlike its peers, by more than chance and by enough to matter.

Every device and every node is one question, asked in many ways: each of its metrics, each family
of them. A device that has siblings is compared with them, since what its node does to all of them
is asked of the node. The chances of all these answers are put together, and the false discovery
rate is held over devices and nodes (Benjamini and Hochberg 1995): loosely to ask again, strictly to
blame, and then within a budget of healthy nodes. A difference that does not matter in practice
counts as none. Where peers are few no score is rare enough for that: who is plainly off among them
is asked again all the same, and not blamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from millwright.build.judge.arrays import Codes, Mask, Numbers, discovered, sizes_of, upper_tail
from millwright.build.judge.families import TOGETHER, Together
from millwright.build.judge.fewnodes import few_nodes
from millwright.build.judge.scores import Layer, Layers
from millwright.build.judge.units import Batch

ASKING_RATE, BLAMING_RATE = 0.03, 0.02
"""Of those who are asked again, and of those who are blamed after it, how many may be chance."""
BUDGET_PER_NODE = 0.0005
"""How many devices a healthy node may have blamed by chance, however many others are at fault."""
_OF_FAMILIES, _OF_METRICS = 0.8, 0.2
"""How the allowance is shared: families say more, and are fewer."""
_RARE = 0.05
"""Where all peers are alike, a difference that more than this share has is no outlier."""
PLAIN = 6.0
"""From which raw score on one is plainly off, if by much as well: however few the peers are."""
CORROBORATED, ALSO = 2, 4.0
"""So many metrics of a device, from that raw score on: noise of one reading is not that of all."""
MUCH = 2.0
"""How many of the least differences that matter that is."""
_SEEN = 1.0
"""From which score on a metric is told as part of what a device was marked for."""

Against = Literal["peers", "siblings", "nodes"]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A metric of a device, or of a node, by which it was marked.

    `unit` is a row of the batch's units; of a whole node, any of its devices. `gap` is how much
    worse, in the unit, than `against` says; `alike` where peers do not differ at all; `sure` where
    the strict rate is held as well. `tails` is how far peers of its kind of metric are off on their
    better side, in raw scores, where nothing is at fault; 0 where another metric of the same device
    is off as well.
    """

    unit: int
    against: Against
    raw: float
    gap: float
    percent: float
    peers: int
    alike: bool = False
    sure: bool = True
    by_size: bool = False
    tails: float = 0.0


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Chances of one kind: of whom, and how many were asked of everybody."""

    owner: Codes
    chance: Numbers


def suspects(
    batch: Batch, layers: Layers, families: tuple[Together, Together, Together]
) -> list[Suspect]:
    """Return the suspects in the order of the units: of devices first, then of nodes."""
    places = len(batch.names.devices) + 1
    single = [_single(batch, layer, places) for layer in layers.tested]
    several = [_several(each, places) for each in families]
    total = len(batch.names.nodes) * places
    loose = _marked(single, several, total, ASKING_RATE)
    strict = _marked(single, several, total, BLAMING_RATE).blamed(len(batch.names.nodes))
    found: dict[tuple[int, bool], Suspect] = {}
    for at in (2, 1, 0):
        layer, evidence = layers.tested[at], single[at]
        strong = evidence.chance * loose.weight[evidence.owner] <= loose.allowance
        of_family = _in_family(batch, layer, (families[at], several[at].chance), places)
        seen = layer.matters & loose.devices[evidence.owner] & (strong | of_family)
        _collect(
            found,
            _Seen(layer, at, seen & ~layer.alike, tails=_tails(batch, layer)),
            strict[evidence.owner],
            layers.peers,
        )
    every = layers.devices
    nodes = (layers.tested[2], 2), (few_nodes(every), 2)
    for layer, at in (*nodes, (layers.tested[1], 1), (every, 0)):
        off = plainly_off(batch, layer)
        plain = _Seen(layer, at, off, by_size=True, tails=_tails(batch, layer))
        _collect(found, plain, np.zeros(len(layer.at), dtype=bool), layers.peers)
    _drop_explained(batch, found)
    alone = _Seen(every, 0, _alone(every, layers.peers))
    _collect(found, alone, np.ones(len(every.at), dtype=bool), layers.peers)
    return [found[key] for key in sorted(found)]


def plainly_off(batch: Batch, layer: Layer) -> Mask:
    """Return which rows are off by far more than their peers differ, and by far enough to matter.

    Among eight peers a score of 6 is no rarity to a normal scale: their own spread is hardly known.
    """
    traits = batch.names.traits
    share = np.array([np.nan if t.percent is None else t.percent for t in traits] or [np.nan])
    least = np.array([np.nan if t.absolute is None else t.absolute for t in traits] or [np.nan])
    subject = layer.subject
    much = (layer.percent >= MUCH * share[subject]) | (layer.gap >= MUCH * least[subject])
    return np.asarray(much & ~layer.alike & (layer.raw >= PLAIN))


def _tails(batch: Batch, layer: Layer) -> Numbers:
    """Return for each row what its suspect's `tails` say.

    Noise goes both ways and faults go one: what peers reach on the better side, chance may do to
    them on the other. Where another metric of the device is off as well it was no chance.
    """
    families = [trait.family for trait in batch.names.traits]
    known = sorted(set(families)) or [""]
    family = np.array([known.index(each) for each in families] or [0])[layer.subject]
    best = np.zeros(len(known))
    np.maximum.at(best, family, np.where(layer.alike, 0.0, -layer.raw))
    places = len(batch.names.devices) + 1
    owner = layer.node * places + layer.device + 1
    total = int(owner.max(initial=-1)) + 1
    also = layer.matters & ~layer.alike & (layer.raw >= ALSO)
    often = np.bincount(owner, weights=also, minlength=total) >= CORROBORATED
    return np.asarray(np.where(often[owner], 0.0, best[family]))


def _single(batch: Batch, layer: Layer, places: int) -> _Evidence:
    worse = np.array([trait.worse for trait in batch.names.traits] or [0])
    chance = upper_tail(layer.z) * np.where(worse[layer.subject] == 0, 2.0, 1.0)
    chance = np.where(layer.matters & ~layer.alike, np.minimum(chance, 1.0), 1.0)
    return _Evidence(layer.node * places + layer.device + 1, chance)


def _several(each: Together, places: int) -> _Evidence:
    z = np.where(np.isnan(each.z), 0.0, each.z)
    chance = np.where(each.matters, upper_tail(z), 1.0)
    return _Evidence(each.node * places + each.device + 1, chance)


@dataclass(frozen=True, slots=True)
class _Marked:
    """Which devices and nodes stand out, by `chance`.

    One of their metrics does where its own chance, times `weight`, is within the `allowance`. The
    weight is the very one that `chance` was made with: a quotient of it would be off by a rounding,
    and lose the metric that decided.
    """

    devices: Mask
    weight: Numbers
    allowance: float
    chance: Numbers
    asked: int

    def blamed(self, nodes: int) -> Mask:
        """Return those whose chance is so small that few healthy nodes are ever among them."""
        most = BUDGET_PER_NODE * nodes / max(self.asked, 1)
        return np.asarray(self.devices & (self.chance <= most))


def _marked(single: list[_Evidence], several: list[_Evidence], total: int, rate: float) -> _Marked:
    asked = np.zeros(total, dtype=bool)
    chance = np.ones(total)
    weights = np.ones(total)
    for kind, share in ((single, _OF_METRICS), (several, _OF_FAMILIES)):
        count = sum((sizes_of(each.owner, total) for each in kind), np.zeros(total, dtype=np.int64))
        asked |= count > 0
        least = np.ones(total)
        for each in kind:
            np.minimum.at(least, each.owner, each.chance)
        weight = np.maximum(count, 1) / share
        chance = np.minimum(chance, least * weight + (count == 0))
        weights = weight if kind is single else weights
    marked = discovered(chance, int(asked.sum()), rate)
    allowance = max(float(chance[marked].max()) if marked.any() else 0.0, 1e-12)
    return _Marked(marked, weights, allowance, chance, int(asked.sum()))


def _in_family(batch: Batch, layer: Layer, told_by: tuple[Together, Numbers], places: int) -> Mask:
    """Return which rows belong to a family that is unlike others."""
    each, chance = told_by
    owner = each.node * places + each.device + 1
    count = np.maximum(sizes_of(owner, int(owner.max()) + 1 if len(owner) else 0), 1)
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


@dataclass(frozen=True, slots=True)
class _Seen:
    """Rows of a layer (0 of devices, 1 of siblings, 2 of nodes) that stand out."""

    layer: Layer
    at: int
    rows: Mask
    by_size: bool = False
    tails: Numbers | None = None


def _collect(found: dict[tuple[int, bool], Suspect], seen: _Seen, sure: Mask, peers: Codes) -> None:
    layer = seen.layer
    against: Against = ("peers", "siblings", "nodes")[seen.at]
    for row in np.flatnonzero(seen.rows).tolist():
        unit = int(layer.at[row])
        suspect = Suspect(
            unit, against, float(layer.raw[row]), float(layer.gap[row]),
            float(layer.percent[row]), int(peers[layer.subject[row]]),
            bool(layer.alike[row]), bool(sure[row]), seen.by_size,
            0.0 if seen.tails is None else float(seen.tails[row]),
        )  # fmt: skip
        found.setdefault((unit, seen.at == 2), suspect)


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
