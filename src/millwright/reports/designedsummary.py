"""How the report of a design opens: what was asked, what is proposed, what has to be settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from millwright.model.cluster import Cluster
from millwright.model.costing import TotalCost
from millwright.model.finding import Finding
from millwright.model.sizing import FactorySize
from millwright.model.tracing import Requirement, State
from millwright.reports.designedneeds import Needs
from millwright.reports.money import money
from millwright.reports.page import (
    Block,
    Cell,
    Fact,
    Facts,
    Field,
    Grid,
    Mark,
    Points,
    Section,
    Tone,
)
from millwright.reports.sizing import figure

STATES: dict[State, tuple[str, Tone]] = {
    "missed": ("NOT MET", "bad"),
    "open": ("not answered", "warn"),
    "met": ("met", "good"),
    "used": ("used", "plain"),
    "later": ("later phase", "plain"),
}
MOST = 6
"""Remarks that are told on the first page; all of them stand among the findings."""


def summary_section(
    cluster: Cluster, needs: Needs, cost: TotalCost, requirements: Sequence[Requirement]
) -> Section:
    """Return the first page: figures, five statements, and what has to be settled first."""
    blocks: list[Block] = [_figures(cluster, cost)]
    told = [
        _asked(needs.size),
        _proposed(cluster),
        _held(cluster),
        _costs(cost),
        _grows(cluster, needs),
        _answered(requirements),
    ]
    blocks.append(Points(tuple(each for each in told if each)))
    blocks.append(_to_settle(cluster, requirements))
    return Section("summary", "Executive summary", tuple(blocks))


def _figures(cluster: Cluster, cost: TotalCost) -> Facts:
    power = cluster.power
    facts = [
        Fact("GPUs", cluster.gpus, f"in {cluster.nodes:,} nodes"),
        Fact("Racks", cluster.racks.total, f"{cluster.racks.compute} with nodes"),
    ]
    if power.it_known_kw is not None:
        least = "at least " if power.unknown else ""
        given = f"of {power.available_kw:,.0f} kW" if power.available_kw else "at most"
        facts.append(Fact("IT power", f"{least}{power.it_known_kw:,.1f} kW", given))
    if cost.numbers:
        years = figure(cost.numbers["tco-years"].value)
        first, total = cost.numbers["first-purchase"].value, cost.numbers["total"].value
        note = f"{money(total, cost.currency)} over {years} years, {_sure(cost)}"
        facts.append(Fact("First purchase", money(first, cost.currency), note))
    return Facts(tuple(facts), large=True)


def _sure(cost: TotalCost) -> str:
    return "estimated" if cost.numbers["total"].confidence == "estimate" else "by your prices"


def _asked(size: FactorySize | None) -> str:
    if size is None or not size.workloads:
        return ""
    names = [f"{each.workload} ({each.kind}, {figure(each.gpus)})" for each in size.workloads]
    gpus = f"; together {size.gpus:,} GPUs" if size.gpus is not None else ""
    several = "workloads" if len(names) > 1 else "workload"
    return f"Asked for: {len(names)} {several}, by the GPUs they take: {', '.join(names)}{gpus}."


def _proposed(cluster: Cluster) -> str:
    pools = [f"{pool.nodes:,} x {pool.server} with {pool.gpus:,} GPUs" for pool in cluster.pools]
    after = f", after {cluster.blueprint}" if cluster.blueprint else ""
    fabrics = [name for name, each in cluster.fabrics.items() if not each.carried_by]
    return (
        f"Proposed: {'; '.join(pools)} in {cluster.racks.total:,} racks{after}; "
        f"fabrics: {', '.join(fabrics)}."
    )


def _held(cluster: Cluster) -> str:
    power, cooling = cluster.power, cluster.cooling
    if power.it_known_kw is None:
        return ""
    parts = [f"at most {power.it_known_kw:,.1f} kW of power"]
    if power.available_kw:
        parts[0] += f", {power.it_known_kw / power.available_kw:.0%} of what the site gives"
    if cooling.airflow_cfm:
        parts.append(f"{cooling.airflow_cfm:,.0f} CFM of air")
    if cooling.coolant_l_per_min:
        parts.append(f"{cooling.coolant_l_per_min:,.0f} l/min of coolant")
    parts.append(f"when a feed is lost: {power.redundancy or 'not known'}")
    return f"The site has to give: {'; '.join(parts)}."


def _costs(cost: TotalCost) -> str:
    if not cost.numbers:
        return ""
    value = {name: number.value for name, number in cost.numbers.items()}
    mark = "estimate, no quote" if cost.own_prices < len(cost.lines) else "by your price book"
    return (
        f"It costs {money(value['first-purchase'], cost.currency)} to begin with and "
        f"{money(value['running'], cost.currency)} a year to run, "
        f"{money(value['per-gpu-hour-used'], cost.currency)} for each hour in which a GPU works "
        f"({mark})."
    )


def _grows(cluster: Cluster, needs: Needs) -> str:
    steps = [
        f"{stage.nodes[1]:,} nodes after {stage.months} months"
        for stage in needs.stages
        if len(stage.nodes) > 1 and stage.nodes[1] is not None
    ]
    if not steps:
        return ""
    return f"Growth is likely to take {', '.join(steps)}; {cluster.nodes:,} are designed."


def _answered(requirements: Sequence[Requirement]) -> str:
    if not requirements:
        return ""
    counts = Counter(each.answer.state for each in requirements)
    told = ", ".join(f"{counts[state]} {word}" for state, (word, _) in STATES.items() if
                     counts[state])  # fmt: skip
    return f"{len(requirements)} lines of the spec ask for something: {told}."


def _to_settle(cluster: Cluster, requirements: Sequence[Requirement]) -> Grid:
    fields = (
        Field("gravity", "mark"),
        Field("where", "code"),
        Field("what", share=2),
        Field("what to do", share=2),
    )
    rows = [*_missed(requirements), *_remarks(cluster.findings)]
    more = len(rows) - MOST
    note = f"And {more} more, below among risks and findings." if more > 0 else ""
    empty = "Nothing stands against it."
    return Grid(fields, tuple(rows[:MOST]), "To be settled before ordering", note, empty)


def _missed(requirements: Sequence[Requirement]) -> Iterator[tuple[Cell, ...]]:
    for each in requirements:
        if each.answer.state == "missed":
            told = f"line {each.line} asks for {each.says}: {each.answer.text}"
            yield Mark("NOT MET", "bad"), each.path, told, "change the design, or the line"


def _remarks(findings: Sequence[Finding]) -> Iterator[tuple[Cell, ...]]:
    tones: dict[str, Tone] = {"error": "bad", "warn": "warn"}
    for severity, tone in tones.items():
        for each in findings:
            if each.severity == severity:
                yield Mark(severity, tone), each.where, each.message, each.hint


FRONT: tuple[State, ...] = ("missed", "open", "met")
"""What a reader decides by; lines that name something, or wait for a later phase, come last."""

_ASKED = (
    Field("line", "number"),
    Field("asks for", "code"),
    Field("says"),
    Field("state", "mark"),
    Field("answer", share=2.4),
    Field("by", share=1.6),
)


def requirement_section(requirements: Sequence[Requirement]) -> Iterator[Section]:
    """Yield what the spec demands, what is not met first; none where there is no spec to trace."""
    if not requirements:
        return
    lead = (
        "What the lines of factory.yaml demand of the design, and what answers it: first what is "
        "not met, then what nothing answers. Rules are explained by `millwright explain RULE`, "
        "numbers by `millwright design why NUMBER`."
    )
    told = _answered(requirements)
    if any(each.answer.state not in FRONT for each in requirements):
        told += " Lines that are used or wait for a later phase stand in the appendix."
    demands = [each for state in FRONT for each in requirements if each.answer.state == state]
    grid = Grid(_ASKED, _traced(demands), "Requirements", told)
    yield Section("requirements", "Requirements and what answers them", (grid,), lead=lead)


def appendix_section(requirements: Sequence[Requirement]) -> Iterator[Section]:
    """Yield the lines of the spec that demand nothing which the design could miss."""
    titles: dict[State, str] = {
        "used": "Lines that name or describe something",
        "later": "Lines that a later phase answers",
    }
    grids = []
    for state, title in titles.items():
        rows = _traced([each for each in requirements if each.answer.state == state])
        if rows:
            grids.append(Grid(_ASKED, rows, title, folded=True))
    if grids:
        lead = "What else factory.yaml says, and where it went."
        title = "Appendix: other lines of the spec"
        yield Section("spec-lines", title, tuple(grids), lead=lead, fresh=True)


def requirement_grid(requirements: Sequence[Requirement]) -> Grid:
    """Return all lines of the spec in its own order, for a sheet that can be filtered."""
    return Grid(_ASKED, _traced(requirements), "Requirements")


def _traced(requirements: Sequence[Requirement]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            each.line or None,
            each.path,
            each.says,
            Mark(*STATES[each.answer.state]),
            each.answer.text,
            ", ".join(each.answer.by),
        )
        for each in requirements
    )
