"""JSON as tools print it: asked for by path, and never an exception for what is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from millwright.probes.endings import shown
from millwright.probes.quantity import truth, words
from millwright.probes.reading import Problem, count
from millwright.probes.reading import number as number_of

_START = re.compile(r"\A\s*(?=[\[{])|^(?=[\[{])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a JSON document, be there something or nothing."""

    value: Any = None

    def at(self, *keys: str) -> Node:
        """Return what lies below these keys, one after the other."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return Node(value)

    def first(self, *keys: str) -> Node:
        """Return what lies below the first of these keys that is there: a name over the years."""
        found = (self.at(key) for key in keys)
        return next((node for node in found if node.value is not None), Node())

    @property
    def entries(self) -> tuple[Node, ...]:
        """The entries of a list."""
        return tuple(map(Node, self.value)) if isinstance(self.value, list) else ()

    @property
    def members(self) -> tuple[tuple[str, Node], ...]:
        """The names and values of an object."""
        if not isinstance(self.value, dict):
            return ()
        return tuple((str(name), Node(value)) for name, value in self.value.items())

    @property
    def said(self) -> str | None:
        """The words or the number that stand here, as text."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            return None
        return words(str(self.value))

    @property
    def number(self) -> float | None:
        """The finite number that stands here, written as one or in words."""
        return number_of(_plain(self.value))

    @property
    def whole(self) -> int | None:
        """The whole number that stands here, written as one or in words."""
        return count(_plain(self.value))

    @property
    def flag(self) -> bool | None:
        """Whether it says yes; older versions of tools write 1 and 0, or words."""
        return self.value if isinstance(self.value, bool) else truth(_plain(self.value))


def _plain(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def document(text: str, *, expected: Callable[[Node], bool]) -> tuple[Node, list[Problem]]:
    """Return the JSON document that `expected` knows, and what is wrong around it.

    A document begins the text or a line, so that a part of a broken one is not taken for it. One
    that gives a name two values was put together by accident and is refused.
    """
    told = text.removeprefix("\ufeff")
    decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=lambda _: None)
    reason = "no JSON"
    for start in [found.end() for found in islice(_START.finditer(told), 20)]:
        try:
            value, end = decoder.raw_decode(told, start)
        except (ValueError, RecursionError) as error:
            reason = f"the JSON is broken: {shown(str(error))}"
            continue
        if expected(Node(value)):
            return Node(value), _around(told[:start], told[end:])
        reason = "the JSON is of another kind"
    return Node(), [Problem(reason)]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found and found[name] != value:
            raise ValueError(f"{name[:40]!r} has two values")
        found[name] = value
    return found


def _around(before: str, after: str) -> list[Problem]:
    return [
        Problem(f"text {place} the JSON: {shown(told)}")
        for place, told in (("before", before), ("after", after))
        if told.strip()
    ]
