"""Reads measurements into lots for a report: values under the same conditions together."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from millwright.errors import InputError, MillwrightError, Problem
from millwright.reports.lots import Lot, Measured

SCHEMA = "millwright.measurement/1"
Key = tuple[str, str, str, str, str]


@dataclass(slots=True)
class _Gathered:
    """What was read so far."""

    names: dict[Key, list[str]] = field(default_factory=dict)
    values: dict[Key, list[float]] = field(default_factory=dict)
    of_node: dict[str, set[str]] = field(default_factory=dict)
    tools: dict[str, None] = field(default_factory=dict)
    count: int = 0
    simulated: int = 0
    first_at: str = ""
    last_at: str = ""

    def take(self, row: dict[str, Any]) -> None:
        """Take one measurement. Raises KeyError, TypeError or ValueError where it is none."""
        if row["schema"] != SCHEMA:
            raise ValueError(f"schema {row['schema']!r}")
        node, metric, at = str(row["node"]), str(row["metric"]), str(row["at"])
        value = row["value"]
        self.count += 1
        self.simulated += row["simulated"] is True
        self.tools.setdefault(str(row["tool"]))
        self.of_node.setdefault(node, set()).add(metric)
        self.first_at = min(self.first_at or at, at)
        self.last_at = max(self.last_at, at)
        if isinstance(value, int | float):
            device = str(row.get("device") or "")
            key = (metric, str(row["unit"]), str(row.get("sku") or ""), str(row.get("test") or ""),
                   _conditions(row.get("params")))  # fmt: skip
            self.names.setdefault(key, []).append(f"{node} {device}".rstrip())
            self.values.setdefault(key, []).append(float(value))


def _conditions(params: Any) -> str:
    if not isinstance(params, dict):
        return ""
    return ", ".join(f"{key} {params[key]}" for key in sorted(params))


def measured_lots(paths: Iterable[Path]) -> tuple[Measured, dict[str, set[str]]]:
    """Return the measurements of files, and which metrics each node has.

    Raises InputError at the first wrong line: a report is made of whole files or of none.
    """
    gathered = _Gathered()
    for path in paths:
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        _take(gathered, line, (path, number))
        except OSError as error:
            raise MillwrightError(f"cannot read {path}: {error.strerror}") from None
    lots = tuple(
        Lot(*key, tuple(names), tuple(gathered.values[key]))
        for key, names in gathered.names.items()
    )
    told = (gathered.count, gathered.first_at, gathered.last_at, gathered.simulated)
    return Measured(lots, *told, tuple(gathered.tools)), gathered.of_node


def _take(gathered: _Gathered, line: bytes, place: tuple[Path, int]) -> None:
    try:
        gathered.take(json.loads(line))
    except (KeyError, TypeError, ValueError, RecursionError) as wrong:
        found = f"no {wrong.args[0]}" if isinstance(wrong, KeyError) else str(wrong)
        path, number = place
        problem = Problem(
            str(path), number, 1, "", found, f"one document of {SCHEMA} a line, with all its keys"
        )
        raise InputError((problem,)) from None
