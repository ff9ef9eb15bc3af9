"""Nodes against tests at a glance: a shape for each gravity, nothing by colour alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from millwright.reports.page import Tone
from millwright.reports.picture import (
    WIDTH_OF_A_LETTER,
    Box,
    Dots,
    Picture,
    Shape,
    Sign,
    Words,
    fitting,
)

WIDTH = 760.0
ROW, TOP, MOST_ROWS, MOST_COLUMNS = 16.0, 24.0, 60, 24
TYPE = 10.5
LEGEND: tuple[tuple[Tone | None, str], ...] = (
    ("bad", "FAIL"),
    ("unknown", "UNKNOWN"),
    ("warn", "WARN"),
    ("plain", "waived"),
    (None, "nothing found"),
)


def heatmap(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    tones: Mapping[tuple[str, str], Tone],
) -> Picture:
    """Return a grid with a shape where a row has something to say in a column.

    Only the first 60 rows and 24 columns are drawn; the caller puts the gravest first and says how
    many there are.
    """
    rows, columns = rows[:MOST_ROWS], columns[:MOST_COLUMNS]
    left = 18 + min(220.0, max(map(len, rows), default=4) * TYPE * WIDTH_OF_A_LETTER)
    pitch = min(26.0, (WIDTH - left - 12) / max(1, len(columns)))
    centres = [left + (index + 0.5) * pitch for index in range(len(columns))]
    shapes: list[Shape] = [
        Words(x, TOP - 8, str(number), 9.5, "soft", "middle") for number, x in enumerate(centres, 1)
    ]
    quiet: list[tuple[float, float]] = []
    for line, row in enumerate(rows):
        y = TOP + line * ROW
        if line % 2 == 0:
            shapes.append(Box(0, y, left + pitch * len(columns), ROW, "panel"))
        shapes.append(Words(4, y + 12, fitting(row, left - 8, TYPE), TYPE))
        for x, column in zip(centres, columns, strict=True):
            tone = tones.get((row, column))
            if tone is None:
                quiet.append((x, y + ROW / 2))
            else:
                shapes.append(Sign(x, y + ROW / 2, 8.5, tone, f"{row}: {column}"))
    shapes.append(Dots(tuple(quiet), 2.2, "soft", 0.6))
    bottom = TOP + ROW * len(rows) + 20
    keyed, height = _key([f"{n} {column}" for n, column in enumerate(columns, 1)], bottom + 20)
    shapes += [*_legend(bottom), *keyed]
    return Picture(title, _described(tones), WIDTH, height, tuple(shapes))


def _described(tones: Mapping[tuple[str, str], Tone]) -> str:
    told = [f"{row}, {column}: {tone}" for (row, column), tone in tones.items()]
    return "; ".join(told[:200]) or "Nothing found."


def _legend(y: float) -> list[Shape]:
    shapes: list[Shape] = []
    x = 8.0
    for tone, word in LEGEND:
        if tone is None:
            shapes.append(Dots(((x, y - 3.5),), 2.2, "soft", 0.6))
        else:
            shapes.append(Sign(x, y - 3.5, 8.5, tone))
        shapes.append(Words(x + 9, y, word, TYPE, "soft"))
        x += 34 + len(word) * TYPE * 0.66
    return shapes


def _key(named: Sequence[str], y: float) -> tuple[list[Shape], float]:
    """Return what the numbers over the columns stand for, in three columns below the grid."""
    shapes: list[Shape] = []
    per = -(-len(named) // 3) or 1
    for index, name in enumerate(named):
        column, line = divmod(index, per)
        text = fitting(name, 240, TYPE)
        shapes.append(Words(4 + column * 252, y + line * 14, text, TYPE, "soft"))
    return shapes, y + per * 14
