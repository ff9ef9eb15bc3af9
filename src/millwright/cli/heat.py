"""Draws how far a deployment has come: hosts x roles in colour, and in letters for whoever sees
none."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from millwright.cli.printable import one_line
from millwright.reports.progress import LETTERS, Progress, heat_rows, short_names

STYLES: Mapping[str, str] = {
    "waits": "dim",
    "runs": "black on bright_cyan",
    "is proven": "black on cyan",
    "proven": "white on green",
    "not testable": "black on bright_yellow",
    "failed": "bold white on red",
    "unknown": "bold black on magenta",
    "left": "yellow",
    "none": "",
}
CELL = 3
"""Columns of a terminal that one role takes."""
AROUND = 6
"""Lines above and below the rows: title, heads, what runs, letters, and room for a prompt."""


def drawn_heat(
    progress: Progress, racks: Mapping[str, str], title: str, size: tuple[int, int]
) -> Text:
    """Return the picture for a terminal of so many columns and lines."""
    width, height = size
    running = progress.running()
    rows_at_most = max(1, height - AROUND - max(1, len(running[:3])))
    labels = [row.label for row in heat_rows(progress, racks, (), rows_at_most)]
    left = min(max(map(len, (*labels, "hosts"))), max(8, width // 3))
    roles = _shown(progress, (width - left - 2) // CELL)
    text = Text(no_wrap=True, overflow="crop")
    text.append(f"{_headline(progress, title)}\n", style="bold")
    short = short_names(progress.roles)
    text.append(f"{'hosts':{left}}  {''.join(f'{short[role]:{CELL}}' for role in roles)}\n")
    for row in heat_rows(progress, racks, roles, rows_at_most):
        text.append(f"{row.label[:left]:{left}}  ")
        for state in row.states:
            text.append(f" {LETTERS[state]}", style=STYLES[state])
            text.append(" " * (CELL - 2))
        text.append("\n")
    for role in running[:3]:
        task = one_line(progress.tasks[role])
        text.append(f"{short[role]} {role}{': ' if task else ''}{task}"[: width - 1] + "\n")
    return text.append_text(_letters(progress))


def _shown(progress: Progress, room: int) -> tuple[str, ...]:
    """Return the roles that have room: those that are over give way to those that are not."""
    roles = progress.roles
    room = max(1, room)
    if len(roles) <= room:
        return roles
    busy = progress.running()
    at = roles.index(busy[0]) if busy else 0
    first = max(0, min(at - 2, len(roles) - room))
    return roles[first : first + room]


def _headline(progress: Progress, title: str) -> str:
    counts = progress.counts()
    over = counts["proven"] + counts["not testable"]
    told = [f"{title}  {over} of {len(progress.cells)} done"]
    told += [f"{counts[state]} {state}" for state in ("failed", "unknown", "left") if counts[state]]
    told.append(_clock(progress.seconds()))
    rest = progress.seconds_left()
    if rest is None:
        told.append("no history yet of the rest")
    elif rest > 0:
        told.append(f"about {_clock(rest)} left")
    return " · ".join(told)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _letters(progress: Progress) -> Text:
    counts, text = progress.counts(), Text()
    for state, letter in LETTERS.items():
        if counts[state]:
            text.append(f" {letter} ", style=STYLES[state])
            text.append(f"{state}  ")
    return text
