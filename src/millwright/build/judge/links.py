"""What pairs say of nodes and of links: measurements with a peer on another node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from millwright.build.attribution import LinkEffect, Measured, NodeEffect, attributed
from millwright.build.judge.arrays import as_normal
from millwright.build.judge.units import Batch

_LEAST_Z = 4.5
_LEAST_ENDS = 8

End = tuple[str, str]
"""A node and one of its devices, which may be nameless."""


@dataclass(frozen=True, slots=True)
class WeakEnd:
    """An end that is slow with most of its partners."""

    subject: int
    end: End
    percent: float
    raw: float
    partners: int
    slow: int
    value: float
    typical: float


@dataclass(frozen=True, slots=True)
class WeakLink:
    """Two ends that are well with others and slow together; `decided` where both have enough."""

    subject: int
    ends: tuple[End, End]
    percent: float
    raw: float
    values: tuple[float, ...]
    typical: float
    decided: bool


@dataclass(frozen=True, slots=True)
class Weak:
    """All that pairs found."""

    ends: tuple[WeakEnd, ...]
    links: tuple[WeakLink, ...]
    too_few: tuple[int, ...]


def weak(batch: Batch) -> Weak:
    """Return ends and links that are worse than the additive model of all pairs allows."""
    ends: list[WeakEnd] = []
    links: list[WeakLink] = []
    too_few: list[int] = []
    for subject, results in _results(batch).items():
        trait = batch.names.traits[subject]
        if not trait.worse or trait.percent is None:
            continue
        if len({end for result in results for end in (result.a, result.b)}) < _LEAST_ENDS:
            too_few.append(subject)
            continue
        fit = attributed(results)
        sign, least = float(trait.worse), trait.percent
        count = float(len(fit.nodes))
        bad = [node for node in fit.nodes if _stands_out(node, sign, least, count)]
        ends += [_end(subject, node, results, (fit.typical, sign, least)) for node in bad]
        names = {node.node for node in bad if node.partners >= 3}
        for link in (*fit.links, *fit.undecided):
            if sign * link.percent >= least and _strong(link, sign, len(results)):
                decided = link in fit.links
                if decided or not {link.a, link.b} & names:
                    links.append(_link(subject, link, fit.typical, decided))
    return Weak(tuple(ends), tuple(links), tuple(too_few))


def _results(batch: Batch) -> dict[int, list[Measured]]:
    """Return for each subject the pairs between nodes, ends named `node<tab>device`."""
    units, names = batch.units, batch.names
    found: dict[int, list[Measured]] = {}
    for unit in np.flatnonzero((units.peer >= 0) & ~np.isnan(units.value)).tolist():
        node = names.nodes[int(units.node[unit])]
        device = names.devices[int(units.device[unit])]
        peer, other = names.peers[int(units.peer[unit])]
        if peer != node:
            result = Measured(f"{node}\t{device}", f"{peer}\t{other}", float(units.value[unit]))
            found.setdefault(int(units.subject[unit]), []).append(result)
    return found


def _stands_out(node: NodeEffect, sign: float, least: float, count: float) -> bool:
    z = float(as_normal(np.array([sign * node.robust_z]), np.array([count]))[0])
    alike = node.robust_z == 0.0
    return node.partners >= 3 and sign * node.percent >= least and (z >= _LEAST_Z or alike)


def _strong(link: LinkEffect, sign: float, count: int) -> bool:
    z = float(as_normal(np.array([sign * link.robust_z]), np.array([float(count)]))[0])
    return z >= _LEAST_Z or link.robust_z == 0.0


def _ends(name: str) -> End:
    node, _, device = name.partition("\t")
    return node, device


def _end(
    subject: int, node: NodeEffect, results: list[Measured], scale: tuple[float, float, float]
) -> WeakEnd:
    typical, sign, least = scale
    mine = [result.value for result in results if node.node in (result.a, result.b)]
    slow = sum(100 * sign * (value - typical) / abs(typical or 1.0) >= least for value in mine)
    return WeakEnd(
        subject, _ends(node.node), sign * node.percent, sign * node.robust_z, node.partners, slow,
        float(np.median(mine)), typical,
    )  # fmt: skip


def _link(subject: int, link: LinkEffect, typical: float, decided: bool) -> WeakLink:
    return WeakLink(
        subject, (_ends(link.a), _ends(link.b)), abs(link.percent), abs(link.robust_z),
        link.values, typical, decided,
    )  # fmt: skip
