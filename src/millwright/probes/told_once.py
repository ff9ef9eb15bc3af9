"""Values that an output tells once: of two different ones of a name, none holds."""

from __future__ import annotations

from typing import Generic, TypeVar

V = TypeVar("V")


class Once(Generic[V]):
    """Values by name, in the order in which they came; the same value twice is one."""

    def __init__(self) -> None:
        self._found: dict[str, V] = {}
        self._refused: set[str] = set()

    def take(self, name: str, value: V) -> bool:
        """Keep a value; false where another one of that name was told, now or before."""
        if name in self._refused:
            return False
        if self._found.setdefault(name, value) == value:
            return True
        del self._found[name]
        self._refused.add(name)
        return False

    @property
    def values(self) -> tuple[V, ...]:
        """All that hold."""
        return tuple(self._found.values())
