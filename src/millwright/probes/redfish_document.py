"""A Redfish resource as it came: asked for words and numbers, it never gives what it has not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_TYPE = re.compile(r"#(?P<type>\w+)\.")
_ABSENT = frozenset({"", "n/a", "na", "unknown", "not available", "null"})


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource with the path it stands under; `body` is what the controller sent."""

    path: str
    body: dict[str, Any]

    @property
    def type(self) -> str:
        """Its type without version (`ComputerSystem`); empty where it names none."""
        found = _TYPE.match(str(self.body.get("@odata.type", "")))
        return found["type"] if found else ""

    def words(self, *keys: str) -> str | None:
        """Return the words under a key, or under keys of objects in it."""
        value = self._under(keys)
        if not isinstance(value, str) or value.strip().lower() in _ABSENT:
            return None
        return value.strip()

    def number(self, *keys: str) -> float | None:
        """Return the number under a key; a string is none, and neither is null."""
        value = self._under(keys)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            return float(value) if math.isfinite(value) else None
        except OverflowError:
            return None

    def count(self, *keys: str) -> int | None:
        """Return the whole number under a key."""
        value = self.number(*keys)
        return int(value) if value is not None and value.is_integer() else None

    def inner(self, key: str) -> Iterator[Resource]:
        """Yield the objects of a list that are told in full: a mere link is not."""
        told = self.body.get(key)
        for at, entry in enumerate(told if isinstance(told, list) else []):
            if isinstance(entry, dict) and set(entry) - {"@odata.id"}:
                path = entry.get("@odata.id")
                yield Resource(path if isinstance(path, str) else f"{self.path}#/{key}/{at}", entry)

    def _under(self, keys: tuple[str, ...]) -> object:
        value: object = self.body
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value


def resource_of(path: str, body: dict[str, Any]) -> Resource:
    """Return the resource of a document; its own name for itself wins over its file's."""
    own = body.get("@odata.id")
    return Resource(own if isinstance(own, str) else path, body)
