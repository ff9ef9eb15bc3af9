"""What an export is: files as values, and what nobody could say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from millwright.errors import MillwrightError

NOT_VALIDATED = "not validated by the provider, not executed here"


class Unexportable(MillwrightError):
    """The design holds something that the other tool has no word for."""


@dataclass(frozen=True, slots=True)
class Data:
    """A file of keys and values: JSON where its path ends so, else YAML.

    `head` are lines of comment (JSON has no room for them), `first` a line that has to be the
    file's first. `templated` says that its reader takes double braces for templates: a value
    that holds some is then refused.
    """

    path: str
    value: Mapping[str, Any] | Sequence[Any]
    head: tuple[str, ...] = ()
    first: str = ""
    templated: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A file in a format of its own: a template of `templates/`, and its values."""

    path: str
    template: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Lines:
    """A file whose lines were quoted by whoever made them, each as its format wants it."""

    path: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of rows in CSV; a cell that a spreadsheet would compute is refused."""

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that neither the design nor the survey says: never made up, always told.

    `hosts` is empty where the whole factory is meant.
    """

    what: str
    hosts: tuple[str, ...]
    means: str
    mend: str


@dataclass(frozen=True, slots=True)
class Export:
    """Everything that one format came to; `state` is what it is worth, in words."""

    format: str
    hosts: tuple[str, ...]
    files: tuple[Data | Text | Lines | Sheet, ...]
    unknown: tuple[Unknown, ...]
    state: str = NOT_VALIDATED


def head(
    title: str, factory: str, *more: str, simulated: bool = False, state: str = NOT_VALIDATED
) -> tuple[str, ...]:
    """Return the lines that every generated file begins with."""
    lines = [f"{title} of {factory}, made by millwright from its design: make it again", *more]
    if simulated:
        lines.append("SIMULATED: this factory exists in a lab only")
    return (*lines, state)
