"""Why something is missing: what a run knows of its turns, put into the verdict of its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from millwright.build.judge.waivers import Accepted, waived
from millwright.build.running import turn_id
from millwright.build.schedule import Turn, turns
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.model.verdict import (
    NodeVerdict,
    Verdict,
    VerdictDocument,
    VerdictFinding,
    worst,
)

NOT_COME = "the run has not come to it"
NOBODY = Accepted()

TurnId = tuple[str, int, str]


@dataclass(slots=True)
class _Kept:
    """What a run knows of one node: its tests that are silent, and how much of it measured.

    `heard` are its tests of which some turn measured, `ahead` how many turns are still to come.
    What is silent is told of the node that was to run it; of the others that it takes only where
    they heard nothing of that test.
    """

    silent: dict[str, Outcome] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    ahead: Counter[str] = field(default_factory=Counter)
    turns: int = 0
    measured: int = 0

    @property
    def share(self) -> float:
        """Return how much of its turns measured."""
        return self.measured / self.turns if self.turns else 0.0


def with_reasons(
    document: VerdictDocument,
    found: Sequence[Outcome],
    plan: BuildPlan,
    accepted: Accepted = NOBODY,
) -> VerdictDocument:
    """Return the verdict with one finding for each test that measured nothing on a node, and why.

    It stands for all values that are missing with it, but for those that are waived. A test that
    measured nothing leaves its node UNKNOWN at best, also where no value was expected of it, and
    the others that took part and heard nothing else of it; so does a turn that the run has not
    come to, for all of its nodes. No more is complete than the share of turns that measured.
    """
    kept, share = _kept(found, plan)
    nodes = dict(document.nodes)
    for name in sorted(kept):
        if name in nodes or kept[name].silent or kept[name].ahead:
            nodes[name] = _told(name, nodes.get(name, _EMPTY), kept[name], accepted)
    return document.model_copy(
        update={
            "nodes": {name: nodes[name] for name in sorted(nodes)},
            "verdict": worst([document.verdict, *(node.verdict for node in nodes.values())]),
            "completeness": min(document.completeness, share),
        }
    )


_EMPTY = NodeVerdict(
    verdict=Verdict.PASS, gates=Verdict.PASS, outliers=Verdict.PASS, completeness=1.0
)
"""Of a node of which no value was expected and none came: its turns alone tell."""


def _kept(found: Sequence[Outcome], plan: BuildPlan) -> tuple[dict[str, _Kept], float]:
    """Return what is known of every node, and how much of all turns measured."""
    last = {(o.test, o.number, o.node): o for o in found}
    kept: dict[str, _Kept] = {name: _Kept() for name in plan.nodes()}
    planned = turns(plan)
    measured = 0
    for turn in planned:
        outcome = last.get(turn_id(turn))
        well = outcome is not None and outcome.came == "measured"
        measured += well
        for name in turn.nodes:
            mine = kept[name]
            mine.turns += 1
            mine.measured += well
            if well:
                mine.heard.add(turn.test.test)
            if outcome is None:
                mine.ahead[turn.test.test] += 1
    for outcome in last.values():
        if outcome.came != "measured":
            kept.setdefault(outcome.node, _Kept()).silent[outcome.test] = outcome
    _tell_others(kept, planned, last)
    return kept, measured / len(planned) if planned else 1.0


def _tell_others(
    kept: Mapping[str, _Kept], planned: Sequence[Turn], last: Mapping[TurnId, Outcome]
) -> None:
    """Hold a turn that did not measure against all of its nodes that nothing else was heard of."""
    for turn in planned:
        outcome = last.get(turn_id(turn))
        if outcome is None or outcome.came == "measured":
            continue
        for name in turn.nodes[1:]:
            if turn.test.test not in kept[name].heard:
                kept[name].silent.setdefault(turn.test.test, outcome)


def _told(name: str, node: NodeVerdict, kept: _Kept, accepted: Accepted) -> NodeVerdict:
    complete = min(node.completeness, kept.share)
    errors = [waived(name, each, accepted) for each in _errors(name, kept)]
    errors = [_with_values(each, node, kept) for each in errors]
    counting = {each.test for each in errors if each.disposition != "waived"}
    rest = [f for f in node.findings if not _explained(f, counting - kept.heard)]
    gates = worst([node.gates, Verdict.UNKNOWN]) if counting else node.gates
    return node.model_copy(
        update={
            "findings": tuple([*(f for f in rest if f.verdict > Verdict.UNKNOWN), *errors,
                               *(f for f in rest if f.verdict <= Verdict.UNKNOWN)]),
            "gates": gates,
            "verdict": worst([gates, node.outliers]),
            "completeness": complete,
        }
    )  # fmt: skip


def _explained(finding: VerdictFinding, tests: set[str]) -> bool:
    missing = finding.kind == "missing" and finding.disposition != "waived"
    return missing and finding.test in tests


def _with_values(error: VerdictFinding, node: NodeVerdict, kept: _Kept) -> VerdictFinding:
    """Return the error as waived where all the values are that its test did not give."""
    gone = [f for f in node.findings if f.kind == "missing" and f.test == error.test]
    if error.test in kept.heard or not gone or any(f.disposition != "waived" for f in gone):
        return error
    return error.model_copy(update={"disposition": "waived", "waiver": gone[0].waiver})


def _errors(name: str, kept: _Kept) -> list[VerdictFinding]:
    """Return what is held against a node for tests that failed, or that are still to come."""
    tests = sorted(kept.silent.keys() | kept.ahead.keys())
    return [_error(name, test, kept.silent.get(test), kept.ahead[test]) for test in tests]


def _error(name: str, test: str, outcome: Outcome | None, ahead: int) -> VerdictFinding:
    more = f"not run: {NOT_COME}" + (f", {ahead} times" if ahead > 1 else "") if ahead else ""
    told = _reason(outcome) if outcome else ""
    ran_it = outcome is not None and outcome.node == name
    return VerdictFinding(
        metric=test,
        test=test,
        kind="error",
        reason="; ".join(part for part in (told[:1900], more) if part),
        verdict=Verdict.UNKNOWN,
        # What is still to come is not repeated: the run goes on. A turn is repeated by its first.
        disposition="retest" if ran_it else None,
        peer=(outcome.peer if ran_it else outcome.node) if outcome else "",
    )


def _reason(outcome: Outcome) -> str:
    word = {"hung": "hung: ", "lost": "lost: ", "not run": "not run: "}.get(outcome.came, "")
    return f"{word}{outcome.reason or outcome.came}"


def doubted(document: VerdictDocument) -> frozenset[tuple[str, str]]:
    """Return the tests, with their nodes, that a verdict wants repeated before it blames."""
    return frozenset(
        (finding.test, name)
        for name, node in document.nodes.items()
        for finding in node.findings
        if finding.disposition == "retest" and finding.test
    )
