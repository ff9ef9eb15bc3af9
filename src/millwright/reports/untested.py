"""What a report does not know, and what a run without an error shows: both belong to its result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.model.nodeset import folded
from millwright.reports.criteria import UNUSED, Criterion, elsewhere
from millwright.reports.judgement import Judgement
from millwright.reports.page import Block, Field, Grid, Mark, Notice, Paragraph, Section

Row = tuple[str, str, str]


def untested_section(
    judged: Judgement, plan: BuildPlan | None, told: Sequence[Criterion]
) -> Section:
    """Return what was left out, missed or could not be measured, and what tests cannot show."""
    rows = [*_of_plan(plan), *_of_bars(told), *_of_findings(judged)]
    rows += [(t.test, t.nodes, f"cannot show: {t.cannot}") for t in (plan.tests if plan else ())]
    fields = (
        Field("test or metric", "code"),
        Field("where"),
        Field("what is not known", share=2.4),
    )
    empty = "Nothing is named. Without a plan nobody can say what should have been tested."
    lead = "" if plan else "No plan was given: what should have been tested is not known."
    blocks: list[Block] = [Grid(fields, tuple(rows), empty=empty)]
    others = elsewhere(plan, judged.platform)
    if others:
        blocks.append(
            Paragraph(
                f"{others} of the frozen bars are for other machines or platforms than these."
            )
        )
    return Section("untested", "What was not tested", tuple(blocks), lead=lead)


def _of_plan(plan: BuildPlan | None) -> Iterator[Row]:
    for out in plan.left_out if plan else ():
        yield out.test, out.pool, f"left out: {out.why}"


def _of_bars(told: Sequence[Criterion]) -> Iterator[Row]:
    for each in told:
        if each.result.word in UNUSED or each.result.word == "NOT MEASURED":
            yield each.metric, each.conditions, f"bar {each.bar}: {each.measured}"


def _of_findings(judged: Judgement) -> Iterator[Row]:
    places: dict[tuple[str, str, str], list[str]] = {}
    for finding in judged.findings:
        if finding.kind in ("missing", "error"):
            key = (finding.metric, finding.kind, finding.reason)
            places.setdefault(key, []).append(finding.node)
    for (metric, kind, reason), nodes in places.items():
        names = sorted(set(nodes))
        yield metric, f"{folded(names)} ({len(names)})", f"{kind}: {reason}"


def bounds_section(
    judged: Judgement, plan: BuildPlan | None, outcomes: Sequence[Outcome]
) -> Section:
    """Return the bounds that tests show which ran everywhere and failed nowhere; of all others it
    is said that they show none."""
    lead = "A test without an error shows a bound, and never zero."
    if plan is None:
        nothing = "No plan says how long what was driven, so nothing is claimed."
        return _bounds((Notice("UNKNOWN", nothing, "unknown"),), lead)
    failed = [node.name for node in judged.nodes if node.verdict in ("FAIL", "UNKNOWN")]
    broken: dict[str, str] = {o.test: o.came for o in outcomes if o.final and o.came != "measured"}
    ran = {outcome.test for outcome in outcomes}
    rows = []
    if plan.failure_bound:
        why = (
            f"not shown: {folded(failed)} failed or is UNKNOWN"
            if failed
            else _fate("", ran, broken)
        )
        rows.append((_shown(why), "all tests", plan.failure_bound, why))
    for test in plan.tests:
        if test.shows:
            why = _fate(test.test, ran, broken)
            rows.append((_shown(why), test.test, test.shows, why))
    fields = (Field("", "mark"), Field("test", "code"), Field("bound", share=2), Field("because"))
    return _bounds((Grid(fields, tuple(rows), empty="No test of this plan shows a bound."),), lead)


def _bounds(blocks: tuple[Block, ...], lead: str) -> Section:
    return Section("bounds", "Bounds demonstrated", blocks, lead=lead)


def _fate(test: str, ran: set[str], broken: dict[str, str]) -> str:
    """Return why a test shows no bound, or nothing where it does; no name means all of them."""
    if not ran or (test and test not in ran):
        return "not shown: nothing tells that it ran"
    if test in broken or (not test and broken):
        return (
            f"not shown: it came out {broken.get(test) or ', '.join(sorted(set(broken.values())))}"
        )
    return ""


def _shown(why: str) -> Mark:
    return Mark("NOT SHOWN", "unknown") if why else Mark("SHOWN", "good")
