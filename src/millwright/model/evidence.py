"""What was asked of a node and what came back, chained so that no line can be bent unseen.

`hash` is the SHA-256 of the line's canonical JSON (RFC 8785) without `hash`; `prev` is the hash of
the line before. Outputs lie beside the chain as blobs named by their digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import rfc8785
from pydantic import Field

from millwright.model.base import Frozen

FIRST = "0" * 64
"""The `prev` of the first line."""

Ended = Literal["exit", "timeout", "signal", "lost"]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Evidence(Frozen):
    """One line, before it has a place in a chain."""

    at: str
    run: str
    actor: str
    node: str
    argv: tuple[str, ...]
    ended: Ended
    exit_status: int | None
    duration_s: float
    stdout_ref: str | None
    stderr_ref: str | None
    simulated: bool
    tool_version: str
    serial: str | None = None
    boot_id: str | None = None
    redacted: bool = False


class Signed(Frozen):
    """A statement that can be signed: `key` is the fingerprint of who signs, both may be absent."""

    key: str | None = None
    signature: str | None = None

    def message(self) -> bytes:
        """Return what the signature is made over."""
        bare = self.model_dump(mode="json", by_alias=True, exclude={"signature"})
        return rfc8785.dumps(bare)


class Head(Signed):
    """How far a chain has come; `closed` says that its run ended and writes no more.

    A signed head shows that lines were cut off behind; a run that goes on writes a new one, so an
    older head is known by not being closed.
    """

    schema_: Annotated[Literal["millwright.evidence-head/1"], Field(alias="schema")] = (
        "millwright.evidence-head/1"
    )
    run: str
    seq: Annotated[int, Field(ge=0)]
    hash: Digest
    closed: bool
    begun: Digest | None = None
    """The digest of what the run was begun for, where it says so."""


class Begun(Frozen):
    """What a run is about to ask, and of whom: written before anybody is asked."""

    schema_: Annotated[Literal["millwright.run/1"], Field(alias="schema")] = "millwright.run/1"
    at: str
    actor: str
    argv: tuple[str, ...]
    nodes: tuple[str, ...]


class Tombstone(Signed):
    """Stands for an output that was removed: who did it, when, and why. Always signed."""

    schema_: Annotated[Literal["millwright.evidence-tombstone/1"], Field(alias="schema")] = (
        "millwright.evidence-tombstone/1"
    )
    run: str
    blob: Digest
    at: str
    actor: str
    reason: Annotated[str, Field(min_length=1, max_length=500)]


Tail = Literal["protected", "open", "not protected"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What walking a chain found: how many whole lines, and the first that is not.

    `tail` is `protected` where a trusted signer closed the run after its last line; `open` where
    the run was cut off, and is signed up to `signed_to` only. `removed` counts outputs that a
    signed tombstone stands for. `asked` is how many nodes the run was begun for, where it says so,
    and `answered` how many of them have a line.
    """

    lines: int
    broken: int | None = None
    reason: str = ""
    tail: Tail = "not protected"
    signed_to: int = 0
    signer: str = ""
    removed: int = 0
    asked: int | None = None
    answered: int = 0


def digest_of(line: dict[str, Any]) -> str:
    """Return the hash that a line must carry."""
    bare = {key: value for key, value in line.items() if key != "hash"}
    return hashlib.sha256(rfc8785.dumps(bare)).hexdigest()


def chained(evidence: Evidence, seq: int, prev: str) -> dict[str, Any]:
    """Return the line as it is written: with its number, the hash before it and its own."""
    line: dict[str, Any] = {"schema": "millwright.evidence/1", "seq": seq}
    line |= evidence.model_dump(mode="json")
    line["prev"] = prev
    return {**line, "hash": digest_of(line)}
