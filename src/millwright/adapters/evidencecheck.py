"""Walks the chain of a run: what was bent, what was cut off, and what was removed by right."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millwright.adapters.evidencekeys import Signers, holds
from millwright.adapters.evidencelog import BEGUN, CHAIN, BrokenEvidence, digest_of_file, head_of
from millwright.model.evidence import FIRST, Begun, Head, Tail, Tombstone, Verified, digest_of

TOMBSTONES = "tombstones"


def verify(folder: Path, signers: Signers, left_out: Set[str] = frozenset()) -> Verified:
    """Walk a chain and its outputs; return the first line that is broken, if one is.

    `left_out` are digests of outputs that an export does not carry, and that need not be there.

    Raises BrokenEvidence where the chain cannot be read.
    """
    hashes, removed = [FIRST], 0
    answered: set[str] = set()
    try:
        for number, raw in _lines(folder / CHAIN):
            reason = _fault(raw, number, hashes[-1])
            if not reason:
                gone, reason = _outputs(folder, json.loads(raw), signers, left_out)
                removed += gone
            if reason:
                return Verified(number - 1, number, reason)
            line = json.loads(raw)
            hashes.append(str(line["hash"]))
            answered.add(str(line.get("node")))
    except OSError as error:
        raise BrokenEvidence(f"cannot read {folder / CHAIN}: {error.strerror}") from None
    found = _with_tail(folder, hashes, signers, removed)
    return replace(found, asked=_asked(folder), answered=len(answered))


def _asked(folder: Path) -> int | None:
    """Return how many nodes a run was begun for; nothing where it does not say."""
    try:
        return len(Begun.model_validate_json((folder / BEGUN).read_bytes()).nodes)
    except (OSError, ValidationError):
        return None


def _with_tail(folder: Path, hashes: list[str], signers: Signers, removed: int) -> Verified:
    """Hold the head against a chain whose lines are whole."""
    count, head = len(hashes) - 1, head_of(folder)
    if head is None:
        return Verified(count, removed=removed)
    if head.seq > count:
        return Verified(count, count + 1, "it and what followed are missing", removed=removed)
    if head.signature is None:
        return Verified(count, removed=removed)
    reason = _bent_head(folder, head, hashes, signers)
    if reason:
        return Verified(count, head.seq, reason, removed=removed)
    closed = head.closed and head.seq == count
    tail: Tail = "protected" if closed else "open"
    return Verified(count, None, "", tail, head.seq, head.key or "", removed)


def _bent_head(folder: Path, head: Head, hashes: list[str], signers: Signers) -> str:
    if head.key not in signers:
        return f"its head is signed by {head.key}, who is not trusted here"
    if not holds(head, signers):
        return "the signature of its head is wrong"
    if head.begun != digest_of_file(folder / BEGUN):
        return "what the run was begun for is not what was signed"
    if head.run != folder.name:
        return f"its head is that of {head.run}"
    return "" if hashes[head.seq] == head.hash else "it is not the line that was signed"


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with open(path, "rb") as file:
        yield from enumerate(file, start=1)


def _fault(raw: bytes, number: int, prev: str) -> str:
    if not raw.endswith(b"\n"):
        return "it is torn"
    try:
        line = json.loads(raw)
        digest = digest_of(line)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return "it is no line of evidence"
    if line.get("seq") != number:
        return f"its number is {line.get('seq')}, not {number}"
    if line.get("prev") != prev:
        return "it does not follow the line before"
    if line.get("hash") != digest:
        return "its hash is not that of its content"
    return ""


def _outputs(
    folder: Path, line: dict[str, Any], signers: Signers, left_out: Set[str]
) -> tuple[int, str]:
    """Return how many outputs of a line were removed by right, and what is wrong with the rest."""
    removed = 0
    for key in ("stdout_ref", "stderr_ref"):
        reference = line.get(key)
        if reference is None:
            continue
        named = re.fullmatch(r"blobs/([0-9a-f]{64})", str(reference))
        if not named:
            return removed, f"its {key} is no reference"
        try:
            content = (folder / "blobs" / named[1]).read_bytes()
        except OSError:
            if named[1] in left_out:
                continue
            if not _buried(folder, named[1], signers):
                return removed, f"its output {reference} is missing"
            removed += 1
            continue
        if hashlib.sha256(content).hexdigest() != named[1]:
            return removed, f"its output {reference} was changed"
    return removed, ""


def _buried(folder: Path, digest: str, signers: Signers) -> bool:
    """Return whether a trusted signer said that this output of this run was removed."""
    try:
        raw = (folder / TOMBSTONES / f"{digest}.json").read_bytes()
        stone = Tombstone.model_validate_json(raw)
    except (OSError, ValidationError):
        return False
    return (stone.run, stone.blob) == (folder.name, digest) and holds(stone, signers)
