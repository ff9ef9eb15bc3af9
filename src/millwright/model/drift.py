"""Drift: what is recorded of nodes, which changes are expected, and `millwright.drift/1`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen, ShortText, Text

Kind = Literal[
    "approved-change",
    "in-progress",
    "unauthorised",
    "hardware-swap",
    "vendor-default-reset",
    "unknown",
]
KINDS: tuple[Kind, ...] = (
    "unauthorised",
    "hardware-swap",
    "vendor-default-reset",
    "unknown",
    "in-progress",
    "approved-change",
)
"""What a difference is, in the order of the lines; the last two count as no drift."""
EXPECTED: frozenset[Kind] = frozenset({"in-progress", "approved-change"})
ABSENT = "absent"
NOTE = "note:"
"""What stands before a tuning note's name where it declares an item, and no role does."""
DriftAnswer = Literal["none", "drift", "unanswered"]


class Held(Frozen):
    """One thing of a node: what it was, who told it, and what was declared of it then."""

    value: str
    heart: str
    question: str
    declared: str | None = None


class Picture(Frozen):
    """A node at one moment: its items by key, and the questions that it answered.

    Of what is a list, such as packages, an item that is not named was absent then, where the
    question was answered.
    """

    node: str
    at: str
    items: dict[str, Held]
    answered: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


class Acceptance(Frozen):
    """Pictures that somebody took as right; with `items`, these of them alone (patterns)."""

    at: str
    by: ShortText
    why: Text
    change: str = ""
    items: tuple[str, ...] = ()
    run: str = ""
    nodes: dict[str, Picture]


class Approval(Frozen):
    """A change that is expected: on which nodes, of which items, until when."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    nodes: ShortText
    item: ShortText
    begin: str
    until: str
    why: Text
    by: ShortText


@dataclass(frozen=True, slots=True)
class Declared:
    """What an item of a node should be, and which role puts it there.

    `match` is how it is held against what is seen: the same, a pattern with `*`, or words that
    have to be among those seen. One that is `derived` follows from another item of the node.
    """

    value: str
    role: str = ""
    match: Literal["same", "pattern", "words"] = "same"
    derived: bool = False


class Difference(Frozen):
    """One item that is otherwise than it should be, told once for all nodes where it is the same.

    `declared`, `recorded` and `peers` are None where nothing says it. `when` bounds the change,
    `who` is the last run of ours that touched it there, where one did.
    """

    item: str
    heart: str
    nodes: Annotated[tuple[str, ...], Field(min_length=1)]
    declared: str | None = None
    recorded: str | None = None
    peers: str | None = None
    observed: str
    kind: Kind
    why: str
    when: str = ""
    who: str = ""
    role: str = ""
    command: str = ""

    @property
    def counts(self) -> bool:
        """Return whether it is drift: nobody expected it."""
        return self.kind not in EXPECTED


class NotTold(Frozen):
    """Items that should have been held against something and were not told, with the reason."""

    nodes: Annotated[tuple[str, ...], Field(min_length=1)]
    question: str
    items: int
    why: str


class DriftDocument(Frozen):
    """The whole. `compared` counts items of nodes that were held against something."""

    schema_: Annotated[Literal["millwright.drift/1"], Field(alias="schema")] = "millwright.drift/1"
    at: str
    answer: DriftAnswer
    simulated: bool
    run: str = ""
    nodes: int
    compared: int
    differences: tuple[Difference, ...]
    unknown: tuple[NotTold, ...]
