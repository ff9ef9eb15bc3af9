"""One page for management: four numbers, what went wrong, what was repaired, what to decide."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.account import Account, Forecast
from millwright.reports.account import (
    between,
    fault_words,
    figure,
    first_line,
    lost_words,
    notices,
    numbers,
    share,
    steps_of,
)
from millwright.reports.fall import fall
from millwright.reports.page import Facts, Figure, Page, Points, Section
from millwright.reports.picture import fitting

MOST_POINTS = 4
ROOM = 110.0
"""How wide a point may be, in widths of its type: two lines of paper."""
LEAST_DRAWN = 0.01
MUCH_IDLE = 0.05
"""Of the hours that jobs held: from here on, holding in vain is worth a talk (estimate)."""


def letter_page(document: Account) -> Page:
    """Return the letter. It says no more than the report it goes with."""
    told = "From what is owned to what was effective; losses below 1 % are not drawn."
    crowded = len(notices(document)) > 1 or len(document.lemons) > 1
    picture = Figure(fall(document.waterfall, LEAST_DRAWN), told, 0.5 if crowded else 0.7)
    return Page(
        what="Weekly letter" if _days(document) == 7 else "Letter",
        title=document.name,
        first_line=headline(document),
        sections=(
            Section("numbers", "Four numbers", (Facts(tuple(numbers(document)), large=True),)),
            Section("hours", "Where GPU-hours went", (picture,)),
            Section("wrong", "What went wrong", (_points(wrong(document)),)),
            Section("repaired", "What was repaired", (_points(repaired(document)),)),
            Section("decide", "What to decide", (_points(decide(document)),)),
        ),
        made=document.end,
        by=document.made_by,
        notices=notices(document),
    )  # fmt: skip


def _points(lines: Iterator[str]) -> Points:
    return Points(tuple(fitting(line, ROOM, 1.0) for line in list(lines)[:MOST_POINTS]))


def _days(document: Account) -> int:
    return len(document.daily)


def headline(document: Account) -> str:
    """Return the week in a sentence."""
    steps = steps_of(document)
    mark = "SIMULATED  " if document.simulated else ""
    held = share(steps["allocated"].share)
    return (
        f"{mark}{document.begin[:10]} to {document.end[:10]}: jobs held {held} of "
        f"{document.gpus:,} GPUs' hours; lost to outages, or held in vain: {lost_words(document)}"
    )


def wrong(document: Account) -> Iterator[str]:
    """Yield what cost most, the worst first."""
    for fault in document.faults[:2]:
        cost = f", {fault.cost:,.0f} {document.currency}" if fault.cost is not None else ""
        times = f"{fault.outages} outage{'s' if fault.outages != 1 else ''}"
        yield f"{fault_words(fault)}: {times}, {figure(fault.hours)} GPU-hours{cost}."
    told = document.reliability
    if told.interrupted_runs:
        were = "runs were" if told.interrupted_runs > 1 else "run was"
        yield (f"{told.interrupted_runs} {were} ended by the machine, after "
               f"{figure(told.interrupted_hours)} GPU-hours in this period.")  # fmt: skip
    failed = list(_failed(document))
    yield from failed
    idle = document.idle_allocated_hours
    if idle:
        yield f"{figure(idle)} GPU-hours were held by jobs that did nothing with them."
    if document.stalled_hours:
        yield f"{figure(document.stalled_hours)} GPU-hours went to jobs that hung."
    lost = document.faults or told.interrupted_runs or idle or document.stalled_hours
    if not (lost or failed):
        yield _nothing(document)


def _failed(document: Account) -> Iterator[str]:
    """Yield the drills of the period in which a promise was not kept."""
    for drill in document.drills:
        if drill.in_period and drill.verdict == "FAIL":
            mark = "SIMULATED: " if drill.simulated else ""
            yield f"{mark}the drill {drill.kind} of {drill.at[:10]} failed: {drill.why}."


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
    if document.lemons:
        yield _lemons(document)
    for told in document.forecasts:
        if told.reached is not None:
            yield _order(told, document.end)
    idle, held = document.idle_allocated_hours, steps_of(document)["allocated"].hours
    if idle and held and idle > MUCH_IDLE * held:
        yield (f"Talk to those who hold GPUs in vain: {share(idle / held)} of what jobs held "
               "(see the report, by run).")  # fmt: skip
    if document.missing:
        first = document.missing[0]
        yield (f"Give what is missing: {len(document.missing)} figures are not told; first "
               f"{first.what} ({first.needs}).")  # fmt: skip
    else:
        yield "Nothing else: every figure is told."


def _lemons(document: Account) -> str:
    counts: dict[str, int] = {}
    for lemon in document.lemons:
        counts[lemon.node] = counts.get(lemon.node, 0) + lemon.count
    nodes = ", ".join(f"{node} ({count})" for node, count in sorted(counts.items())[:5])
    more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
    return f"Take out, and repair or replace, what had more trouble than chance: {nodes}{more}."


def _order(told: Forecast, now: str) -> str:
    storage = told.of.startswith("storage")
    goods = "storage" if storage else "GPUs"
    what = "storage is full" if storage else "what jobs hold reaches the limit"
    early, late = told.reached_early or "earlier", told.reached_late or "much later"
    what += f" on {told.reached} (80 %: {early} to {late})"
    if told.order_by is None:
        return f"Say how long an order of {goods} takes: {what}."
    if told.order_by <= now[:10]:
        return f"Order {goods} now: {what}, and the day to order was {told.order_by}."
    return f"Order {goods} by {told.order_by}: {what}."


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
