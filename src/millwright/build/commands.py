"""From a command of the catalogue to the words that a node runs: slots filled, nothing quoted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from millwright.model.burnin import Slot

OPEN = re.compile(r"\{([a-z_]+)\}")
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:,\[\]-]*")
"""What may fill a slot: numbers, host names, addresses, and lists of them."""

Slots = Mapping[Slot, str | int]


def filled(words: Sequence[str], slots: Slots) -> tuple[str, ...]:
    """Return the words with these slots filled; others stay open.

    Raises ValueError where a value is none that a command may hold.
    """
    return tuple(fill(word, slots) for word in words)


def fill(text: str, slots: Slots) -> str:
    """Return one text with these slots filled."""
    known = {str(name): str(value) for name, value in slots.items()}
    for name, value in known.items():
        if not SAFE.fullmatch(value):
            raise ValueError(f"{value!r} cannot fill {{{name}}}")
    return OPEN.sub(lambda found: known.get(found[1], found[0]), text)


def still_open(words: Sequence[str]) -> frozenset[str]:
    """Return the slots that are left open."""
    return frozenset(name for word in words for name in OPEN.findall(word))
