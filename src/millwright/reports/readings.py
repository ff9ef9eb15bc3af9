"""What an output says, as JSON and as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from millwright.model.measurement import Measurement
from millwright.probes.reading import Reading, Tool
from millwright.reports.table import Cell, Column, Table, left, told

SCHEMA = "millwright.reading/1"


def reading_document(reading: Reading[Any]) -> dict[str, Any]:
    """Return a reading as JSON tells it; what an output does not say is null."""
    return {
        "schema": SCHEMA,
        "tool": reading.tool,
        "simulated": reading.simulated,
        "facts": None if reading.facts is None else asdict(reading.facts),
        "measurements": [_measured(each) for each in reading.measurements],
        "problems": [asdict(problem) for problem in reading.problems],
    }


def _measured(each: Measurement) -> dict[str, Any]:
    document: dict[str, Any] = {"metric": each.metric, "value": each.value, "unit": each.unit}
    if each.device:
        document["device"] = each.device
    if each.peer:
        document["peer"] = {"device": each.peer}
    if each.params:
        document["params"] = dict(each.params)
    return document


def fact_lines(facts: Any, indent: int = 0) -> Iterator[str]:
    """Yield facts as an outline: each row on a line, its parts below it; None is `-`."""
    if facts is None:
        return
    room = "  " * indent
    for field in fields(facts):
        value = getattr(facts, field.name)
        if is_dataclass(value):
            yield f"{room}{field.name}:"
            yield from fact_lines(value, indent + 1)
        elif _is_rows(value):
            yield f"{room}{field.name}: {len(value)}"
            for row in value:
                yield from _row_lines(row, indent + 1)
        else:
            yield f"{room}{field.name}: {_cell(value)}"


def _is_rows(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and is_dataclass(value[0])


def _row_lines(row: Any, indent: int) -> Iterator[str]:
    """Yield one row: what is plain in its first line, what has parts of its own below it."""
    room = "  " * indent
    parts = {field.name: getattr(row, field.name) for field in fields(row)}
    plain = {n: v for n, v in parts.items() if not (is_dataclass(v) or _is_rows(v))}
    yield room + "  ".join(f"{name}={_cell(value)}" for name, value in plain.items())
    for name, value in parts.items():
        if is_dataclass(value):
            yield f"{room}  {name}: {_row(value)}"
        elif _is_rows(value):
            yield f"{room}  {name}: {', '.join(_row(each) for each in value)}"


def _row(row: Any) -> str:
    return "  ".join(f"{f.name}={_cell(getattr(row, f.name))}" for f in fields(row))


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return f"[{', '.join(_cell(item) for item in value)}]"
    if is_dataclass(value):
        return f"({_row(value)})"
    return str(value)


def measurement_table(measurements: Sequence[Measurement]) -> Table:
    """Return measurements as rows."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.metric,
            each.device,
            each.peer,
            " ".join(f"{name}={told(value)}" for name, value in each.params),
            each.value,
            each.unit,
        )
        for each in measurements
    )
    columns = (*left("metric", "device", "peer", "at"), Column("value", "right"), Column("unit"))
    return Table("Measurements", columns, rows)


def tools_table(tools: Sequence[Tool]) -> Table:
    """Return the kinds of output that can be read."""
    rows = tuple(
        (
            tool.name,
            ", ".join(tool.aliases),
            tool.title,
            "a real output" if tool.proven else "NOT PROVEN: no real output was at hand",
        )
        for tool in sorted(tools, key=lambda tool: tool.name)
    )
    return Table("Outputs that can be read", left("tool", "aliases", "what", "proven on"), rows)


def tools_document(tools: Sequence[Tool]) -> dict[str, Any]:
    """Return the same as JSON."""
    return {
        "schema": "millwright.tools/1",
        "tools": [
            {"tool": t.name, "aliases": list(t.aliases), "title": t.title, "proven": t.proven}
            for t in sorted(tools, key=lambda tool: tool.name)
        ],
    }
