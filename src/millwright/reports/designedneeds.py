"""What a design is for, as its report tells it: workloads, growth, decisions, storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from millwright.model.placement import Decision
from millwright.model.sizing import FactorySize
from millwright.model.storageplan import StoragePlan
from millwright.reports.bars import Bar, bars
from millwright.reports.page import (
    Block,
    Cell,
    Fact,
    Facts,
    Field,
    Figure,
    Grid,
    Notice,
    Section,
    grid_of,
)
from millwright.reports.picture import Picture
from millwright.reports.sizing import figure, size_table, totals
from millwright.reports.storing import storage_lines, storage_tables

IN_THE_WORKBOOK = "In report.xlsx, sheet Assumptions; `millwright design why` tells each."


@dataclass(frozen=True, slots=True)
class Stage:
    """Nodes that the workloads take after so many months, low, likely and high; None where one of
    them has no size."""

    months: int
    nodes: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """What stands behind a design. `size` is None where it has no workloads of its own, or servers
    of several kinds. `places` is how many nodes the fabric is built for."""

    size: FactorySize | None
    decisions: Sequence[Decision]
    stages: Sequence[Stage]
    storage: StoragePlan
    designed: int = 0
    places: int = 0


def need_sections(needs: Needs) -> tuple[Section, ...]:
    """Return the sections; what the spec says nothing of is left out."""
    return (
        *_workloads(needs),
        *_decided(needs.decisions),
        *_storage(needs),
        *growth_section(needs),
    )


def _workloads(needs: Needs) -> Iterator[Section]:
    size = needs.size
    if size is None:
        return
    unsure = any(each.confidence == "estimate" for each in size.workloads)
    blocks: list[Block] = [Facts((Fact("In all", totals(size)),))]
    if unsure:
        told = "Sizes rest on estimates, listed below. What is measured on your own data takes the "
        told += "place of an estimate: `measured` in a workload of factory.yaml."
        blocks.append(Notice("ESTIMATES", told, "warn"))
    blocks.append(_sizes(size))
    figures = Grid(_FIGURES, tuple(_figures(size)), "All figures of the workloads", folded=True)
    blocks.append(replace(figures, elsewhere=IN_THE_WORKBOOK))
    yield Section("workloads", "What it is for", tuple(blocks))


def _sizes(size: FactorySize) -> Grid:
    table = size_table(size)
    fields = (
        Field("workload", "code"),
        Field("kind", share=0.7),
        Field("GPUs", "number"),
        Field("replicas", "number"),
        Field("binds", share=0.5),
        Field("confidence", share=0.5),
        Field("because", share=3),
    )
    return Grid(fields, table.rows, table.title.capitalize())


def growth_section(needs: Needs) -> Iterator[Section]:
    """Yield the stages that the spec foresees, beside what is designed and what has a place."""
    if not needs.stages:
        return
    fields = (
        Field("after", "number", "months"),
        Field("nodes, low", "number"),
        Field("nodes, likely", "number"),
        Field("nodes, high", "number"),
        Field("more than designed", "number"),
        Field("beyond the places", "number"),
    )
    rows = tuple(_stage_row(stage, needs) for stage in needs.stages)
    told = (
        "Sizes of the same workloads with the factors of `growth`. Places are node places that the "
        "fabric has switches and ports for on day one; nodes beyond them bring switches of their "
        "own. `design size --after MONTHS` tells each workload."
    )
    blocks = (Figure(_stage_picture(needs), "Nodes by stage", 0.75),
              Grid(fields, rows, "Growth that is foreseen", told))  # fmt: skip
    yield Section("growth", "Growth", blocks)


def _stage_row(stage: Stage, needs: Needs) -> tuple[Cell, ...]:
    likely = stage.nodes[1] if len(stage.nodes) > 1 else None
    if likely is None:
        return (stage.months, *stage.nodes, None, None)
    return (
        stage.months,
        *stage.nodes,
        max(0, likely - needs.designed),
        max(0, likely - needs.places) if needs.places else None,
    )


def _stage_picture(needs: Needs) -> Picture:
    rows = [Bar("Designed", (float(needs.designed),), f"{needs.designed:,} nodes")]
    if needs.places:
        told = f"{needs.places:,} places"
        rows.append(Bar("Places in the fabric", (float(needs.places),), told, dashed=True))
    for stage in needs.stages:
        known = [each for each in stage.nodes if each is not None]
        if not known:
            continue
        low, likely, high = (known * 3)[:3] if len(known) < 3 else known
        parts = (float(low), float(likely - low), float(high - likely))
        bounds = f"{likely:,} nodes" + (f" ({low:,} to {high:,})" if low != high else "")
        rows.append(Bar(f"After {stage.months} months", parts, bounds))
    return bars("Nodes by stage", "nodes", rows, ("low", "to likely", "to high"))


_FIGURES = (
    Field("workload", "code"),
    Field("figure", "code"),
    Field("value"),
    Field("formula or note", share=2),
    Field("source", "code"),
    Field("confidence", "code"),
)


def _figures(size: FactorySize) -> Iterator[tuple[Cell, ...]]:
    for each in size.workloads:
        for name, number in each.numbers.items():
            value = f"{figure(number.value)} {number.unit}".rstrip()
            told = "; ".join(part for part in (number.formula, number.note) if part)
            yield each.workload, name, value, told or None, number.source, number.confidence


def _decided(decisions: Sequence[Decision]) -> Iterator[Section]:
    if not decisions:
        return
    fields = (
        Field("since", "code"),
        Field("decision", share=1.4),
        Field("rule", "code"),
        Field("reason", share=2),
    )
    rows = tuple((each.date, each.decision, each.rule, each.reason) for each in decisions)
    against = tuple(
        (each.workload, found.zone, found.rule, found.reference, found.reason)
        for each in decisions
        for found in each.forbidden
    )
    barred = (
        Field("workload", "code"),
        Field("zone", "code"),
        Field("rule", "code"),
        Field("by"),
        Field("reason", share=2),
    )
    blocks: tuple[Block, ...] = (Grid(fields, rows, "Decisions"),)
    if against:
        blocks += (Grid(barred, against, "Zones that a rule forbids"),)
    yield Section("decisions", "What was decided", blocks)


def _storage(needs: Needs) -> Iterator[Section]:
    plan = needs.storage
    told = [line.partition(": ") for line in storage_lines(plan)]
    facts = tuple(Fact(label, value) for label, _, value in told)
    *shown, numbers = storage_tables(plan)
    blocks: list[Block] = [Facts(facts)]
    blocks += [grid_of(table) for table in shown if table.rows]
    if len(blocks) == 1 and plan.tier is None and plan.read_gbytes_per_s is None:
        return
    blocks.append(replace(grid_of(numbers, folded=True), elsewhere=IN_THE_WORKBOOK))
    yield Section("storage", "Storage and spares", tuple(blocks))
