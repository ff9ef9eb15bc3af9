"""The catalogue as a person reads it: what there is, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from millwright.model.catalog import Catalog
from millwright.reports.table import Cell, Table, left


def section_table(section: str, entries: Mapping[str, BaseModel]) -> Table:
    """Return one row an entry of a section."""
    rows = tuple(_entry_row(name, entry) for name, entry in sorted(entries.items()))
    return Table(section, left("name", "title", "source", "confidence"), rows)


def _entry_row(name: str, entry: BaseModel) -> tuple[Cell, ...]:
    return (
        name,
        getattr(entry, "title", ""),
        getattr(entry, "source", None) or getattr(entry, "url", ""),
        getattr(entry, "confidence", None) or getattr(entry, "evidence", ""),
    )


def entry_table(section: str, entry: BaseModel) -> Table:
    """Return every value of an entry with unit, source and confidence; dissent stands below its
    value."""
    name = getattr(entry, "name", None) or getattr(entry, "id", "")
    columns = left("key", "value", "unit", "source", "confidence", "note")
    return Table(f"{name} ({section})", columns, tuple(_value_rows(entry)))


def _value_rows(entry: BaseModel) -> Iterator[tuple[Cell, ...]]:
    for key in type(entry).model_fields:
        value = getattr(entry, key)
        if key in ("name", "id") or value in (None, "", ()):
            continue
        if hasattr(value, "confidence") and hasattr(value, "value"):
            yield (key, _plain(value.value), value.unit, value.source, value.confidence, value.note)
            for other in value.also:
                told = (_plain(other.value), value.unit, other.source, other.confidence, other.note)
                yield (f"{key} (also)", *told)
        else:
            yield from _plain_rows(key, value)


def _plain_rows(key: str, value: Any) -> Iterator[tuple[Cell, ...]]:
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for index, inner in enumerate(value):
            yield (f"{key}[{index}]", _plain(inner), "", "", "", "")
    elif isinstance(value, BaseModel):
        for name in sorted(value.model_fields_set):
            inner = getattr(value, name)
            if inner is not None:
                yield (f"{key}.{name}", _plain(inner), "", "", "", "")
    else:
        yield (key, _plain(value), "", "", "", "")


def _plain(value: Any) -> str:
    if isinstance(value, BaseModel):
        said = {
            k: getattr(value, k) for k in type(value).model_fields if k in value.model_fields_set
        }
        return ", ".join(
            f"{key} {_plain(inner)}" for key, inner in said.items() if inner is not None
        )
    if isinstance(value, tuple):
        return ", ".join(_plain(inner) for inner in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def sections_of(catalog: Catalog) -> dict[str, Mapping[str, BaseModel]]:
    """Return the sections of a catalogue by name."""
    return {name: getattr(catalog, name) for name in Catalog.model_fields}
