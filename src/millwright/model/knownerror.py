"""An error that is known by its words: what it means and what mends it. Data, and no program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from millwright.model.base import Frozen, ShortText
from millwright.model.sourced import Confidence

GAP = " ... "
MOST_READ = 20_000
"""Characters of what was said that are looked at."""

Words = Annotated[str, Field(min_length=4, max_length=200)]


class KnownError(Frozen):
    """One entry of the table.

    `says` holds alternatives. Each is plain words, in any case, with ` ... ` where anything may
    stand between two parts; there is no other sign, so that no text makes looking slow.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    says: Annotated[tuple[Words, ...], Field(min_length=1)]
    means: ShortText
    fix: ShortText
    source: ShortText
    confidence: Confidence

    def fits(self, text: str) -> bool:
        """Return whether a text says one of the alternatives; `text` is in lower case."""
        return any(_follow(words.lower().split(GAP), text) for words in self.says)


def _follow(parts: Iterable[str], text: str) -> bool:
    at = 0
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def cause_of(text: str, known: Iterable[KnownError]) -> KnownError | None:
    """Return the first known error that a text tells of; nothing where none does."""
    looked_at = " ".join(text[:MOST_READ].lower().split())
    return next((error for error in known if error.fits(looked_at)), None)
