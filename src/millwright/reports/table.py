"""A table before it is drawn: the same value becomes rich text, plain columns, CSV or a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the side to which its cells lean."""

    title: str
    align: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length under one title."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def told(cell: Cell) -> str:
    """Return a cell as a person reads it: thousands parted, whole numbers whole, nothing
    for None."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if cell.is_integer() else f"{cell:,g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def left(*titles: str) -> tuple[Column, ...]:
    """Return left-leaning columns."""
    return tuple(Column(title) for title in titles)


def right(*titles: str) -> tuple[Column, ...]:
    """Return right-leaning columns, for numbers."""
    return tuple(Column(title, "right") for title in titles)
