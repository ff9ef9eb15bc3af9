"""Formulas as text: reckoned here, shown to a reader as they stand, and spelled for a spreadsheet.

Names, numbers, `+ - x / ^` and brackets, with the usual precedence; a minus has spaces around it,
since names have dashes. One text says it in all three places, so that they cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*|[-+/^()])")
_RANK = {"+": 1, "-": 1, "x": 2, "/": 2, "^": 3}


class NoFormula(ValueError):
    """A text that is none of our formulas."""


def tokens(text: str) -> tuple[str, ...]:
    """Return the words and signs of a formula. Raises NoFormula where something else stands."""
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NoFormula(f"{text!r} at {at}")
        found.append(match.group(1))
        at = match.end()
    return tuple(found)


def names_in(text: str) -> tuple[str, ...]:
    """Return the names that a formula is made of, each once, in their order."""
    return tuple(dict.fromkeys(t for t in tokens(text) if t[0].isalpha() and t != "x"))


def evaluate(text: str, values: Mapping[str, float]) -> float:
    """Return the value of a formula. Raises NoFormula where it is none, KeyError for a name that
    has no value."""
    reader = _Reader(tokens(text), values)
    value = reader.read(0)
    if reader.at < len(reader.tokens):
        raise NoFormula(text)
    return value


def spelled(text: str, places: Mapping[str, str]) -> str:
    """Return the formula as a spreadsheet writes it, with a cell for each name.

    Raises KeyError for a name without a cell.
    """
    told = [_spelled(token, places) for token in tokens(text)]
    return "=" + "".join(told)


def _spelled(token: str, places: Mapping[str, str]) -> str:
    if token == "x":
        return "*"
    return places[token] if token[0].isalpha() else token


@dataclass(slots=True)
class _Reader:
    tokens: tuple[str, ...]
    values: Mapping[str, float]
    at: int = 0

    def read(self, rank: int) -> float:
        """Read as much as binds more closely than `rank`."""
        value = self._one()
        while self.at < len(self.tokens) and _RANK.get(self.tokens[self.at], 0) > rank:
            sign = self.tokens[self.at]
            self.at += 1
            value = _joined(sign, value, self.read(_RANK[sign]))
        return value

    def _one(self) -> float:
        if self.at >= len(self.tokens):
            raise NoFormula("it ends too soon")
        token = self.tokens[self.at]
        self.at += 1
        if token == "(":
            value = self.read(0)
            if self.at >= len(self.tokens) or self.tokens[self.at] != ")":
                raise NoFormula("a bracket stays open")
            self.at += 1
            return value
        if token[0].isdigit():
            return float(token)
        if token[0].isalpha() and token != "x":
            return self.values[token]
        raise NoFormula(f"{token!r} has nothing before it")


def _joined(sign: str, left: float, right: float) -> float:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "x":
        return left * right
    return left / right if sign == "/" else float(left**right)
