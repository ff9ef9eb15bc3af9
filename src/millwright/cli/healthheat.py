"""Draws how a fleet is: racks as rows, nodes as cells, and the worst findings below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from millwright.cli.printable import one_line
from millwright.model.health import HealthDocument
from millwright.reports.health import finding_lines, headline, worst_of

LETTERS: Mapping[str, tuple[str, str]] = {
    "critical": ("C", "bold white on red"),
    "silent": ("S", "bold black on magenta"),
    "warning": ("W", "black on bright_yellow"),
    "watch": ("w", "yellow"),
    "unknown": ("?", "magenta"),
    "well": ("·", "white on green"),
    "asked": ("…", "dim"),
}
"""By the word of a node, the most urgent first: its letter, for whoever sees no colour, and its
style."""
_URGENT = tuple(LETTERS)


@dataclass(slots=True)
class Watched:
    """What is shown: the last sweep, who has answered in the one under way, and when it began."""

    racks: Mapping[str, str]
    document: HealthDocument | None = None
    heard: int = 0
    note: str = ""


def drawn_health(watched: Watched, width: int, height: int) -> Text:
    """Return the picture for a terminal of so many columns and lines."""
    text = Text(no_wrap=True, overflow="crop")
    document = watched.document
    if document is None:
        return text.append(f"asking; {watched.heard} nodes have answered\n", style="bold")
    text.append(f"{one_line(headline(document))[: width - 1]}\n", style="bold")
    aside = f"as of {document.at[:19]}Z, {watched.note}"
    text.append(f"{one_line(aside)[: width - 1]}\n", style="dim")
    states = worst_of(document)
    rows = list(_rows(states, watched.racks, max(1, height // 2)))
    left = min(max(len(label) for label, _ in rows), max(8, width // 3)) if rows else 0
    for label, nodes in rows:
        text.append(f"{label[:left]:{left}}  ")
        for state in _cells(nodes, states, width - left - 3):
            text.append(LETTERS[state][0], style=LETTERS[state][1])
        text.append("\n")
    lines = [line for line in finding_lines(document) if line.silenced is None]
    for line in lines[: max(0, height - len(rows) - 5)]:
        told = f"{line.severity:9} {line.nodes} ({line.count})  {line.message}"
        text.append(f"{one_line(told)[: width - 1]}\n", style=LETTERS[line.severity][1])
    return text.append_text(_letters(states))


def _rows(
    states: Mapping[str, str], racks: Mapping[str, str], most: int
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield racks with their nodes; several together where they are too many."""
    by_rack: dict[str, list[str]] = {}
    for node in states:
        by_rack.setdefault(racks.get(node, "no rack"), []).append(node)
    names = list(by_rack)
    size = max(1, -(-len(names) // most))
    for at in range(0, len(names), size):
        some = names[at : at + size]
        label = some[0] if len(some) == 1 else f"{some[0]}..{some[-1]}"
        yield label, [node for rack in some for node in by_rack[rack]]


def _cells(nodes: Sequence[str], states: Mapping[str, str], room: int) -> Iterator[str]:
    """Yield a cell a node; where they have no room, one cell for several: the worst of them."""
    size = max(1, -(-len(nodes) // max(1, room)))
    for at in range(0, len(nodes), size):
        there = {states[node] for node in nodes[at : at + size]}
        yield next(word for word in _URGENT if word in there)


def _letters(states: Mapping[str, str]) -> Text:
    text = Text()
    for word, (letter, style) in LETTERS.items():
        if count := list(states.values()).count(word):
            text.append(f" {letter} ", style=style)
            text.append(f"{word} {count}  ")
    return text
