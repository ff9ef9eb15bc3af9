"""Tables drawn with `|`, `+`, `-` and `=`, as dcgmi prints them."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.probes.endings import Line, not_understood, output
from millwright.probes.reading import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """The cells between the bars of one line, without blanks around them."""

    line: int
    cells: tuple[str, ...]

    @property
    def only(self) -> str:
        """The text of a line with one cell, else nothing."""
        return self.cells[0] if len(self.cells) == 1 else ""


@dataclass(frozen=True, slots=True)
class BoxTable:
    """The rows of all tables of an output, the lines that are none, and whether it is closed."""

    rows: tuple[Row, ...]
    others: tuple[Line, ...]
    problems: tuple[Problem, ...]


def box_table(text: str) -> BoxTable:
    """Return the rows; a line that begins with a bar and does not end with one is a problem."""
    lines = output(text)
    every = [*lines.whole, *([lines.cut] if lines.cut else [])]
    rows: list[Row] = []
    others: list[Line] = []
    problems: list[Problem] = []
    closed = True
    for at, line in every:
        told = line.strip()
        if _is_rule(told):
            closed = True
        elif told.startswith("|") and told.endswith("|") and len(told) > 1:
            rows.append(Row(at, tuple(cell.strip() for cell in told[1:-1].split("|"))))
            closed = False
        elif told.startswith(("|", "+")):
            problems.append(not_understood((at, line)))
        elif told and (at, line) == lines.cut:
            problems += lines.problems
        elif told:
            others.append((at, told))
    problems += [] if closed else [Problem("the table has no end")]
    return BoxTable(tuple(rows), tuple(others), tuple(problems))


def _is_rule(line: str) -> bool:
    return len(line) > 2 and line[0] == line[-1] == "+" and not line.strip("+-=")
