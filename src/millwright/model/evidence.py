"""What was asked of a node and what came back, chained so that no line can be bent unseen.

`hash` is the SHA-256 of the line's canonical JSON (RFC 8785) without `hash`; `prev` is the hash of
the line before. Outputs lie beside the chain as blobs named by their digest.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import rfc8785

from millwright.model.base import Frozen

FIRST = "0" * 64
"""The `prev` of the first line."""

Ended = Literal["exit", "timeout", "signal", "lost"]


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
