"""What `nvidia-smi -q` says of one GPU, whether as XML or as text: values by their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from millwright.probes.quantity import counter, quantity, truth, words

_NOT_APPLICABLE = ("n/a", "[n/a]", "not supported", "[not supported]")
_LOST = re.compile(r"\bGPU (is lost|has fallen off the bus)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One GPU's values by path (`ecc_errors/volatile/dram_correctable`).

    A path that is said twice with different values is not trusted and says nothing. Every
    question takes several paths: the names of an element over the years, newest first.
    """

    bus_id: str
    values: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False

    def said(self, *paths: str) -> str | None:
        """Return the first of these that says something."""
        return next((told for path in paths if (told := words(self.values.get(path)))), None)

    def number(self, unit: str, *paths: str) -> float | None:
        """Return a measured value, whose unit must stand beside it."""
        found = (quantity(self.values.get(path), unit, bare=False) for path in paths)
        return next((value for value in found if value is not None), None)

    def count(self, *paths: str) -> int | None:
        """Return a counter."""
        found = (counter(self.values.get(path)) for path in paths)
        return next((value for value in found if value is not None), None)

    def total(self, *paths: str) -> int | None:
        """Return the sum of parts; None where one of them is not told, as in an output cut short.

        A part that does not apply to the GPU adds nothing; where none applies there is no sum.
        """
        told = ((self.values.get(path) or "").strip() for path in paths)
        parts = [counter(part) for part in told if part.lower() not in _NOT_APPLICABLE]
        known = [part for part in parts if part is not None]
        return sum(known) if known and len(known) == len(parts) else None

    def tells(self, *paths: str) -> bool:
        """Return whether one of these is there at all, be it to say N/A."""
        return any(path in self.values for path in paths)

    def flag(self, *paths: str) -> bool | None:
        """Return whether something is so."""
        found = (truth(self.values.get(path)) for path in paths)
        return next((value for value in found if value is not None), None)

    def active_under(self, *prefixes: str) -> tuple[str, ...]:
        """Return the last parts of all paths below these whose value is Active."""
        return tuple(
            path.rpartition("/")[2]
            for path, value in self.values.items()
            if path.startswith(prefixes) and value.strip().lower() == "active"
        )


def sheet(bus_id: str, told: Iterable[tuple[str, str]]) -> Sheet:
    """Return the sheet of what was told of a GPU, path by path."""
    values: dict[str, str] = {}
    doubtful: set[str] = set()
    for path, value in told:
        if values.setdefault(path, value) != value:
            doubtful.add(path)
    lost = any(_LOST.search(value) for value in values.values())
    kept = {path: value for path, value in values.items() if path not in doubtful}
    return Sheet(bus_id, kept, lost)
