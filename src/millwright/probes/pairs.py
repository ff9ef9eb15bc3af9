"""Lines of `key: value`: one sense for all tools that print them, and doubt where one contradicts.

A key that is told two values has none, for nobody can say which line went astray.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from millwright.probes.endings import Line, shown
from millwright.probes.quantity import words
from millwright.probes.reading import Problem
from millwright.units import binary_bytes

_SIZE = re.compile(r"(?P<amount>\d{1,20}(?:[.,]\d{1,9})?)\s?(?P<prefix>[KMGTPE]?)(?:i?B|)")


@dataclass(frozen=True, slots=True)
class Pair:
    """A line's key and value; `indent` counts the signs before the key."""

    at: int
    indent: int
    key: str
    value: str


def pair_of(line: Line, mark: str = ":") -> Pair | None:
    """Return the key and the value that a line consists of; None where there is no key."""
    at, text = line
    key, found, value = text.partition(mark)
    if not found or not key.strip() or (value and mark == ":" and value[0] not in " \t"):
        return None
    return Pair(at, len(text) - len(text.lstrip()), " ".join(key.split()), value.strip())


@dataclass(slots=True)
class Pairs:
    """Values by key while lines go by; keys are compared without letter case."""

    problems: list[Problem] = field(default_factory=list)
    _values: dict[str, str | None] = field(default_factory=dict)

    def put(self, pair: Pair) -> bool:
        """Keep a value; return whether it fits to what was told before."""
        key = pair.key.lower()
        if self._values.setdefault(key, pair.value) == pair.value:
            return True
        self._values[key] = None
        self.problems.append(Problem(f"{shown(pair.key)} is told twice, differently", pair.at))
        return False

    def __contains__(self, key: str) -> bool:
        return key.lower() in self._values

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield keys in small letters with what they say."""
        for key, value in self._values.items():
            if value is not None:
                yield key, value

    def get(self, *keys: str) -> str | None:
        """Return what the first of these keys says that is there; None where it says nothing."""
        return next((words(self._values[key.lower()]) for key in keys if key in self), None)


def size_bytes(text: str | None) -> int | None:
    """Return bytes of `64 GB`, `512 KiB` or `63.9M`, all counted by 1024 as Linux' tools do."""
    found = _SIZE.fullmatch((text or "").strip())
    if found is None:
        return None
    return binary_bytes(float(found["amount"].replace(",", ".")), found["prefix"])


def grouped(text: str | None) -> int | None:
    """Return a whole number whose digits stand in groups (`1,234`), as some locales write it."""
    digits = re.sub(r"(?<=\d)[,.'\u00a0\u202f](?=\d{3}(?!\d))", "", (text or "").strip())
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 40 else None
