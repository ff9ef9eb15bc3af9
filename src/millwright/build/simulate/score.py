"""Holds a verdict against what was planted: found, failed, and whom it wronged.

A fault counts as found where a node it hit is flagged by a gate or an outlier at the device that
was hit, at the whole node, or by a pattern; what is only UNKNOWN for want of values counts as
neither found nor wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from millwright.model.fleet import Alarms, FaultKind, Planted, Report, Score, Truth, ratio

_ENOUGH = 0.95
_LEAST = 5
"""Planted faults of one size that a detectable size must rest on."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a judge said of one node: its verdict, and the devices it flagged ("" for the node)."""

    verdict: str
    flagged: frozenset[str]


def said_by(document: Mapping[str, Any]) -> dict[str, Said]:
    """Return what a verdict document says, ours or another's of the same form.

    A finding that counts for nothing (verdict PASS, or waived) flags nobody.
    """
    found = {}
    for name, node in document.get("nodes", {}).items():
        flagged = frozenset(
            str(each.get("device") or "")
            for each in node.get("findings", ())
            if each.get("kind") in ("gate", "outlier")
            and each.get("verdict") != "PASS"
            and each.get("disposition") != "waived"
        )
        if not node.get("findings") and node.get("verdict") in ("WARN", "FAIL"):
            flagged = frozenset({""})
        found[str(name)] = Said(str(node.get("verdict")), flagged)
    return found


def scored(
    truths: Sequence[tuple[Truth, Mapping[str, Said], Mapping[str, Said] | None]],
    named: Iterable[tuple[str, bool]] = (),
) -> Report:
    """Return the score over one fleet or several: of the judge, and of the plain rule if given."""
    faults: dict[tuple[FaultKind, float], list[tuple[Planted, int]]] = {}
    for at, (truth, _, _) in enumerate(truths):
        for fault in truth.faults:
            faults.setdefault((fault.kind, fault.size_percent), []).append((fault, at))
    scores = tuple(_score(kind, size, faults[kind, size], truths) for kind, size in sorted(faults))
    groups = list(named)
    first = truths[0][0]
    plain = [(truth, rule) for truth, _, rule in truths if rule is not None]
    return Report(
        seed=first.seed, noise=first.noise, nodes=sum(len(truth.nodes) for truth, _, _ in truths),
        scores=scores,
        judge=_alarms([(truth, judge) for truth, judge, _ in truths]),
        by_mean=_alarms(plain) if plain else None,
        detectable_percent=_detectable(scores),
        groups_named=ratio(sum(hit for _, hit in groups), len(groups)) if groups else None,
    )  # fmt: skip


Truths = Sequence[tuple[Truth, Mapping[str, Said], Mapping[str, Said] | None]]


def _score(
    kind: FaultKind, size: float, faults: list[tuple[Planted, int]], truths: Truths
) -> Score:
    hits = [(fault, node, at) for fault, at in faults for node in fault.nodes]
    found = sum(_found(fault, truths[at][1].get(node)) for fault, node, at in hits)
    failed = sum(
        _found(fault, truths[at][1].get(node)) and truths[at][1][node].verdict == "FAIL"
        for fault, node, at in hits
    )
    ruled = [
        (fault, rule.get(node)) for fault, node, at in hits if (rule := truths[at][2]) is not None
    ]
    plain = ratio(sum(_found(*each) for each in ruled), len(ruled)) if ruled else None
    return Score(
        kind=kind, size_percent=size, planted=len(faults), found=ratio(found, len(hits)),
        failed=ratio(failed, len(hits)), by_mean=plain,
    )  # fmt: skip


def _found(fault: Planted, said: Said | None) -> bool:
    if said is None:
        return False
    if not fault.devices:
        return bool(said.flagged)
    return bool(said.flagged & {*fault.devices, ""})


def _alarms(pairs: Sequence[tuple[Truth, Mapping[str, Said]]]) -> Alarms:
    right = wrong = failed = healthy = unknown = 0
    for truth, said in pairs:
        faulty = truth.faulty()
        healthy += len(truth.nodes) - len(faulty)
        for node in truth.nodes:
            word = said.get(node, Said("UNKNOWN", frozenset()))
            unknown += word.verdict == "UNKNOWN"
            right += bool(word.flagged) and node in faulty
            wrong += bool(word.flagged) and node not in faulty
            failed += word.verdict == "FAIL" and node not in faulty
    per = 1000 / max(healthy, 1)
    return Alarms(
        precision=ratio(right, right + wrong), healthy=healthy, falsely_failed=failed,
        falsely_failed_per_1000=round(failed * per, 3), false_alarms=wrong,
        false_alarms_per_1000=round(wrong * per, 3), unknown=unknown,
    )  # fmt: skip


def _detectable(scores: Sequence[Score]) -> dict[FaultKind, float | None]:
    """Return for each kind the least size from which on nearly all were found."""
    found: dict[FaultKind, float | None] = {}
    for kind in dict.fromkeys(score.kind for score in scores):
        least: float | None = None
        mine = [score for score in scores if score.kind == kind]
        for score in sorted(mine, key=lambda each: -each.size_percent):
            if score.found.of < _LEAST or (score.found.share or 0.0) < _ENOUGH:
                break
            least = score.size_percent
        found[kind] = least
    return found
