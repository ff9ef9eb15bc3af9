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
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millwright.adapters.evidencekeys import Signer
from millwright.errors import MillwrightError
from millwright.model.evidence import FIRST, Begun, Evidence, Head, chained

CHAIN = "evidence.jsonl"
HEAD = "evidence.head.json"
BEGUN = "begun.json"
ACTED = (
    "commands may have run on nodes, and nothing was concluded; the chain ends with the last "
    "whole line: `evidence verify` shows it"
)
TORN = "evidence.torn"
SETTLED_AT_ONCE = 16
"""Outputs that are brought to the disk side by side."""


class BrokenEvidence(MillwrightError):
    """The chain cannot be written on or read."""


class EvidenceLog:
    """Appends to the chain of one run. One process at a time: the file is locked.

    With a signer, every line renews the signed head.
    """

    def __init__(self, folder: Path, signer: Signer | None = None) -> None:
        self._folder = folder
        self._signer = signer
        self._lock = threading.Lock()
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            for place in (folder, folder / "blobs"):
                place.mkdir(mode=0o700, exist_ok=True)
            self._file = open(folder / CHAIN, "a+b", buffering=0)  # noqa: SIM115
            _settle(folder)
        except OSError as error:
            raise BrokenEvidence(f"cannot open {folder / CHAIN}: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise BrokenEvidence(f"{folder / CHAIN} is being written by another run") from None
        try:
            self.seq, self.head = self._resume()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> EvidenceLog:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        try:
            self._keep_head(closed=True)
        except BrokenEvidence:
            # What went wrong first is what has to be told.
            if failure is None:
                raise

    def _keep_head(self, *, closed: bool) -> None:
        """Write how far the chain has come; whoever holds an older head can show a cut tail."""
        head = Head(
            run=self._folder.name,
            seq=self.seq,
            hash=self.head,
            closed=closed,
            begun=digest_of_file(self._folder / BEGUN),
        )
        if self._signer is not None:
            head = self._signer.signed(head)
        fresh = self._folder / f".{HEAD}.tmp"
        try:
            with open(fresh, "w", encoding="utf-8") as file:
                file.write(head.model_dump_json(by_alias=True, exclude_none=True) + "\n")
                if closed:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(fresh, self._folder / HEAD)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise BrokenEvidence(f"cannot write the head of evidence: {error.strerror}") from None

    def _resume(self) -> tuple[int, str]:
        self._file.seek(0)
        raw = self._file.read()
        whole, _, torn = raw.rpartition(b"\n")
        if torn:
            with open(self._folder / TORN, "ab") as aside:
                aside.write(torn + b"\n")
                os.fsync(aside.fileno())
            self._file.truncate(len(raw) - len(torn))
        seq, head = _end_of(whole, self._folder)
        if said_by_head(self._folder) > seq:
            raise BrokenEvidence(
                f"{self._folder / CHAIN} has {seq} lines, and its head says more",
                hint="millwright evidence verify",
            )
        return seq, head

    def begin(self, begun: Begun) -> None:
        """Keep what is about to be asked, before anybody is."""
        raw = begun.model_dump_json(by_alias=True, indent=1).encode() + b"\n"
        try:
            with open(self._folder / BEGUN, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise BrokenEvidence(f"cannot write {self._folder / BEGUN}: {error.strerror}") from None
        self._keep_head(closed=False)

    def blob(self, content: bytes) -> str:
        """Keep an output; return the reference that a line carries."""
        return self.blobs([content])[0]

    def blobs(self, contents: Sequence[bytes]) -> list[str]:
        """Keep outputs, each seen on the disk; return their references.

        Many are brought there side by side: a disk settles them together, not one by one.
        """
        folder = self._folder / "blobs"
        digests = [hashlib.sha256(content).hexdigest() for content in contents]
        new = {
            digest: content
            for digest, content in zip(digests, contents, strict=True)
            if not (folder / digest).exists()
        }
        try:
            with ThreadPoolExecutor(min(SETTLED_AT_ONCE, len(new) or 1)) as pool:
                for _ in pool.map(partial(_lay, folder), new.items()):
                    pass
            if new:
                _settle(folder)
        except OSError as error:
            raise BrokenEvidence(
                f"cannot keep an output in {folder}: {error.strerror}", hint=ACTED
            ) from None
        return [f"blobs/{digest}" for digest in digests]

    def append(self, evidence: Evidence) -> dict[str, Any]:
        """Write one line and see it on the disk; return it.

        Raises BrokenEvidence where it cannot be written; the chain then ends with the line before.
        """
        return self.append_all([evidence])[0]

    def append_all(self, several: Sequence[Evidence]) -> list[dict[str, Any]]:
        """Write lines and see them on the disk together; return them.

        Raises BrokenEvidence where they cannot be written; the chain then ends before them all.
        """
        lines: list[dict[str, Any]] = []
        with self._lock:
            seq, head = self.seq, self.head
            for evidence in several:
                lines.append(chained(evidence, seq + 1, head))
                seq, head = lines[-1]["seq"], lines[-1]["hash"]
            raw = b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in lines)
            start = self._file.seek(0, os.SEEK_END)
            try:
                self._write(raw)
            except OSError as error:
                self._file.truncate(start)
                raise BrokenEvidence(
                    f"cannot write evidence: {error.strerror}",
                    hint=ACTED,
                ) from None
            self.seq, self.head = seq, head
            if self._signer is not None:
                self._keep_head(closed=False)
        return lines

    def _write(self, raw: bytes) -> None:
        """Write without a buffer, so that a line that did not fit leaves nothing behind it."""
        written = self._file.write(raw) or 0
        if written < len(raw):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(self._file.fileno())


def _lay(folder: Path, laid: tuple[str, bytes]) -> None:
    """Write one output under its digest and see it on the disk; what goes wrong leaves nothing."""
    digest, content = laid
    fresh = folder / f".{digest}.{threading.get_ident()}.tmp"
    try:
        with open(fresh, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, folder / digest)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    """See the names of a folder on the disk, as its files are."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _end_of(whole: bytes, folder: Path) -> tuple[int, str]:
    """Return number and hash of the last line. Raises BrokenEvidence where it has none."""
    if not whole:
        return 0, FIRST
    try:
        last = json.loads(whole.rsplit(b"\n", 1)[-1])
        return int(last["seq"]), str(last["hash"])
    except (ValueError, KeyError, TypeError):
        raise BrokenEvidence(
            f"the last line of {folder / CHAIN} is no line of evidence",
            hint="millwright evidence verify",
        ) from None


def digest_of_file(path: Path) -> str | None:
    """Return the digest of a file; nothing where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def head_of(folder: Path) -> Head | None:
    """Return what a run said of itself last; nothing where it said nothing that can be read."""
    try:
        return Head.model_validate_json((folder / HEAD).read_bytes())
    except (OSError, ValidationError):
        return None


def said_by_head(folder: Path) -> int:
    """Return how many lines a run said that it had; nothing said is none."""
    head = head_of(folder)
    return 0 if head is None else head.seq
