"""What a design is for, as its report tells it: workloads, growth, decisions, storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.placement import Decision
from millwright.model.sizing import FactorySize, Number
from millwright.model.storageplan import StoragePlan
from millwright.reports.page import Block, Cell, Fact, Facts, Field, Grid, Notice, Section, grid_of
from millwright.reports.sizing import figure, size_table, totals
from millwright.reports.storing import storage_lines, storage_tables


@dataclass(frozen=True, slots=True)
class Stage:
    """Nodes that the workloads take after so many months, low, likely and high; None where one of
    them has no size."""

    months: int
    nodes: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """What stands behind a design. `size` is None where it has no workloads of its own, or servers
    of several kinds."""

    size: FactorySize | None
    decisions: Sequence[Decision]
    stages: Sequence[Stage]
    storage: StoragePlan


def need_sections(needs: Needs) -> tuple[Section, ...]:
    """Return the sections; what the spec says nothing of is left out."""
    return (*_workloads(needs), *_decided(needs.decisions), *_storage(needs))


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
    if needs.stages:
        blocks.append(_growth(needs.stages))
    blocks.append(_estimates(size))
    blocks.append(
        Grid(_FIGURES, tuple(_figures(size)), "All figures of the workloads", folded=True)
    )
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


def _growth(stages: Sequence[Stage]) -> Grid:
    fields = (
        Field("after", "number", "months"),
        Field("nodes, low", "number"),
        Field("nodes, likely", "number"),
        Field("nodes, high", "number"),
    )
    rows = tuple((stage.months, *stage.nodes) for stage in stages)
    return Grid(fields, rows, "Growth that is foreseen")


def _estimates(size: FactorySize) -> Grid:
    """Return every estimate that a size rests on, once, with the workloads that it moves."""
    found: dict[tuple[str, float], tuple[Number, list[str]]] = {}
    for each in size.workloads:
        for name, number in each.numbers.items():
            if number.confidence == "estimate" and not number.formula:
                found.setdefault((name, number.value), (number, []))[1].append(each.workload)
    rows = tuple(
        (
            name,
            f"{figure(value)} {number.unit}".rstrip(),
            number.note,
            ", ".join(moved),
            number.source,
        )
        for (name, value), (number, moved) in sorted(found.items())
    )
    fields = (
        Field("estimate", "code"),
        Field("value"),
        Field("what it is", share=2),
        Field("moves"),
        Field("source", "code"),
    )
    return Grid(fields, rows, "What is estimated", empty="Nothing.")


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
    blocks.append(grid_of(numbers, folded=True))
    yield Section("storage", "Storage and spares", tuple(blocks))
