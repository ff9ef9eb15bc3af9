"""Why something is missing: what a run knows of its turns, put into the verdict of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from millwright.model.buildrun import Outcome
from millwright.model.verdict import (
    NodeVerdict,
    Verdict,
    VerdictDocument,
    VerdictFinding,
    worst,
)


def with_reasons(document: VerdictDocument, found: Sequence[Outcome]) -> VerdictDocument:
    """Return the verdict with one finding for each test that measured nothing on a node, and why.

    It stands for all values that are missing with it. A test that measured nothing leaves its node
    UNKNOWN at best, also where no value was expected of it.
    """
    last = {(o.node, o.test, o.number): o for o in found}
    silent: dict[str, dict[str, Outcome]] = {}
    for outcome in last.values():
        if outcome.came != "measured":
            silent.setdefault(outcome.node, {})[outcome.test] = outcome
    nodes = {name: _told(node, silent.get(name, {})) for name, node in document.nodes.items()}
    for name in sorted(silent.keys() - nodes.keys()):
        empty = NodeVerdict(
            verdict=Verdict.PASS, gates=Verdict.PASS, outliers=Verdict.PASS, completeness=0.0
        )
        nodes[name] = _told(empty, silent[name])
    told = worst([document.verdict, *(node.verdict for node in nodes.values())])
    return document.model_copy(update={"nodes": nodes, "verdict": told})


def _told(node: NodeVerdict, silent: Mapping[str, Outcome]) -> NodeVerdict:
    if not silent:
        return node
    rest = [f for f in node.findings if not (f.kind == "missing" and f.test in silent)]
    errors = [
        VerdictFinding(
            metric=test,
            test=test,
            kind="error",
            reason=_reason(outcome),
            verdict=Verdict.UNKNOWN,
            disposition="retest",
            peer=outcome.peer,
        )
        for test, outcome in sorted(silent.items())
    ]
    gates = worst([node.gates, Verdict.UNKNOWN])
    return node.model_copy(
        update={
            "findings": tuple([*(f for f in rest if f.verdict > Verdict.UNKNOWN), *errors,
                               *(f for f in rest if f.verdict <= Verdict.UNKNOWN)]),
            "gates": gates,
            "verdict": worst([gates, node.outliers]),
        }
    )  # fmt: skip


def _reason(outcome: Outcome) -> str:
    word = {"hung": "hung: ", "lost": "lost: ", "not run": "not run: "}.get(outcome.came, "")
    return f"{word}{outcome.reason or outcome.came}"[:2000]


def doubted(document: VerdictDocument) -> frozenset[tuple[str, str]]:
    """Return the tests, with their nodes, that a verdict wants repeated before it blames."""
    return frozenset(
        (finding.test, name)
        for name, node in document.nodes.items()
        for finding in node.findings
        if finding.disposition == "retest" and finding.test
    )
