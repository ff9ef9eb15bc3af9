"""What a person or the tool stands for: said once, signed, in the order in which it was said.

Statements of one book are chained: each names the digest of the whole statement before it, so that
none can be taken out, moved or changed unseen. Later ones never rewrite earlier ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import rfc8785
from pydantic import Field

from millwright.model.base import Instant, Name, ShortText
from millwright.model.evidence import FIRST, Digest, Signed


class Statement(Signed):
    """One line of a book: who said what of which kind, and when. Always signed."""

    schema_: Annotated[Literal["millwright.statement/1"], Field(alias="schema")] = (
        "millwright.statement/1"
    )
    seq: Annotated[int, Field(ge=1)]
    at: Instant
    actor: ShortText
    kind: Name
    body: dict[str, Any]
    prev: Digest = FIRST

    def digest(self) -> str:
        """Return what the statement after this one names as `prev`; it covers the signature."""
        return hashlib.sha256(
            rfc8785.dumps(self.model_dump(mode="json", by_alias=True))
        ).hexdigest()


@dataclass(frozen=True, slots=True)
class Said:
    """A statement before it has a place in a book and a signature. `body` is plain JSON."""

    at: str
    actor: str
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A book as far as it holds: its statements, and the first line that is broken, with why."""

    statements: tuple[Statement, ...] = ()
    broken: int | None = None
    reason: str = ""

    @property
    def head(self) -> str:
        """Return the digest of the last statement."""
        return self.statements[-1].digest() if self.statements else FIRST
