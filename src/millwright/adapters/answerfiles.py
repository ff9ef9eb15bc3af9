"""Reads what models answered, CSV with a header, into counts: no row leaves this module."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.model.modelwatch import (
    FINE_BINS,
    OTHER,
    AnswerWindow,
    WatchedColumn,
    WatchedModel,
)

MOST_ROWS = 20_000_000
HOUR_S = 3_600


@dataclass(slots=True)
class _Counts:
    """Counts of one window that is being filled."""

    rows: int = 0
    whole: dict[str, list[int]] = field(default_factory=dict)
    nodes: dict[str, dict[str, list[int]]] = field(default_factory=dict)


def answer_files(model: WatchedModel) -> list[Path]:
    """Return the files of a model's answers. Raises MillwrightError where there are none."""
    root = Path(model.outputs)
    found = sorted(p for p in root.glob(model.pattern) if p.is_file() and not p.is_symlink())
    if not found:
        raise MillwrightError(f"no answers lie in {root}", hint=f"files like {model.pattern}")
    return found


def windows_of(
    name: str, model: WatchedModel, files: Iterable[Path], nodes: frozenset[str]
) -> tuple[AnswerWindow, ...]:
    """Return counts by windows. Nodes that the design does not know are counted as one.

    Raises MillwrightError where a row cannot be read, naming its line and the place of its file
    among all: neither a value nor a file's name is told, which may be those of a patient.
    """
    length = model.window_hours * HOUR_S
    found: dict[int, _Counts] = {}
    for number, path in enumerate(files, 1):
        for at, node, row in _rows((path, f"file {number} of answers"), model):
            counts = found.setdefault(int(at // length), _Counts())
            _count(counts, model, (node if node in nodes else OTHER) if model.node else "", row)
    return tuple(
        AnswerWindow(
            model=name, version=model.version, hours=model.window_hours, rows=counts.rows,
            begin=f"{datetime.fromtimestamp(number * length, UTC):%Y-%m-%dT%H:%M:%SZ}",
            columns={column: tuple(each) for column, each in counts.whole.items()},
            nodes={
                node: {column: tuple(each) for column, each in columns.items()}
                for node, columns in sorted(counts.nodes.items())
            },
        )
        for number, counts in sorted(found.items())
    )  # fmt: skip


def _count(counts: _Counts, model: WatchedModel, node: str, row: Sequence[str]) -> None:
    counts.rows += 1
    for column, cell in zip(model.columns, row, strict=True):
        place = bin_of(column, cell)
        counts.whole.setdefault(column.name, [0] * column.bins)[place] += 1
        if node:
            mine = counts.nodes.setdefault(node, {})
            mine.setdefault(column.name, [0] * column.bins)[place] += 1


def bin_of(column: WatchedColumn, cell: str) -> int:
    """Return the place of a value: numbers by the range with one place below, one above and one
    for what is missing; words by their order, all others as one, and what is missing."""
    told = cell.strip()
    if column.values:
        if not told:
            return len(column.values) + 1
        return column.values.index(told) if told in column.values else len(column.values)
    try:
        value = float(told)
    except ValueError:
        return FINE_BINS + 2
    if math.isnan(value):
        return FINE_BINS + 2
    low, high = column.low or 0.0, column.high if column.high is not None else 1.0
    if value < low:
        return 0
    if value > high:
        return FINE_BINS + 1
    return 1 + min(FINE_BINS - 1, int((value - low) / (high - low) * FINE_BINS))


def _rows(
    file_: tuple[Path, str], model: WatchedModel
) -> Iterator[tuple[float, str, tuple[str, ...]]]:
    path, told_as = file_
    wanted = [each.name for each in model.columns]
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            places = _places(told_as, next(reader, []), model, wanted)
            for row in reader:
                if reader.line_num > MOST_ROWS:
                    raise MillwrightError(f"{told_as} has more than {MOST_ROWS} lines")
                if row:
                    yield _row(told_as, reader.line_num, row, places)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        told = getattr(error, "strerror", None) or "it is no CSV in UTF-8"
        raise MillwrightError(f"{told_as} cannot be read: {told}") from None


def _places(
    told_as: str, header: Sequence[str], model: WatchedModel, wanted: Sequence[str]
) -> tuple[int, int | None, list[int]]:
    names = [model.at, *([model.node] if model.node else []), *wanted]
    for name in names:
        if name not in header:
            raise MillwrightError(
                f"{told_as}: there is no column {name}", hint="models.yaml names it"
            )
    node = header.index(model.node) if model.node else None
    return header.index(model.at), node, [header.index(name) for name in wanted]


def _row(
    told_as: str, line: int, row: Sequence[str], places: tuple[int, int | None, list[int]]
) -> tuple[float, str, tuple[str, ...]]:
    at, node, columns = places
    try:
        moment = datetime.fromisoformat(row[at])
        cells = tuple(row[each] for each in columns)
        named = row[node] if node is not None else ""
    except (ValueError, IndexError):
        raise MillwrightError(
            f"{told_as}, line {line}, is no row of answers",
            hint="a time such as 2026-03-02T10:00:00Z, and every column of the header",
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.timestamp(), named, cells
