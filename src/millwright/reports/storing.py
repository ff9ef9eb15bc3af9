"""Storage, checkpoints and spares, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.sizing import Number
from millwright.model.storageplan import StoragePlan
from millwright.reports.table import Cell, Table, left, right


def storage_lines(plan: StoragePlan) -> Iterator[str]:
    """Yield tier and speeds in words."""
    yield f"tier: {plan.tier or 'not said'}"
    for way in ("read", "write"):
        speed = getattr(plan, f"{way}_gbytes_per_s")
        told = "not known: say `storage.tier` or a speed" if speed is None else f"{speed:g} GB/s"
        yield f"{way}: {told}"
    for workload, speed in plan.reads_gbytes_per_s.items():
        yield f"{workload} reads: {speed:.1f} GB/s while it runs"
    if plan.raw_tb:
        low, likely, high = plan.raw_tb[-1]
        months = plan.horizons_months[-1]
        yield f"raw space after {months} months: {likely:,.1f} TB ({low:,.1f} to {high:,.1f})"
    if plan.capacity_said_tib is not None:
        yield f"said in the spec: {plan.capacity_said_tib:g} TiB"


def storage_tables(plan: StoragePlan) -> tuple[Table, ...]:
    """Return data by workload, checkpoints, spares, and where figures are from."""
    return (_held(plan), _saved(plan), _spares(plan), _numbers(plan.numbers))


def _held(plan: StoragePlan) -> Table:
    months = [f"TB, {months} months" for months in plan.horizons_months]
    rows: list[tuple[Cell, ...]] = [
        (held.workload, held.what, *(_bounds(tb) for tb in held.tb)) for held in plan.holdings
    ]
    if plan.raw_tb:
        rows.append(("all", "raw space", *(_bounds(tb) for tb in plan.raw_tb)))
    return Table("Data", (*left("workload", "what"), *right(*months)), tuple(rows))


def _bounds(tb: tuple[float, float, float]) -> str:
    low, likely, high = (f"{value:,.1f}" for value in tb)
    return likely if low == high else f"{likely} ({low} to {high})"


def _saved(plan: StoragePlan) -> Table:
    rows = tuple(
        (c.workload, c.terabytes, c.write_s, c.gpus, c.hours_between_failures, c.interval_min,
         f"{c.goodput:.2%}")
        for c in plan.checkpoints
    )  # fmt: skip
    columns = (
        *left("workload"),
        *right("TB", "written in s", "GPUs", "hours between failures"),
        *right("every minutes", "time that trains"),
    )
    return Table("Checkpoints of a job on all GPUs", columns, rows)


def _spares(plan: StoragePlan) -> Table:
    rows = tuple((s.kind, s.item, s.installed, s.expected, s.keep) for s in plan.spares)
    columns = (*left("kind", "item"), *right("installed", "fail over lead time", "keep"))
    return Table("Spares", columns, rows)


def _numbers(numbers: dict[str, Number]) -> Table:
    rows = tuple(
        (name, n.value, n.unit or None, n.formula or None, n.source, n.confidence, n.note or None)
        for name, n in numbers.items()
    )
    columns = (
        *left("figure"),
        *right("value"),
        *left("unit", "formula", "source", "confidence", "note"),
    )
    return Table("Figures", columns, rows)
