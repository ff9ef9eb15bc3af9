"""An account as a document: the waterfall first, then availability, people, growth and money."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.account import Account, Drilled, Forecast, TierAvailability
from millwright.reports.account import (
    availability,
    between,
    drill_verdict,
    fault_table,
    figure,
    first_line,
    growth_words,
    holder_table,
    ledger_table,
    notices,
    numbers,
    promised,
    share,
)
from millwright.reports.accountletter import decide, wrong
from millwright.reports.drill import shown
from millwright.reports.drillpage import TONES
from millwright.reports.fall import day_columns, fall, growth
from millwright.reports.page import (
    Beside,
    Block,
    Fact,
    Facts,
    Field,
    Figure,
    Grid,
    Mark,
    Notice,
    Page,
    Paragraph,
    Points,
    Section,
    grid_of,
)

LEMON_BAR = (
    "The bar: two cases or more, and a chance of at most 5 % of so many or more (binomial by "
    "node-hours, corrected after Holm over all nodes and kinds of trouble)."
)


def account_page(document: Account) -> Page:
    """Return the whole report."""
    return Page(
        what="Account",
        title=document.name,
        first_line=first_line(document),
        sections=(
            _short(document),
            _hours(document),
            _available(document),
            _people(document),
            _losses(document),
            _growth(document),
            _money(document),
            _grounds(document),
        ),
        made=document.end,
        by=document.made_by,
        notices=notices(document),
        facts=(
            Fact("period", f"{_minute(document.begin)} to {_minute(document.end)} UTC"),
            Fact("days of", document.timezone),
            Fact("nodes", document.nodes),
            Fact("GPUs", document.gpus),
            Fact("runs of jobs", document.runs),
        ),
        paper="landscape",
    )


def _minute(stamp: str) -> str:
    return stamp[:16].replace("T", " ")


def _short(document: Account) -> Section:
    blocks: tuple[Block, ...] = (
        Facts(tuple(numbers(document)), large=True),
        Beside(
            (Points(tuple(wrong(document)), "What went wrong"),),
            (Points(tuple(decide(document)), "What to decide"),),
        ),
    )
    return Section("short", "In short", blocks)


def _hours(document: Account) -> Section:
    waterfall = document.waterfall
    meanings = Grid(
        (Field("step", share=0.8), Field("GPU-hours", "number"), Field("of owned", "number"),
         Field("at most", "number"), Field("what it means", share=3)),
        tuple((step.name, figure(step.hours), share(step.share), figure(step.at_most_hours),
               step.meaning) for step in waterfall.steps),
        note="At most: if everything that is unknown had been good.",
    )  # fmt: skip
    losses = Grid(
        (Field("at step", share=0.8), Field("lost to", share=1.5), Field("GPU-hours", "number"),
         Field("of owned", "number"), Field("why", share=3)),
        tuple((step.name, Mark(loss.name, "unknown") if loss.unknown else loss.name,
               figure(loss.hours), share(loss.share), loss.why)
              for step in waterfall.steps for loss in step.losses if loss.gpu_seconds),
        title="Losses, and what is unknown",
        note="Losses, unknown hours and what is left at the last step sum to what is owned, to the "
        "second.",
    )  # fmt: skip
    blocks: list[Block] = [
        Figure(fall(waterfall), "Filled: what is left. Dashed: unknown, counted neither as good "
               "nor as idle.", 0.5),
        Figure(day_columns(document.daily), "Each day's GPU-hours.", 0.5),
        meanings, losses,
    ]  # fmt: skip
    if waterfall.ofu is not None:
        blocks.append(Paragraph(f"Where GPUs worked and both signals were recorded, OFU was "
                                f"{share(waterfall.ofu)}."))  # fmt: skip
    return Section("hours", "Where GPU-hours went", tuple(blocks))


def _available(document: Account) -> Section:
    told = document.reliability
    tiers = Grid(
        (Field("tier"), Field("nodes", "number"), Field("committed", "number", "node-min"),
         Field("unavailable", "number", "node-min"), Field("planned", "number", "node-min"),
         Field("unknown", "number", "node-min"), Field("availability", share=1.4)),
        tuple(_tier(row) for row in document.availability),
        note="1 - unavailable / committed node-minutes; planned work is no unavailability.",
    )  # fmt: skip
    facts = Facts(
        (
            Fact("mean time to detect", between(told.mttd), told.mttd.law),
            Fact("mean time to repair", between(told.mttr), told.mttr.law),
            Fact("mean time between failures", between(told.mtbf), told.mtbf.law),
            Fact("incidents", told.incidents, f"{told.open_incidents} still open"),
            Fact("runs ended by the machine", told.interrupted_runs,
                 f"{figure(told.interrupted_hours)} GPU-hours held by them in the period; what of "
                 "it was lost lies after their last checkpoints"),
        )
    )  # fmt: skip
    lemons = Grid(
        (Field("node", "code"), Field("cases of", share=1.6), Field("count", "number"),
         Field("expected", "number"), Field("p", "number")),
        tuple((x.node, x.signal, x.count, f"{x.expected:.2f}", f"{x.p_value:.2g}")
              for x in document.lemons),
        title="Lemon nodes", empty="No node has more trouble than chance explains.",
        note=LEMON_BAR,
    )  # fmt: skip
    drills = Grid(
        (Field("drill", "code", share=1.2), Field("at"), Field("nodes"), Field("verdict", "mark"),
         Field("figure", share=2), Field("measured"), Field("promised", share=2)),
        tuple(row for each in document.drills for row in _drill(each)),
        title="Drills", empty="No drill was run yet: what tiers are promised was not tried.",
        note="Drills of the period, and of each kind the last one before it.",
    )  # fmt: skip
    buckets = Grid(
        (Field("between incidents of one node"), Field("count", "number")),
        tuple(told.between_starts), empty="No node had two.", folded=True,
    )  # fmt: skip
    return Section("available", "Availability and repair", (tiers, facts, drills, lemons, buckets))


def _drill(drill: Drilled) -> Iterator[tuple[str | Mark, ...]]:
    mark = "SIMULATED  " if drill.simulated else ""
    at = _minute(drill.at)
    head = (f"{mark}{drill.kind}", at, ", ".join(drill.nodes))
    if not drill.figures:
        word = drill_verdict(drill)
        yield (*head, Mark(word, "plain"), drill.why or "nothing was measured", "", "")
    for each in drill.figures:
        word = str(each.verdict)
        verdict = Mark(word, TONES.get(word, "plain"))
        yield (*head, verdict, each.what, shown(each), promised(each))


def _tier(row: TierAvailability) -> tuple[str | int, ...]:
    return (
        row.tier, row.nodes, f"{row.committed_node_minutes:,.0f}",
        f"{row.unavailable_node_minutes:,.0f}", f"{row.planned_node_minutes:,.0f}",
        f"{row.unknown_node_minutes:,.0f}",
        availability(row.at_least_percent, row.at_most_percent),
    )  # fmt: skip


def _people(document: Account) -> Section:
    currency = document.currency
    blocks: list[Block] = [
        grid_of(holder_table("By tier", document.tiers, currency)),
        grid_of(holder_table("By account", document.accounts, currency)),
        grid_of(holder_table("By user", document.users, currency), folded=len(document.users) > 20),
        grid_of(holder_table("Held in vain or stalled, by run", document.offenders, currency)),
    ]
    lead = (
        "Held in vain: GPUs that a run held while they did nothing for long. Stalled: busy in name "
        "and idle in power, as when a collective hangs. Where several jobs share a node and its "
        "GPUs did different things, nobody is told to have done what: see the told hours."
    )
    return Section("people", "Who held what", tuple(blocks), lead=lead)


def _losses(document: Account) -> Section:
    remedies = Grid(
        (Field("remedy"), Field("tried", "number"), Field("helped", "number"),
         Field("chance, 95 %", share=1.4)),
        tuple((r.remedy, r.tried, r.succeeded, f"{share(r.low)} to {share(r.high)}")
              for r in document.remedies),
        title="Remedies", empty="No remedy was recorded in this period.",
        note="Interval after Clopper and Pearson.",
    )  # fmt: skip
    faults = grid_of(fault_table(document))
    return Section("losses", "What faults took", (faults, remedies))


def _growth(document: Account) -> Section:
    blocks: list[Block] = []
    for told in document.forecasts:
        if told.points:
            caption = "Dots: days. Line: the forecast, dashed its interval of 80 %."
            blocks.append(Figure(growth(told), caption, 0.5))
        blocks.append(Facts(tuple(_forecast(told, document.end))))
    if not blocks:
        blocks.append(Paragraph("Nothing was given that could grow."))
    lead = (
        "A straight line through days that no single day can bend. What was turned away does not "
        "show in what was used: a full machine looks like a level one."
    )
    return Section("growth", "When it is full", tuple(blocks), lead=lead)


def _forecast(told: Forecast, now: str) -> Iterator[Fact]:
    yield Fact(told.of, growth_words(told, now), f"{told.days} days of history")
    if told.per_day is not None:
        yield Fact("growth", f"{told.per_day:,.3g} {told.unit} a day",
                   f"now at {told.level or 0:,.4g} {told.unit}")  # fmt: skip


def _money(document: Account) -> Section:
    lead = "Only what the site gave a price for. Every line with its formula and where it is from."
    if not document.ledger:
        told = "No price was given, and none is made up."
        return Section("money", "Ledger", (Notice("NOT TOLD", told, "unknown"),), lead=lead)
    return Section("money", "Ledger", (grid_of(ledger_table(document)),), lead=lead)


def _grounds(document: Account) -> Section:
    missing = Grid(
        (Field("not told"), Field("what it needs", share=1.6)),
        tuple((each.what, each.needs) for each in document.missing),
        empty="Nothing is missing.",
    )
    blocks: list[Block] = [missing, Points(document.assumptions, "Assumed"),
                           Points(document.sources, "Made from")]  # fmt: skip
    if document.notes:
        blocks.append(Points(document.notes, "Noticed"))
    if document.waterfall.strangers:
        blocks.append(
            Grid((Field("node that nobody owns here", "code"), Field("held", "number", "GPU-h")),
                 tuple((node, figure(held)) for node, held in document.waterfall.strangers))
        )  # fmt: skip
    return Section("grounds", "What this rests on", tuple(blocks))
