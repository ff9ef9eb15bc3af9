"""JSON documents in a log: one after the other, with lines of talk before and between them."""

from __future__ import annotations

import json
import re
from typing import Any

from millwright.probes.endings import shown
from millwright.probes.json_node import Node
from millwright.probes.reading import Problem

_START = re.compile(r"^[ \t]*(?=[\[{])", re.MULTILINE)
_MOST_FAILURES = 20


_NEXT = re.compile(r"^(?=\{)", re.MULTILINE)


class Documents:
    """What a log holds: documents in their order, the lines around them, and what is broken."""

    def __init__(self, text: str) -> None:
        self.nodes: list[Node] = []
        self.talk: list[tuple[int, str]] = []
        self.problems: list[Problem] = []
        self._text = text.removeprefix("\ufeff")
        self._line, self._at = 1, 0
        self._read()

    def _read(self) -> None:
        decoder = json.JSONDecoder(object_pairs_hook=_once, parse_constant=lambda _: None)
        failures = 0
        while (found := _START.search(self._text, self._at)) and failures < _MOST_FAILURES:
            self._talk(found.end())
            try:
                value, end = decoder.raw_decode(self._text, self._at)
                self.nodes.append(Node(value))
                self._skip(end)
            except (ValueError, RecursionError) as error:
                told = f"the JSON is broken: {shown(str(error))}"
                self.problems.append(Problem(told, self._line))
                failures += 1
                # A brace without indentation begins the next one, be it in a log or a line each.
                following = _NEXT.search(self._text, self._at + 1)
                self._skip(following.start() if following else len(self._text))
        self._talk(len(self._text))

    def _skip(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _talk(self, end: int) -> None:
        lines = self._text[self._at : end].split("\n")
        told = ((self._line + n, line.strip()) for n, line in enumerate(lines))
        self.talk += [(at, line) for at, line in told if line]
        self._skip(end)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a name with two different values, unless both are words, is refused.

    Words may stand twice: options that a user gave twice are told twice, and the last one holds.
    """
    found: dict[str, Any] = {}
    for name, value in pairs:
        before = found.get(name, value)
        if before != value and not (isinstance(before, str) and isinstance(value, str)):
            raise ValueError(f"{name[:40]!r} has two values")
        found[name] = value
    return found
