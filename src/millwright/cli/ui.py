"""The only place that prints: data to stdout, talk to stderr, never a control character from
outside."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TextIO

from millwright.cli.printable import cleaned, one_line
from millwright.reports.table import Table, told


@dataclass(frozen=True, slots=True)
class Ui:
    """How much to say, and where. Colour only on a terminal, and never where NO_COLOR is set."""

    quiet: bool = False
    verbose: bool = False

    def data(self, text: str) -> None:
        """Print a line that was asked for."""
        _write(sys.stdout, cleaned(text) + "\n")

    def raw(self, lines: Iterable[str]) -> None:
        """Print lines of a format of its own, in one go."""
        _write(sys.stdout, cleaned("".join(f"{line}\n" for line in lines)))

    def say(self, text: str) -> None:
        """Tell how things go."""
        if not self.quiet:
            _write(sys.stderr, cleaned(text) + "\n")

    def detail(self, text: str) -> None:
        """Tell more, to those who asked for it."""
        if self.verbose:
            _write(sys.stderr, cleaned(text) + "\n")

    def complain(self, text: str) -> None:
        """Print what is wrong, however quiet things should be."""
        _write(sys.stderr, cleaned(text) + "\n")

    def json(self, document: Any) -> None:
        """Print exactly one document; everything outside ASCII is escaped."""
        _write(sys.stdout, json.dumps(document, indent=1) + "\n")

    def json_list(self, items: Iterable[Any]) -> None:
        """Print a list item by item, for lists that are long."""
        encode = json.JSONEncoder().encode
        separator = "[\n"
        for item in items:
            sys.stdout.write(f"{separator} {encode(item)}")
            separator = ",\n"
        sys.stdout.write("[]\n" if separator == "[\n" else "\n]\n")

    def csv(self, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
        """Print comma-separated values."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        _write(sys.stdout, cleaned(text.getvalue()))

    def columns(self) -> int:
        """Return how wide the terminal is that data goes to; 0 where it goes elsewhere."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0

    def heading(self, text: str) -> None:
        """Print a heading."""
        _write(sys.stdout, f"{_painted(cleaned(text), '1')}\n")

    @contextlib.contextmanager
    def live(self, drawn: Callable[[int, int], Any]) -> Iterator[bool]:
        """Show a picture that changes, on a terminal: drawn anew eight times a second by a thread
        of its own, for so many columns and lines. Whether there is one is what a caller gets.
        """
        if self.quiet or not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
            yield False
            return
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True, color_system=_colours())
        picture = Live(
            console=console,
            refresh_per_second=8,
            get_renderable=lambda: drawn(console.width, console.height),
        )
        with picture:
            yield True

    def table(self, table: Table) -> None:
        """Print a table in full width: nothing is ever cut."""
        if sys.stdout.isatty():
            from rich.console import Console

            from millwright.cli.drawing import drawn

            Console(color_system=_colours()).print(drawn(table))
            return
        self.heading(table.title)
        for line in _columns(table):
            _write(sys.stdout, f"  {line}\n")


def _colours() -> Literal["auto"] | None:
    """Return which colours a terminal gets: with NO_COLOR none, and nothing bold either."""
    return None if os.environ.get("NO_COLOR") else "auto"


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _painted(text: str, code: str) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def _columns(table: Table) -> Iterable[str]:
    rows = [[one_line(told(cell)) for cell in row] for row in table.rows]
    heads = [column.title for column in table.columns]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = [
            text.rjust(width) if column.align == "right" else text.ljust(width)
            for text, width, column in zip(row, widths, table.columns, strict=True)
        ]
        yield "  ".join(cells).rstrip()
