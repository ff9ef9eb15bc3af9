"""An account for a terminal: one line first, then what fell where, who was hit, what it cost."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.account import Account, Drilled, Estimate, FaultLoss, Forecast, Holder, Step
from millwright.model.drill import DrillFigure
from millwright.reports.drill import shown
from millwright.reports.fall import hours
from millwright.reports.page import SIMULATED, Fact, Notice
from millwright.reports.table import Cell, Column, Table, left, right

MOST_ROWS = 12
MOST_UNKNOWN = 0.1
"""Share of all hours that may be unknown before every page says so on top."""


def share(value: float | None) -> str:
    """Return a share as a percentage."""
    return "unknown" if value is None else f"{100 * value:.1f} %"


def least(value: float | None, unknown: float) -> str:
    """Return a share of hours of which some are unknown: those may belong to it or not."""
    if value is None or unknown >= 1:
        return "unknown"
    return f"at least {share(value)}" if unknown >= 0.0005 else share(value)


def figure(value: float | None) -> str:
    """Return hours, or that nobody knows them."""
    return "unknown" if value is None else hours(value)


def first_line(document: Account) -> str:
    """Return what a report says before anything else."""
    steps = steps_of(document)
    mark = "SIMULATED  " if document.simulated else ""
    unknown = document.waterfall.unknown_hours * 3600 / (document.waterfall.owned_gpu_seconds or 1)
    parts = [
        f"{steps[name].name} {least(steps[name].share, unknown)}"
        for name in ("up", "allocated", "active", "effective")
    ]
    return (
        f"{mark}{document.nodes} nodes, {document.gpus} GPUs, "
        f"{document.begin[:10]} to {document.end[:10]}: of what is owned "
        f"{', '.join(parts)}; {share(unknown)} of it is unknown"
    )


def three(value: float) -> str:
    """Return a figure with three digits that mean something, and never with an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def between(estimate: Estimate) -> str:
    """Return an estimate with its interval."""
    if estimate.value is None and estimate.low is None:
        return "unknown"
    if estimate.value is None and estimate.low is not None:
        return f"none seen: at least {three(estimate.low)} {estimate.unit}"
    value = "unknown" if estimate.value is None else three(estimate.value)
    low = "" if estimate.low is None else three(estimate.low)
    high = "…" if estimate.high is None else three(estimate.high)
    return f"{value} {estimate.unit} ({low} to {high}, n = {estimate.count})"


def account_lines(document: Account) -> Iterator[str]:
    """Yield the summary: the steps as bars, then what nobody should miss."""
    yield first_line(document)
    for step in document.waterfall.steps:
        yield from _step(step)
    yield f"held in vain   {figure(document.idle_allocated_hours)} GPU-hours"
    yield f"stalled        {figure(document.stalled_hours)} GPU-hours"
    told = document.reliability
    yield f"MTTD           {between(told.mttd)}"
    yield f"MTTR           {between(told.mttr)}"
    yield f"MTBF           {between(told.mtbf)}"
    for drill in document.drills:
        yield f"drill          {drill_words(drill)}"
    for lemon in document.lemons:
        yield (f"LEMON          {lemon.node}: {lemon.count} {lemon.signal}, {lemon.expected:.1f} "
               f"expected, p = {lemon.p_value:.2g}")  # fmt: skip
    for each in document.forecasts:
        yield f"growth         {each.of}: {growth_words(each, document.end)}"
    for missing in document.missing:
        yield f"not told       {missing.what}: needs {missing.needs}"


def _step(step: Step) -> Iterator[str]:
    for loss in step.losses:
        if loss.gpu_seconds:
            sign = "?" if loss.unknown else "-"
            yield f"    {sign} {hours(loss.hours):>11} h {share(loss.share):>8}  {loss.name}"
    length = round(40 * (step.share or 0.0))
    most = max(length, round(length + _more(step)))
    bar = "#" * length + "?" * (most - length)
    told = "unknown" if step.hours is None else f"{hours(step.hours)} h"
    yield f"  {step.name:<10} {told:>9} {share(step.share):>8}  {bar}".rstrip()


def _more(step: Step) -> float:
    if not step.at_most_hours or step.share is None or not step.hours:
        return 0.0
    return 40 * step.share * (step.at_most_hours / step.hours - 1)


def growth_words(told: Forecast, now: str) -> str:
    """Return in a line when a limit is reached, and by when to order; `now` is the period's end."""
    if told.reached is None:
        return told.note
    early, late = told.reached_early or "?", told.reached_late or "later than this carries"
    order = ""
    if told.order_by:
        passed = told.order_by <= now[:10]
        order = f"; order by {told.order_by}" + (", which has passed: order now" if passed else "")
    return f"full on {told.reached} ({early} to {late}){order} ({told.note})"


def holder_table(title: str, rows: tuple[Holder, ...], currency: str | None) -> Table:
    """Return who held what; a cost is shown where there is a price."""
    priced = any(row.cost is not None for row in rows)
    columns: tuple[Column, ...] = (
        *left("who"),
        *right("runs", "held h", "share", "of which told h", "active h", "effective h",
               "in vain h", "stalled h"),
        *(right(f"cost {currency or ''}".strip()) if priced else ()),
    )  # fmt: skip
    return Table(title, columns, tuple(_holder(row, priced) for row in rows))


def _holder(row: Holder, priced: bool) -> tuple[Cell, ...]:
    cells: tuple[Cell, ...] = (
        row.of, row.runs, figure(row.allocated_hours), share(row.share), figure(row.known_hours),
        figure(row.active_hours), figure(row.effective_hours), figure(row.idle_allocated_hours),
        figure(row.stalled_hours),
    )  # fmt: skip
    cost = None if row.cost is None else f"{row.cost:,.2f}"
    return (*cells, cost) if priced else cells


def tables(document: Account) -> Iterator[Table]:
    """Yield the tables of the terminal, the longest ones cut with a word about it."""
    yield availability_table(document)
    for title, rows in (("By account", document.accounts), ("By user", document.users),
                        ("Held in vain or stalled, by run", document.offenders)):  # fmt: skip
        if rows:
            cut = f" (first {MOST_ROWS} of {len(rows)})" if len(rows) > MOST_ROWS else ""
            yield holder_table(f"{title}{cut}", rows[:MOST_ROWS], document.currency)
    if document.faults:
        yield fault_table(document)
    if document.ledger:
        yield ledger_table(document)


def availability_table(document: Account) -> Table:
    """Return how available each tier was."""
    columns = (*left("tier"), *right("nodes", "committed node-min", "unavailable", "planned",
                                     "unknown", "availability"))  # fmt: skip
    rows = tuple(
        (
            row.tier, row.nodes, f"{row.committed_node_minutes:,.0f}",
            f"{row.unavailable_node_minutes:,.0f}", f"{row.planned_node_minutes:,.0f}",
            f"{row.unknown_node_minutes:,.0f}",
            availability(row.at_least_percent, row.at_most_percent),
        )
        for row in document.availability
    )  # fmt: skip
    return Table("Availability", columns, rows)


def availability(least: float | None, most: float | None) -> str:
    """Return an availability, or the bounds between which it lies."""
    if least is None or most is None:
        return "unknown"
    if most - least < 0.0005:
        return f"{most:.3f} %"
    return f"{least:.3f} to {most:.3f} %"


def fault_table(document: Account) -> Table:
    """Return what each class of faults took."""
    priced = document.faults and document.faults[0].cost is not None
    columns = (*left("fault"), *right("outages", "GPU-hours", "share"),
               *(right(f"cost {document.currency or ''}".strip()) if priced else ()))  # fmt: skip
    rows = tuple(
        (fault_words(row), row.outages, figure(row.hours), share(row.share),
         *((f"{row.cost or 0:,.2f}",) if priced else ()))
        for row in document.faults
    )  # fmt: skip
    return Table("Unplanned outages by fault", columns, rows)


def fault_words(row: FaultLoss) -> str:
    """Return a class of faults, with what it means where that is known."""
    return f"{row.fault} ({row.title})" if row.title else row.fault


def drill_words(drill: Drilled) -> str:
    """Return a drill in a line: when, of what, how it came out, and what was measured."""
    mark = "SIMULATED  " if drill.simulated else ""
    told = "; ".join(measured(each) for each in drill.figures if each.objective is not None)
    nodes = ", ".join(drill.nodes)
    why = told or drill.why or "nothing was measured"
    return f"{mark}{drill.at[:10]} {drill.kind} of {nodes}: {drill_verdict(drill)}: {why}"


def drill_verdict(drill: Drilled) -> str:
    """Return how a drill came out, or how it stands."""
    return str(drill.verdict or drill.stands)


def measured(figure: DrillFigure) -> str:
    """Return a figure of a drill beside what was promised for it."""
    return f"{figure.what} {shown(figure)}, promised {promised(figure)}"


def promised(figure: DrillFigure) -> str:
    """Return what was promised for a figure of a drill, and where that stands."""
    goal = figure.objective
    return f"{goal.told} ({goal.source})" if goal is not None else "nothing"


def ledger_table(document: Account) -> Table:
    """Return the money, each line with its formula."""
    columns = (*left("line"), *right("amount"), *left("unit", "formula", "from"))
    rows = tuple(
        (row.name, f"{row.amount:,.2f}", row.unit, row.formula, row.source)
        for row in document.ledger
    )
    return Table("Ledger", columns, rows)


def steps_of(document: Account) -> dict[str, Step]:
    """Return the steps of the waterfall by name."""
    return {step.name: step for step in document.waterfall.steps}


def lost_hours(document: Account) -> float:
    """Return GPU-hours of outages, and of GPUs that were held and did nothing for long."""
    down = sum(fault.hours for fault in document.faults)
    return down + (document.idle_allocated_hours or 0.0)


def lost_words(document: Account) -> str:
    """Return what was lost, for a sentence: at least so much where something was not watched, and
    unknown where nothing was."""
    lost = lost_hours(document)
    doubt = sum(row.unknown_node_minutes for row in document.availability) > 0
    if document.idle_allocated_hours is not None and not doubt:
        return f"{figure(lost)} h"
    return f"at least {figure(lost)} h" if lost else "unknown"


def numbers(document: Account) -> Iterator[Fact]:
    """Yield the four numbers that matter: available, used, effective, lost."""
    worst = min(document.availability, key=lambda row: row.at_least_percent or 0.0, default=None)
    if worst is None:
        yield Fact("available", "unknown")
    else:
        yield Fact("available", availability(worst.at_least_percent, worst.at_most_percent),
                   f"the least of all tiers: {worst.tier}")  # fmt: skip
    steps = steps_of(document)
    yield Fact("used", share(steps["allocated"].share), "of owned hours, held by jobs")
    yield Fact("effective", share(steps["effective"].share),
               "of owned hours, by OFU")  # fmt: skip
    costs = [entry.amount for entry in document.ledger if entry.kind == "loss"]
    money = f"; {sum(costs):,.0f} {document.currency}" if costs and document.currency else ""
    yield Fact("lost", lost_words(document), f"outages and GPUs held in vain{money}")


def notices(document: Account) -> tuple[Notice, ...]:
    """Return what a reader must not miss."""
    found = [SIMULATED] if document.simulated else []
    unknown = document.waterfall.unknown_hours * 3600 / (document.waterfall.owned_gpu_seconds or 1)
    if unknown > MOST_UNKNOWN:
        told = (
            f"{share(unknown)} of all GPU-hours are unknown: hours of a kind are at least so many."
        )
        found.append(Notice("UNKNOWN", told, "unknown"))
    if document.pseudonyms:
        told = "Users stand under names of this report alone; runs have no numbers."
        found.append(Notice("PSEUDONYMS", told))
    return tuple(found)
