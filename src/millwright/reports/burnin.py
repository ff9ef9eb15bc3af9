"""What a burn-in says to a person: the plan as a table, outcomes folded by nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from millwright.model.buildplan import BuildPlan, PlannedTest
from millwright.model.buildrun import Outcome
from millwright.model.nodeset import folded
from millwright.reports.table import Table, left, right

SHORT_S = 90


def length(seconds: float) -> str:
    """Return a length of time as a person says it."""
    if seconds < SHORT_S:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def plan_table(plan: BuildPlan) -> Table:
    """Return the tests in their order."""
    rows = tuple(
        (
            test.test, test.level, test.nodes, length(test.seconds * _times(test)), test.power,
            test.yield_per_minute, test.proves,
        )
        for test in plan.tests
    )  # fmt: skip
    columns = (
        *left("test", "level", "nodes"),
        *right("takes"),
        *left("power"),
        *right("yield/min"),
        *left("proves"),
    )
    mark = " · SIMULATED" if plan.simulated else ""
    title = f"Burn-in of {plan.factory}, {plan.class_}, up to {plan.level}{mark}"
    return Table(title, columns, rows)


def _times(test: PlannedTest) -> int:
    return max(test.segments, len(test.rounds))


def plan_lines(plan: BuildPlan) -> Iterator[str]:
    """Yield what stands beside the table: bounds, power, what is left out and cannot be told."""
    count = len(plan.nodes())
    yield f"takes: {length(plan.takes_s)} on {count} nodes, if every node answers"
    if plan.failure_bound:
        yield f"shows: {plan.failure_bound}"
    yield from (f"shows: {test.test}: {test.shows}" for test in plan.tests if test.shows)
    for feed in plan.feeds:
        told = "no budget" if feed.budget_w is None else f"{feed.budget_w / 1000:.1f} kW"
        yield f"power: {feed.name} feeds {feed.nodes} with {told} ({feed.why})"
    yield f"power: starts under load on one feed lie {plan.stagger_s:g} s apart"
    yield f"criteria: {len(plan.criteria)} bars, frozen as {plan.criteria_sha256[:16]}"
    yield from (f"trust: {test.tool}: {test.trust}" for test in plan.tests if test.trust)
    yield from (f"left out: {out.test} on {out.pool}: {out.why}" for out in plan.left_out)


def run_document(run: str, plan: BuildPlan, found: Sequence[Outcome]) -> dict[str, Any]:
    """Return a run as JSON tells it."""
    return {
        "schema": "millwright.build-run/1",
        "run": run,
        "stage": plan.stage,
        "simulated": plan.simulated or any(outcome.simulated for outcome in found),
        "counts": counts(found),
        "outcomes": [outcome.model_dump(mode="json", by_alias=True) for outcome in found],
    }


def latest(found: Sequence[Outcome]) -> list[Outcome]:
    """Return the last outcome of each turn: earlier attempts are kept, and count no more."""
    last = {(o.test, o.number, o.node): o for o in found}
    return list(last.values())


def counts(found: Sequence[Outcome]) -> dict[str, int]:
    """Return how many turns came out how."""
    words = [outcome.came for outcome in latest(found)]
    return {word: words.count(word) for word in dict.fromkeys(words)}


def outcome_lines(found: Sequence[Outcome]) -> Iterator[str]:
    """Yield one line a test and outcome, with the nodes that had it."""
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for outcome in found:
        reason = "" if outcome.came == "measured" else outcome.reason
        groups.setdefault((outcome.test, outcome.came, reason), []).append(outcome)
    for (test, came, reason), there in groups.items():
        names = sorted({outcome.node for outcome in there})
        values = sum(outcome.measurements for outcome in there)
        told = f"{values} values" if came == "measured" else reason
        mark = "  SIMULATED" if any(outcome.simulated for outcome in there) else ""
        again = (
            "" if all(outcome.final or outcome.came == "lost" for outcome in there) else "; again"
        )
        yield f"{test:20} {folded(names)} ({len(names)})  {came}  {told}{again}{mark}"
