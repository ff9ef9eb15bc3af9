"""The judge: measurements and terms in, one verdict out; in any order the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from millwright.build.judge import findings as told
from millwright.build.judge.families import TOGETHER, Together, together
from millwright.build.judge.findings import Found, Teller
from millwright.build.judge.gates import Gates, gated
from millwright.build.judge.jitter import uneven
from millwright.build.judge.links import Weak, weak
from millwright.build.judge.lots import Earlier, firmware_patterns, lot_patterns
from millwright.build.judge.missing import Census, Expected, counted
from millwright.build.judge.outliers import Suspect, suspects
from millwright.build.judge.pairfindings import of_pairs
from millwright.build.judge.patterns import patterns
from millwright.build.judge.places import Places, with_rows
from millwright.build.judge.populations import notes, populations
from millwright.build.judge.scores import LEAST_PEERS, Scores, layers_of, scored
from millwright.build.judge.traits import trait_of
from millwright.build.judge.units import Batch, arranged
from millwright.build.judge.waivers import Accepted, waived
from millwright.model.bar import BARE_METAL, Bar
from millwright.model.measurements import Measurements
from millwright.model.verdict import (
    NodeVerdict,
    Pattern,
    Verdict,
    VerdictDocument,
    VerdictFinding,
    worst,
)
from millwright.model.waiver import Waiver


@dataclass(frozen=True, slots=True)
class Terms:
    """What results are judged by, beside themselves.

    `today` matters for waivers alone. `earlier` are medians of a verdict before this one.
    """

    bars: Sequence[Bar] = ()
    platform: str = BARE_METAL
    places: Places = field(default_factory=Places)
    expected: Expected | None = None
    waivers: Sequence[Waiver] = ()
    today: date = date.max
    earlier: Earlier = field(default_factory=dict)

    @property
    def accepted(self) -> Accepted:
        """Return what somebody took upon himself."""
        return Accepted(self.waivers, self.today)


def judge(columns: Measurements, terms: Terms) -> VerdictDocument:
    """Return the verdict over all measurements, node by node, with what groups have in common."""
    batch = arranged(columns)
    scores = scored(batch)
    gates = gated(batch, terms.bars, terms.platform)
    layers = layers_of(scores)
    lone, siblings, whole = (together(batch, layer) for layer in layers.tested)
    families = together(batch, layers.devices), whole
    suspected = suspects(batch, layers, (lone, siblings, whole))
    census = counted(batch, terms.expected)
    pairs = weak(batch)
    places = with_rows(terms.places, columns)
    common = _patterns(batch, (places, terms.earlier), (scores, gates, families), pairs)
    found = _found((Teller(batch, gates, scores), suspected), census, pairs)
    nodes = _nodes(found, census, common, terms)
    shown = tuple(sorted(common, key=lambda each: (each.axis, each.group, each.metric)))
    wanted, there = sum(census.wanted.values()), sum(census.there.values())
    return VerdictDocument(
        verdict=worst([*(node.verdict for node in nodes.values()),
                       *(pattern.verdict for pattern in shown if nodes)]),
        completeness=there / wanted if wanted else 0.0,
        expected_from=census.of,
        simulated=batch.simulated > 0,
        platform=terms.platform,
        measurements=batch.rows - batch.duplicates,
        nodes=nodes,
        patterns=shown,
        populations=populations(batch, scores, gates),
        notes=notes(batch, scores, gates, census, pairs),
    )  # fmt: skip


Judged = tuple[Scores, Gates, tuple[Together, Together]]


def _patterns(
    batch: Batch, known: tuple[Places, Earlier], judged: Judged, pairs: Weak
) -> list[Pattern]:
    scores, gates, families = judged
    places, earlier = known
    return [
        *patterns(batch, places, _of_nodes(*families), families[0], pairs),
        *firmware_patterns(batch, scores.population),
        *lot_patterns(batch, scores.population, gates.bars, earlier),
    ]


def _of_nodes(devices: Together, nodes: Together) -> Together:
    """Return what families say of whole nodes: of all their devices, or of their nameless one."""
    lots, families = (
        1 + max(int(of.max(initial=-1)) for of in (getattr(nodes, name), getattr(devices, name)))
        for name in ("lot", "family")
    )
    known, asked = (
        (each.node * lots + each.lot) * families + each.family for each in (nodes, devices)
    )
    extra = ~np.isin(asked, known)
    return Together(
        np.concatenate((nodes.node, devices.node[extra])),
        np.concatenate((nodes.device, np.full(int(extra.sum()), -1))),
        np.concatenate((nodes.lot, devices.lot[extra])),
        np.concatenate((nodes.family, devices.family[extra])),
        np.concatenate((nodes.z, devices.z[extra])),
        np.concatenate((nodes.ratio, devices.ratio[extra])),
        np.concatenate((nodes.percent, devices.percent[extra])),
        np.concatenate((nodes.members, devices.members[extra])),
        nodes.lots,
    )


def _found(judged: tuple[Teller, list[Suspect]], census: Census, pairs: Weak) -> list[Found]:
    teller, suspected = judged
    batch, scores, gates = teller.batch, teller.scores, teller.gates
    errors = list(told.of_errors(teller))
    wrong = {(node, finding.metric, finding.device) for node, finding in errors}
    told_wrong = {node for node, _ in errors}
    absences = [
        each for each in census.absences if (each.node, each.metric, each.device) not in wrong
    ]
    return [
        *told.of_gates(teller),
        *told.of_suspects(teller, suspected),
        *told.of_cleared(teller, suspected),
        *told.of_tails(teller, uneven(batch)),
        *errors,
        *told.of_absences(absences, census.of),
        *of_pairs(teller, pairs),
        *(each for each in _unjudged(batch, scores, gates, pairs) if each[0] not in told_wrong),
    ]


def _unjudged(batch: Batch, scores: Scores, gates: Gates, pairs: Weak) -> Iterable[Found]:
    """Yield a finding for nodes of which nothing could be judged: measured is not passed."""
    names, units = batch.names, batch.units
    if not len(units):
        return
    barred = np.array([bool(bars) for bars in gates.bars])
    compared = np.array([trait.compared for trait in names.traits])
    peers = compared & (scores.population.count[: len(compared)] >= LEAST_PEERS)
    paired = np.isin(units.subject, np.array(pairs.judged, dtype=np.int64))
    able = barred[units.subject] | np.where(units.peer < 0, peers[units.subject], paired)
    judged = np.bincount(units.node, weights=able, minlength=len(names.nodes))
    for node in np.flatnonzero(judged == 0).tolist():
        unit = int(np.flatnonzero(units.node == node)[0])
        subject = names.subjects[int(units.subject[unit])]
        yield names.nodes[node], VerdictFinding(
            metric=subject.metric, unit=subject.unit, kind="error", verdict=Verdict.UNKNOWN,
            reason=f"measured, and judged by nothing: no bar, and {_why(batch, unit)}",
        )  # fmt: skip


def _why(batch: Batch, unit: int) -> str:
    if batch.names.traits[int(batch.units.subject[unit])].compared:
        return f"fewer than {LEAST_PEERS} peers"
    return "no difference of peers is known to matter"


def _nodes(
    found: list[Found], census: Census, common: Sequence[Pattern], terms: Terms
) -> dict[str, NodeVerdict]:
    by_node: dict[str, list[VerdictFinding]] = {name: [] for name in sorted(census.wanted)}
    for node, finding in found:
        by_node.setdefault(node, []).append(finding)
    hit = _hit(common, len(by_node))
    verdicts = {}
    for node in sorted(by_node):
        mine = _with_patterns(by_node[node], hit.get(node, []))
        shown = sorted((waived(node, each, terms.accepted) for each in mine), key=_order)
        wanted = census.wanted.get(node, 0)
        share = census.there.get(node, 0) / wanted if wanted else 0.0
        verdicts[node] = _verdict(shown, share)
    return verdicts


def _order(finding: VerdictFinding) -> tuple[object, ...]:
    return (-finding.verdict.rank, finding.kind, finding.metric, finding.device, finding.test,
            finding.peer, finding.reason, repr(finding.params), finding.unit)  # fmt: skip


def _verdict(findings: list[VerdictFinding], completeness: float) -> NodeVerdict:
    counting = [each for each in findings if each.disposition != "waived"]
    outliers = worst([Verdict.PASS, *(f.verdict for f in counting if f.kind == "outlier")])
    gates = worst([Verdict.PASS, *(f.verdict for f in counting if f.kind != "outlier")])
    return NodeVerdict(
        verdict=worst([gates, outliers]), gates=gates, outliers=outliers,
        completeness=completeness, findings=tuple(findings),
    )  # fmt: skip


def _hit(common: Sequence[Pattern], nodes: int) -> Mapping[str, list[Pattern]]:
    """Return each node's patterns; one that half of all nodes share is told of the whole."""
    hit: dict[str, list[Pattern]] = {}
    for pattern in common:
        if 2 * len(pattern.nodes) <= nodes:
            for node in pattern.nodes:
                hit.setdefault(node, []).append(pattern)
    return hit


def _with_patterns(findings: list[VerdictFinding], hit: Sequence[Pattern]) -> list[VerdictFinding]:
    """Return the findings with the pattern that explains them, and one for each pattern."""
    told_of = {}
    for pattern in hit:
        family = pattern.metric if pattern.metric in TOGETHER else trait_of(pattern.metric).family
        told_of[family] = f"{pattern.axis} {pattern.group}"
    explained = []
    for finding in findings:
        name = told_of.get(trait_of(finding.metric).family, "") if finding.kind == "outlier" else ""
        if name:
            disposition = None if finding.disposition == "rma" else finding.disposition
            finding = finding.model_copy(update={"pattern": name, "disposition": disposition})
        explained.append(finding)
    return explained + [
        VerdictFinding(
            metric=pattern.metric, kind="outlier", reason=pattern.reason, verdict=pattern.verdict,
            deviation_percent=pattern.deviation_percent,
            pattern=f"{pattern.axis} {pattern.group}", peers=pattern.members,
        )
        for pattern in hit
    ]  # fmt: skip
