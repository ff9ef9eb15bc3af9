"""Rows of nccl-tests: two halves, out of place and in place, under columns that versions change."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.reading import count, number

_WORD = re.compile(r"\S+")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_TYPE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Cell:
    """One half of a row. Old versions tell the largest `error`, newer ones how many are `wrong`.

    Both are None where results were not checked.
    """

    time_us: float | None
    algbw: float | None
    busbw: float | None
    wrong: int | None
    error: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One message size. `op` and `root` are empty and None where the collective has none."""

    bytes: int
    elements: int
    type: str
    op: str
    root: int | None
    out_of_place: Cell | None
    in_place: Cell | None


@dataclass(frozen=True, slots=True)
class Columns:
    """What the heading names: columns before the halves, those of the halves, where each ends."""

    before: tuple[str, ...]
    halves: tuple[tuple[str, ...], ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, heading: str) -> Columns | None:
        """Return the columns of a heading line; None where it is another line."""
        # The first mark makes the line a remark, a later one is part of `#wrong`.
        words = list(_WORD.finditer(heading.replace("#", " ", 1)))
        names = [word[0] for word in words]
        if names[:3] != ["size", "count", "type"] or "busbw" not in names:
            return None
        first = next((at for at, name in enumerate(names) if name.endswith("time")), None)
        if first is None:
            return None
        halves = _halves(names[first:])
        ends = tuple(word.end() for word in words)
        return cls(tuple(names[:first]), halves, ends) if halves else None

    def row(self, line: str) -> Row | None:
        """Return the row of a line; None where it is no whole row of this table."""
        words = line.split()
        width = sum(len(half) for half in self.halves)
        front, back = words[:-width], words[-width:]
        if not 3 <= len(front) <= len(self.before) or not _is_front(front):
            return None
        cells: list[Cell | None] = []
        for half in self.halves:
            cells.append(_cell(half, back[: len(half)]))
            back = back[len(half) :]
        if None in cells:
            return None
        rest = front[3:]
        root = next((count(word) for word in rest if _INTEGER.fullmatch(word)), None)
        op = next((word for word in rest if not _INTEGER.fullmatch(word)), "")
        size, elements = int(front[0]), int(front[1])
        return Row(size, elements, front[2], op, root, cells[0], cells[1] if cells[1:] else None)


def _halves(names: list[str]) -> tuple[tuple[str, ...], ...]:
    middle = len(names) // 2
    if names[:middle] == names[middle:]:
        return (tuple(names[:middle]), tuple(names[middle:]))
    return (tuple(names),) if names.count("busbw") == 1 else ()


def _is_front(words: list[str]) -> bool:
    numbers = all(_INTEGER.fullmatch(word) for word in words[:2])
    return numbers and not words[0].startswith("-") and _TYPE.fullmatch(words[2]) is not None


def _cell(names: tuple[str, ...], words: list[str]) -> Cell | None:
    """Return a half; None where a word is neither a number nor said to be none."""
    if any(number(word) is None and word.upper() not in ("N/A", "NAN") for word in words):
        return None
    told = dict(zip(names, words, strict=True))
    return Cell(
        time_us=number(told.get("time")),
        algbw=number(told.get("algbw")),
        busbw=number(told.get("busbw")),
        wrong=count(told.get("#wrong", told.get("wrong"))),
        error=number(told.get("error")),
    )
