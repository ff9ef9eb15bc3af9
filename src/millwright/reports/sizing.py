"""Sizes of workloads as a person reads them: the table, and why a number is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from millwright.model.catalog import Source
from millwright.model.sizing import Change, FactorySize, Number, WorkloadSize
from millwright.reports.table import Cell, Column, Table, left, right


def size_table(size: FactorySize) -> Table:
    """Return one row a workload, and what they come to."""
    columns = (
        *left("workload", "kind"),
        *right("GPUs", "replicas"),
        *left("binds", "confidence", "because"),
    )
    rows: list[tuple[Cell, ...]] = [
        (each.workload, each.kind, each.gpus, each.replicas, each.binds, each.confidence,
         each.because)
        for each in size.workloads
    ]  # fmt: skip
    rows += [
        (refusal.where, "", None, None, refusal.rule, "", refusal.message)
        for refusal in size.refused
    ]
    return Table(f"workloads on {size.server}", columns, tuple(rows))


def totals(size: FactorySize) -> str:
    """Return what all workloads come to, in one line."""
    if size.nodes is None or size.gpus is None:
        missing = len(size.refused)
        return f"no total: {missing} of {missing + len(size.workloads)} workloads have no size"
    gpus = f"{size.gpus:,} GPU{'' if size.gpus == 1 else 's'}"
    return f"{gpus} in {size.nodes:,} x {size.server}"


def figure(value: float) -> str:
    """Return a number for reading: whole ones whole, others with four figures that count."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


COLUMNS = (
    Column("number"), Column("value", "right"), *left("unit", "source", "confidence", "note"),
)  # fmt: skip


def numbers_table(title: str, numbers: Mapping[str, Number]) -> Table:
    """Return numbers with where they are from; those reckoned show their formula."""
    rows = tuple(
        (
            name, figure(number.value), number.unit, number.source, number.confidence,
            " - ".join(part for part in (number.formula, number.note) if part),
        )
        for name, number in numbers.items()
    )  # fmt: skip
    return Table(title, COLUMNS, rows)


def why_lines(path: str, number: Number, size: WorkloadSize) -> tuple[str, ...]:
    """Return what a number is, how it was reckoned, and what binds where it is the answer."""
    unit = f" {number.unit}" if number.unit else ""
    told = [f"{path} = {figure(number.value)}{unit}  ({number.confidence}; on {size.gpu})"]
    if number.formula:
        told.append(f"  formula: {number.formula}")
    else:
        told.append(f"  source: {number.source}")
    if number.note:
        told.append(f"  {number.note}")
    if path.endswith(".gpus"):
        told.append(f"  binds: {size.binds}: {size.because}")
    if number.confidence == "estimate":
        told.append("  an estimate stands behind it: a measured figure takes its place")
    return tuple(told)


def number_lines(path: str, number: Number) -> tuple[str, ...]:
    """Return what a number of a design is, and how it was reckoned or who says it."""
    unit = f" {number.unit}" if number.unit else ""
    told = [f"{path} = {figure(number.value)}{unit}  ({number.confidence})"]
    told.append(f"  formula: {number.formula}" if number.formula else f"  source: {number.source}")
    if number.note:
        told.append(f"  {number.note}")
    if number.confidence == "estimate":
        told.append("  an estimate stands behind it: an entry in catalog/*.yaml takes its place")
    return tuple(told)


def inputs_of(number: Number, numbers: Mapping[str, Number]) -> dict[str, Number]:
    """Return the numbers that a number was reckoned from."""
    return {name: numbers[name] for name in number.inputs if name in numbers}


def roots_of(name: str, numbers: Mapping[str, Number]) -> dict[str, Number]:
    """Return what stands behind a number in the end: said, assumed, measured, of data sheets."""
    found: dict[str, Number] = {}
    open_names, seen = [name], {name}
    while open_names:
        current = open_names.pop(0)
        number = numbers[current]
        if not number.formula and current != name:
            found[current] = number
        fresh = [each for each in number.inputs if each in numbers and each not in seen]
        seen.update(fresh)
        open_names += fresh
    return found


def changes_table(changes: Sequence[Change]) -> Table:
    """Return what would change the GPUs."""
    columns = (Column("would change it"), *right("now", "then", "GPUs"))
    rows = tuple(
        (each.what, figure(each.now), figure(each.then), "no size" if each.gpus is None
         else f"{each.gpus:,}")
        for each in changes
    )  # fmt: skip
    return Table("what would change it", columns, rows)


def sources_told(numbers: Iterable[Number], sources: Mapping[str, Source]) -> Table | None:
    """Return the titles of the catalogue's sources that numbers name."""
    named = dict.fromkeys(number.source for number in numbers if number.source in sources)
    if not named:
        return None
    rows = tuple((name, sources[name].title, sources[name].evidence) for name in named)
    return Table("sources", left("source", "title", "evidence"), rows)
