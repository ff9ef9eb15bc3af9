"""Sets every published row beside what the engine computes for the same input.

A difference is an erratum only where the row itself says so with a reason; every other is a
deviation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from millwright.design.measure import UnknownMeasure, measured
from millwright.design.sizing.shapes import kv_bytes_per_token, parameters
from millwright.design.solve import Design, solve
from millwright.design.storing.plan import storage_plan
from millwright.errors import Infeasible
from millwright.model.catalog import Catalog
from millwright.model.languagemodel import ModelShape
from millwright.model.reference import ConformLine, Misprint, PublishedRow, Status
from millwright.model.spec import Factory


def conform(rows: Iterable[PublishedRow], catalog: Catalog) -> Iterator[ConformLine]:
    """Yield one line for each figure of each row; rows of one input are solved once."""
    solved: dict[str, Design | Infeasible] = {}
    for row in rows:
        gates = _is_gating(row, catalog)
        if row.deferred is not None:
            yield from _deferred(row, gates=gates)
            continue
        if row.model is not None:
            yield from _of_model(row, catalog.models[row.model], gates=gates)
            continue
        key = repr((row.factory, row.catalog))
        if key not in solved:
            solved[key] = _solved(row, catalog)
        yield from _compared(row, solved[key], catalog, gates=gates)


def _is_gating(row: PublishedRow, catalog: Catalog) -> bool:
    source = catalog.sources.get(row.source)
    return source is None or source.evidence != "memory"


def _solved(row: PublishedRow, catalog: Catalog) -> Design | Infeasible:
    try:
        return solve(_factory(row), _with_entries(catalog, row.catalog))
    except Infeasible as refusal:
        return refusal


def _factory(row: PublishedRow) -> Factory:
    return Factory.model_validate(
        {"schema": "millwright.factory/1", "name": "published", **row.factory}
    )


def _with_entries(catalog: Catalog, entries: Mapping[str, Any]) -> Catalog:
    """Return the catalogue with the entries that only this row needs."""
    if not entries:
        return catalog
    added = Catalog.model_validate(
        {section: {entry["name"]: entry for entry in listed} for section, listed in entries.items()}
    )
    merged = {
        section: {**getattr(catalog, section), **getattr(added, section)} for section in entries
    }
    return catalog.model_copy(update=merged)


KV_BYTES_16_BIT = 2


def _of_model(row: PublishedRow, shape: ModelShape, *, gates: bool) -> Iterator[ConformLine]:
    known = {
        "kv_bytes_per_token": kv_bytes_per_token(shape, KV_BYTES_16_BIT),
        "parameters": float(parameters(shape)),
    }
    for field, published in row.values.items():
        if field not in known:
            raise UnknownMeasure(f"measure {field!r} is no figure of a model")
        yield ConformLine(
            source=row.source,
            row=row.row,
            field=field,
            published=published,
            computed=known[field],
            status=_status(published, known[field], None),
            note=row.note,
            gates=gates,
        )


def _deferred(row: PublishedRow, *, gates: bool) -> Iterator[ConformLine]:
    for field, published in (row.values or {"": None}).items():
        yield ConformLine(
            source=row.source,
            row=row.row,
            field=field,
            published=published,
            computed=None,
            status="deferred",
            note=row.deferred or "",
            gates=gates,
        )


def _compared(
    row: PublishedRow, design: Design | Infeasible, catalog: Catalog, *, gates: bool
) -> Iterator[ConformLine]:
    for field, published in row.values.items():
        computed = None if isinstance(design, Infeasible) else _figure(row, field, design, catalog)
        misprint = row.errata.get(field) or _contradiction(row, field, design)
        status = _status(published, computed, misprint)
        note = _note(row, design, misprint if status == "erratum" else None)
        yield ConformLine(
            source=row.source,
            row=row.row,
            field=field,
            published=published,
            computed=computed,
            status=status,
            note=note,
            gates=gates,
        )


def _figure(row: PublishedRow, field: str, design: Design, catalog: Catalog) -> float | None:
    """Return a figure of the design, or of its storage: `storage.` and a field of the plan."""
    if not field.startswith("storage."):
        return measured(field, design)
    spec = _factory(row)
    plan = storage_plan(spec, design.cluster, design.bom, catalog.assumptions)
    found: float | None = getattr(plan, field.removeprefix("storage."), None)
    return found


def _contradiction(row: PublishedRow, field: str, design: Design | Infeasible) -> Misprint | None:
    """Return the misprint of a row whose own columns disagree: GPUs that its nodes do not have."""
    nodes, gpus = row.values.get("nodes"), row.values.get("gpus")
    if field != "gpus" or isinstance(design, Infeasible) or nodes is None or gpus is None:
        return None
    per_node = design.cluster.gpus / design.cluster.nodes
    if nodes * per_node == gpus or nodes != design.cluster.nodes:
        return None
    reason = f"the row's own {nodes:g} nodes have {nodes * per_node:g} GPUs"
    return Misprint(kind="misprint", reason=reason)


def _status(published: float | None, computed: float | None, misprint: Misprint | None) -> Status:
    if computed is not None and published is not None and abs(published - computed) < 1e-9:
        return "match"
    return "erratum" if misprint is not None and computed is not None else "deviation"


def _note(row: PublishedRow, design: Design | Infeasible, misprint: Misprint | None) -> str:
    if isinstance(design, Infeasible):
        return f"refused: {design.message}"
    if misprint is not None:
        return f"{misprint.kind}: {misprint.reason}"
    return row.note
