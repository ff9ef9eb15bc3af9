"""What people say of a model in production: wanted, retrained, signed off, withdrawn, promoted.

The trail only grows. Each word carries the digest of the one before, and a signature where its
author has a key that the workspace trusts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Literal, get_args

import rfc8785
from pydantic import Field

from millwright.model.base import Frozen, Name, ShortText, Text
from millwright.model.evidence import FIRST, Digest, Signed

WordKind = Literal[
    "retraining-wanted", "retraining-approved", "retraining-refused", "retrained", "signed-off",
    "withdrawn", "promoted", "received",
]  # fmt: skip
KINDS: tuple[WordKind, ...] = get_args(WordKind)
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", max_length=80)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
_APART = frozenset(("hash", "key", "signature"))


class ModelWord(Signed):
    """One word of the trail. `role` is what its author is to the model: who may approve it.

    `artefact` is the digest of the files that were looked at, `evidence` names what the author
    saw: runs, windows of drift. `expires` is the day from which a sign-off counts no more.
    """

    schema_: Annotated[Literal["millwright.model-word/1"], Field(alias="schema")] = (
        "millwright.model-word/1"
    )
    seq: Annotated[int, Field(ge=0)]
    at: ShortText
    actor: ShortText
    role: ShortText
    model: Name
    version: Version
    kind: WordKind
    workload: Name | None = None
    reason: Text = ""
    evidence: tuple[ShortText, ...] = ()
    artefact: Digest | None = None
    expires: Day | None = None
    prev: Digest
    hash: Digest = FIRST

    def digest(self) -> str:
        """Return the digest that `hash` has to be: of everything but itself and the signature."""
        bare = self.model_dump(mode="json", by_alias=True, exclude=set(_APART))
        return hashlib.sha256(rfc8785.dumps(bare)).hexdigest()


class Trail(Frozen):
    """`millwright.model-trail/1`: all words of a workspace, and the first that was bent."""

    schema_: Annotated[Literal["millwright.model-trail/1"], Field(alias="schema")] = (
        "millwright.model-trail/1"
    )
    words: tuple[ModelWord, ...]
    signed: tuple[int, ...] = ()
    broken: int | None = None


def first_broken(words: Iterable[ModelWord]) -> int | None:
    """Return the number of the first word that does not follow from the one before; None where
    the chain is whole. Words cut off at its end leave no trace in the chain itself."""
    prev = FIRST
    for place, word in enumerate(words):
        if word.seq != place or word.prev != prev or word.hash != word.digest():
            return place
        prev = word.hash
    return None
