"""One page for management: four numbers, what went wrong, what was repaired, what to decide."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.account import Account, Forecast, Step
from millwright.reports.account import (
    availability,
    between,
    figure,
    first_line,
    share,
)
from millwright.reports.accountpage import notices
from millwright.reports.fall import fall
from millwright.reports.page import Fact, Facts, Figure, Page, Points, Section

MOST_POINTS = 4
MUCH_IDLE = 0.05
"""Of the hours that jobs held: from here on, holding in vain is worth a talk (estimate)."""


def letter_page(document: Account) -> Page:
    """Return the letter. It says no more than the report it goes with."""
    picture = Figure(fall(document.waterfall), "From what is owned to what was effective.", 0.7)
    return Page(
        what="Weekly letter" if _days(document) == 7 else "Letter",
        title=document.name,
        first_line=headline(document),
        sections=(
            Section("numbers", "Four numbers", (Facts(tuple(numbers(document)), large=True),),
                    listed=False),
            Section("hours", "Where GPU-hours went", (picture,), listed=False),
            Section("wrong", "What went wrong", (_points(wrong(document)),), listed=False),
            Section("repaired", "What was repaired", (_points(repaired(document)),), listed=False),
            Section("decide", "What to decide", (_points(decide(document)),), listed=False),
        ),
        made=document.end,
        by=document.made_by,
        notices=notices(document),
    )  # fmt: skip


def _points(lines: Iterator[str]) -> Points:
    return Points(tuple(lines)[:MOST_POINTS])


def _days(document: Account) -> int:
    return len(document.daily)


def _steps(document: Account) -> dict[str, Step]:
    return {step.name: step for step in document.waterfall.steps}


def headline(document: Account) -> str:
    """Return the week in a sentence."""
    steps = _steps(document)
    mark = "SIMULATED  " if document.simulated else ""
    held = share(steps["allocated"].share)
    return (
        f"{mark}{document.begin[:10]} to {document.end[:10]}: jobs held {held} of "
        f"{document.gpus:,} GPUs' hours, and {figure(_lost(document))} GPU-hours were lost"
    )


def _lost(document: Account) -> float:
    down = sum(fault.hours for fault in document.faults)
    return down + (document.idle_allocated_hours or 0.0)


def numbers(document: Account) -> Iterator[Fact]:
    """Yield the four numbers: available, used, effective, lost."""
    worst = min(document.availability, key=lambda row: row.at_least_percent or 0.0, default=None)
    if worst is None:
        yield Fact("available", "unknown")
    else:
        yield Fact("available", availability(worst.at_least_percent, worst.at_most_percent),
                   f"the least of all tiers: {worst.tier}")  # fmt: skip
    steps = _steps(document)
    yield Fact("used", share(steps["allocated"].share), "of all owned hours, held by jobs")
    yield Fact("effective", share(steps["effective"].share),
               "of all owned hours, by tensor activity and clock")  # fmt: skip
    costs = [entry.amount for entry in document.ledger if entry.kind == "loss"]
    money = f"; {sum(costs):,.0f} {document.currency}" if costs and document.currency else ""
    yield Fact("lost", f"{figure(_lost(document))} h", f"outages and GPUs held in vain{money}")


def wrong(document: Account) -> Iterator[str]:
    """Yield what cost most, the worst first."""
    for fault in document.faults[:2]:
        cost = f", {fault.cost:,.0f} {document.currency}" if fault.cost is not None else ""
        times = f"{fault.outages} outage{'s' if fault.outages != 1 else ''}"
        yield f"{fault.fault}: {times}, {figure(fault.hours)} GPU-hours{cost}."
    told = document.reliability
    if told.interrupted_runs:
        were = "runs were" if told.interrupted_runs > 1 else "run was"
        yield (f"{told.interrupted_runs} {were} ended by the machine, after "
               f"{figure(told.interrupted_hours)} GPU-hours in this period.")  # fmt: skip
    idle = document.idle_allocated_hours
    if idle:
        yield f"{figure(idle)} GPU-hours were held by jobs that did nothing with them."
    if document.stalled_hours:
        yield f"{figure(document.stalled_hours)} GPU-hours went to jobs that hung."
    if not (document.faults or told.interrupted_runs or idle or document.stalled_hours):
        yield _nothing(document)


def _nothing(document: Account) -> str:
    if document.waterfall.unknown_hours > 0:
        return "Nothing is known to have gone wrong; what is unknown may have."
    return "Nothing went wrong that would show in hours."


def repaired(document: Account) -> Iterator[str]:
    """Yield what was mended, how fast, and how well remedies did."""
    told = document.reliability
    if told.incidents:
        closed = told.incidents - told.open_incidents
        yield f"{closed} of {told.incidents} incidents closed, {told.open_incidents} open."
    if told.mttr.value is not None:
        yield f"Mean time to repair: {between(told.mttr)}."
    for remedy in document.remedies[:2]:
        yield f"{remedy.remedy}: helped {remedy.succeeded} of {remedy.tried} times."
    if not told.incidents:
        yield "No incident and no unplanned outage was recorded."


def decide(document: Account) -> Iterator[str]:
    """Yield what needs somebody's word; what is missing comes last."""
    for node in sorted({lemon.node for lemon in document.lemons}):
        kinds = ", ".join(f"{x.count} {x.signal}" for x in document.lemons if x.node == node)
        yield f"Take {node} out, and have it repaired or replaced: {kinds}, more than chance."
    for told in document.forecasts:
        if told.reached is not None:
            yield _order(told, document.end)
    idle, held = document.idle_allocated_hours, _steps(document)["allocated"].hours
    if idle and held and idle > MUCH_IDLE * held:
        yield (f"Talk to those who hold GPUs in vain: {share(idle / held)} of what jobs held "
               "(see the report, by run).")  # fmt: skip
    if document.missing:
        first = document.missing[0]
        yield (f"Give what is missing: {len(document.missing)} figures are not told; first "
               f"{first.what} ({first.needs}).")  # fmt: skip
    else:
        yield "Nothing else: every figure is told."


def _order(told: Forecast, now: str) -> str:
    what = f"{told.of.capitalize()} reach the limit on {told.reached}"
    if told.of.startswith("storage"):
        what = f"Storage reaches its limit on {told.reached}"
    what += f" (80 %: {told.reached_early or 'earlier'} to {told.reached_late or 'much later'})"
    if told.order_by is None:
        return f"{what}; when to order is not told: {told.note}."
    if told.order_by <= now[:10]:
        return f"Order now: {what[:1].lower()}{what[1:]}, and {told.order_by} was the day to order."
    return f"Order by {told.order_by}: {what[:1].lower()}{what[1:]}."


def letter_lines(document: Account) -> Iterator[str]:
    """Yield the letter as plain text."""
    yield headline(document)
    for fact in numbers(document):
        yield f"  {fact.label:<10} {fact.value}  {fact.note}".rstrip()
    for title, lines in (("What went wrong", wrong), ("What was repaired", repaired),
                         ("What to decide", decide)):  # fmt: skip
        yield title
        yield from (f"  - {line}" for line in list(lines(document))[:MOST_POINTS])
    yield first_line(document)
