"""The evidence of one run: a file that only grows, and the outputs beside it.

A line is on the disk before anything is concluded from it. A torn last line, as a kill leaves it,
is put aside and told; the chain goes on from the last whole line.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millwright.errors import MillwrightError
from millwright.model.evidence import FIRST, Evidence, chained, digest_of

CHAIN = "evidence.jsonl"
HEAD = "evidence.head.json"
TORN = "evidence.torn"


class BrokenEvidence(MillwrightError):
    """The chain cannot be written on or read."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What walking a chain found: how many whole lines, and the first that is not."""

    lines: int
    broken: int | None = None
    reason: str = ""


class EvidenceLog:
    """Appends to the chain of one run. One process at a time: the file is locked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        try:
            (folder / "blobs").mkdir(parents=True, exist_ok=True)
            self._file = open(folder / CHAIN, "a+b", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise BrokenEvidence(f"cannot open {folder / CHAIN}: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise BrokenEvidence(f"{folder / CHAIN} is being written by another run") from None
        self.seq, self.head = self._resume()

    def __enter__(self) -> EvidenceLog:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        head = json.dumps({"seq": self.seq, "hash": self.head}) + "\n"
        (self._folder / HEAD).write_text(head, encoding="utf-8")

    def _resume(self) -> tuple[int, str]:
        self._file.seek(0)
        raw = self._file.read()
        whole, _, torn = raw.rpartition(b"\n")
        if torn:
            with open(self._folder / TORN, "ab") as aside:
                aside.write(torn + b"\n")
                os.fsync(aside.fileno())
            self._file.truncate(len(raw) - len(torn))
        if not whole:
            return 0, FIRST
        last = json.loads(whole.rsplit(b"\n", 1)[-1])
        return int(last["seq"]), str(last["hash"])

    def blob(self, content: bytes) -> str:
        """Keep an output; return the reference that a line carries."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._folder / "blobs" / digest
        if not path.exists():
            fresh = path.with_name(f".{digest}.{threading.get_ident()}.tmp")
            try:
                with open(fresh, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(fresh, path)
            except OSError as error:
                fresh.unlink(missing_ok=True)
                raise BrokenEvidence(f"cannot keep an output: {error.strerror}") from None
        return f"blobs/{digest}"

    def append(self, evidence: Evidence) -> dict[str, Any]:
        """Write one line and see it on the disk; return it.

        Raises BrokenEvidence where it cannot be written; the chain then ends with the line before.
        """
        with self._lock:
            line = chained(evidence, self.seq + 1, self.head)
            start = self._file.seek(0, os.SEEK_END)
            try:
                self._write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            except OSError as error:
                self._file.truncate(start)
                raise BrokenEvidence(
                    f"cannot write evidence: {error.strerror}",
                    hint="nothing was concluded; the chain ends with the last whole line",
                ) from None
            self.seq, self.head = line["seq"], line["hash"]
        return line

    def _write(self, raw: bytes) -> None:
        """Write without a buffer, so that a line that did not fit leaves nothing behind it."""
        written = self._file.write(raw) or 0
        if written < len(raw):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(self._file.fileno())


def verify(folder: Path) -> Verified:
    """Walk a chain and its blobs; return the first line that is broken, if one is."""
    count, prev = 0, FIRST
    try:
        for number, raw in _lines(folder / CHAIN):
            reason = _fault(folder, raw, number, prev)
            if reason:
                return Verified(count, number, reason)
            prev, count = str(json.loads(raw)["hash"]), number
    except OSError as error:
        raise BrokenEvidence(f"cannot read {folder / CHAIN}: {error.strerror}") from None
    if _recorded_head(folder) > count:
        return Verified(count, count + 1, "it and what followed are missing")
    return Verified(count)


def _recorded_head(folder: Path) -> int:
    """Return how many lines the run said it had; the head is not signed, so less is not proven."""
    try:
        return int(json.loads((folder / HEAD).read_bytes())["seq"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with open(path, "rb") as file:
        yield from enumerate(file, start=1)


def _fault(folder: Path, raw: bytes, number: int, prev: str) -> str:
    if not raw.endswith(b"\n"):
        return "it is torn"
    try:
        line = json.loads(raw)
        digest = digest_of(line)
    except (ValueError, TypeError):
        return "it is no line of evidence"
    if line.get("seq") != number:
        return f"its number is {line.get('seq')}, not {number}"
    if line.get("prev") != prev:
        return "it does not follow the line before"
    if line.get("hash") != digest:
        return "its hash is not that of its content"
    return _blob_fault(folder, line)


def _blob_fault(folder: Path, line: dict[str, Any]) -> str:
    for key in ("stdout_ref", "stderr_ref"):
        reference = line.get(key)
        if reference is None:
            continue
        digest = str(reference).removeprefix("blobs/")
        if len(digest) != 64 or not digest.isalnum():
            return f"its {key} is no reference"
        try:
            content = (folder / "blobs" / digest).read_bytes()
        except OSError:
            return f"its output {reference} is missing"
        if hashlib.sha256(content).hexdigest() != digest:
            return f"its output {reference} was changed"
    return ""
