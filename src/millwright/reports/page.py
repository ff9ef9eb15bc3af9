"""What a document says, before it is drawn: one value becomes an HTML file and a PDF.

A page is made of blocks, and every block names its `kind`, by which templates tell them apart.
Nothing here is markup: texts are texts until an adapter sets them, so what a node or a spec said
cannot become code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from millwright.reports.picture import Picture
from millwright.reports.table import Table, told

Tone = Literal["good", "warn", "bad", "unknown", "plain"]
"""How grave a thing is; it is always shown by a word and a shape, never by colour alone."""


LOCAL = re.compile(
    r"(\.\./)*[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*(#[a-z0-9-]+)?"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A word with its gravity, for example FAIL."""

    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to another file of the same folder; paper shows the words alone.

    `to` is a path below the page's own folder, or up and down within what it was packed with;
    never an address of the outside.
    """

    text: str
    to: str

    def __post_init__(self) -> None:
        if not LOCAL.fullmatch(self.to):
            raise ValueError(f"{self.to!r} is no path of a file beside the page")


Cell = str | int | float | Mark | Link | None


@dataclass(frozen=True, slots=True)
class Field:
    """A column: what it holds, its unit, and how wide it wants to be beside its neighbours.

    `text` wraps, `code` is set in fixed width, `number` leans right and sorts by size, `mark` has
    values of Mark and can be filtered by them, `tick` is a box to be ticked by hand.
    """

    title: str
    holds: Literal["text", "code", "number", "mark", "tick"] = "text"
    unit: str = ""
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. `empty` is said where it has no rows; a folded one opens on demand. Of a list that
    is too long for paper, paper says `elsewhere`: where it is."""

    fields: tuple[Field, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    note: str = ""
    empty: str = "None."
    folded: bool = False
    elsewhere: str = ""
    kind: Literal["grid"] = "grid"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what stands beside it."""

    label: str
    value: Cell
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values, where a table would be too much; `large` ones are the figures that a page
    opens with."""

    facts: tuple[Fact, ...]
    large: bool = False
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a reader must not miss: simulated, incomplete, unknown."""

    word: str
    text: str
    tone: Tone = "plain"
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True)
class Points:
    """Statements of equal rank."""

    points: tuple[str, ...]
    title: str = ""
    kind: Literal["points"] = "points"


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption; `wide` says how much of the column it fills, from 0 to 1."""

    picture: Picture
    caption: str = ""
    wide: float = 1.0
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True, slots=True)
class Gallery:
    """Small pictures in rows, each with its caption."""

    figures: tuple[Figure, ...]
    kind: Literal["gallery"] = "gallery"


@dataclass(frozen=True, slots=True)
class Beside:
    """Blocks side by side where there is room, and one below the other where there is none."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    kind: Literal["beside"] = "beside"


@dataclass(frozen=True, slots=True)
class Checklist:
    """What somebody does and ticks off, with a line for whoever did it."""

    title: str
    points: tuple[str, ...]
    kind: Literal["checklist"] = "checklist"


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign, one a role, below the words that are signed."""

    words: str
    roles: tuple[str, ...]
    kind: Literal["signatures"] = "signatures"


@dataclass(frozen=True, slots=True)
class Label:
    """A sticker for one end of a cable: what a person reads, what a scanner reads.

    `code` has one text a row of the symbol, 1 for dark; the quiet zone is the drawer's.
    """

    near: str
    far: str
    place: str
    id: str
    code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """Stickers in the order in which they are needed."""

    labels: tuple[Label, ...]
    kind: Literal["labels"] = "labels"


Block = (
    Paragraph
    | Facts
    | Notice
    | Points
    | Grid
    | Figure
    | Gallery
    | Beside
    | Checklist
    | Signatures
    | Labels
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part with a heading. `id` is the place that links lead to, `fresh` begins a sheet of paper;
    a `listed` one stands in the contents."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    lead: str = ""
    mark: Mark | None = None
    fresh: bool = False
    listed: bool = True
    group: str = ""
    """Sections of one group stand together in the contents, closely set."""


@dataclass(frozen=True, slots=True)
class Page:
    """A document. `first_line` is what it says before anything else; `made` the time of what is
    told, not of the printing, so that the same values give the same bytes."""

    what: str
    title: str
    first_line: str
    sections: tuple[Section, ...]
    made: str = ""
    by: str = ""
    tone: Tone = "plain"
    notices: tuple[Notice, ...] = ()
    facts: tuple[Fact, ...] = ()
    paper: Literal["portrait", "landscape"] = "portrait"
    site: tuple[Link, ...] = ()
    """The pages that this one stands among, where it is one of several."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One file of a document that is too long for one; `suffix` is empty where it is whole."""

    suffix: str
    page: Page


def grid_of(table: Table, *, folded: bool = False) -> Grid:
    """Return a table of the terminal as one of a page; its right-leaning columns hold numbers."""
    fields = tuple(
        Field(column.title, "number" if column.align == "right" else "text")
        for column in table.columns
    )
    return Grid(fields, table.rows, table.title, folded=folded)


_SAID = re.compile(r"`([^`\n]+)`")


def words(text: str) -> tuple[tuple[str, bool], ...]:
    """Return a text in pieces, each with whether it is something to type: in messages such words
    stand between backticks, which are a terminal's way and never shown on a page."""
    pieces = _SAID.split(text)
    return tuple((piece, bool(n % 2)) for n, piece in enumerate(pieces) if piece)


def plain(text: str) -> str:
    """Return a text without its backticks, for places that know one kind of letters."""
    return "".join(piece for piece, _ in words(text))


def shown(cell: Cell) -> str:
    """Return a cell as a person reads it; nothing known is a dash and never an empty gap."""
    if isinstance(cell, Mark):
        return cell.word
    if isinstance(cell, Link):
        return cell.text
    text = told(cell)
    return text if text else "–"


SIMULATED = Notice(
    "SIMULATED",
    "What is told here comes from simulated hardware. It proves the procedure, and nothing about "
    "a machine that can be bought.",
    "warn",
)
"""Stands on top of every page about things that do not exist."""
