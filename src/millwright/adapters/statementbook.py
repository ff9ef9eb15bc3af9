"""A file of signed statements that only grows: attestations, seals, whatever somebody stands for.

Used so, by whoever has something to sign:

    book = StatementBook(workspace, "attestations")
    book.say(Said(at=..., actor=..., kind="attestation", body={...}), signer)
    heard = book.heard(signers)       # heard.broken names the first line that does not hold

A cut tail cannot be told by a book alone: seals name how far every book had come.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from pydantic import ValidationError

from millwright.adapters.evidencekeys import Signer, Signers, holds
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.evidence import FIRST
from millwright.model.statement import Heard, Said, Statement

FOLDER = "evidence"
SUFFIX = ".jsonl"
LARGEST_BYTES = 64 << 20


class BrokenBook(MillwrightError):
    """A book that cannot be read or written on."""


class StatementBook:
    """One book of a workspace, by its name."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.path = workspace.inside(workspace.root / FOLDER / f"{name}{SUFFIX}")

    def heard(self, signers: Signers) -> Heard:
        """Return what the book says, as far as every line holds; an absent book says nothing.

        Raises BrokenBook where it cannot be read.
        """
        return heard_in(self.path, signers)

    def say(self, said: Said, signer: Signer) -> Statement:
        """Write one statement behind the others and see it on the disk; return it.

        Raises BrokenBook where a line before does not hold by this signer's list, or where it
        cannot be written; the book is then as it was.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, "a+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                return self._append(file.fileno(), said, signer)
        except OSError as error:
            raise BrokenBook(f"cannot write {self.path}: {error.strerror}") from None

    def _append(self, descriptor: int, said: Said, signer: Signer) -> Statement:
        raw = self.path.read_bytes()
        whole, _, torn = raw.rpartition(b"\n")
        if torn:
            # What a killed command left was never told to anybody as said.
            os.ftruncate(descriptor, len(raw) - len(torn))
        last = _last(whole, self.path)
        statement = signer.signed(
            Statement(
                seq=last.seq + 1 if last else 1, at=said.at, actor=said.actor, kind=said.kind,
                body=dict(said.body), prev=last.digest() if last else FIRST,
            )
        )  # fmt: skip
        line = statement.model_dump_json(by_alias=True, exclude_none=True).encode() + b"\n"
        start = os.fstat(descriptor).st_size
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(28, os.strerror(28))
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, start)
            raise
        return statement


def books(workspace: Workspace) -> list[StatementBook]:
    """Return the books that a workspace has, by their names."""
    found = sorted((workspace.root / FOLDER).glob(f"*{SUFFIX}"))
    return [StatementBook(workspace, path.name.removesuffix(SUFFIX)) for path in found]


def heard_in(path: Path, signers: Signers) -> Heard:
    """Return what a file of statements says, as far as it holds."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise BrokenBook(f"{path} is larger than {LARGEST_BYTES >> 20} MiB")
        raw = path.read_bytes()
    except FileNotFoundError:
        return Heard()
    except OSError as error:
        raise BrokenBook(f"cannot read {path}: {error.strerror}") from None
    statements: list[Statement] = []
    for number, line in enumerate(raw.split(b"\n")[:-1], start=1):
        found, reason = _read(line, statements, signers)
        if found is None:
            return Heard(tuple(statements), number, reason)
        statements.append(found)
    if raw and not raw.endswith(b"\n"):
        return Heard(tuple(statements), len(statements) + 1, "it is torn")
    return Heard(tuple(statements))


def _read(line: bytes, before: list[Statement], signers: Signers) -> tuple[Statement | None, str]:
    """Return a statement that holds, or why it does not."""
    try:
        found = Statement.model_validate(json.loads(line))
    except (ValidationError, ValueError, RecursionError):
        return None, "it is no statement"
    if found.seq != len(before) + 1:
        return None, f"its number is {found.seq}, not {len(before) + 1}"
    if found.prev != (before[-1].digest() if before else FIRST):
        return None, "it does not follow the statement before"
    if found.key not in signers:
        return None, f"it is signed by {found.key or 'nobody'}, who is not trusted here"
    return (found, "") if holds(found, signers) else (None, "its signature is wrong")


def _last(whole: bytes, path: Path) -> Statement | None:
    if not whole:
        return None
    try:
        return Statement.model_validate(json.loads(whole.rsplit(b"\n", 1)[-1]))
    except (ValidationError, ValueError, RecursionError):
        raise BrokenBook(
            f"the last line of {path} is no statement", hint="millwright evidence verify"
        ) from None
