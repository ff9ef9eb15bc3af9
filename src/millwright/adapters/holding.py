"""One command at a time changes a factory: who it is, where it runs and since when.

The operating system holds the lock, so that it is free again at the moment at which its holder
ends, however it ends. What the file says is for people, and for file systems whose locks do not
reach other hosts: there a holder that breathes is believed, and one that stopped is not waited for.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.base import Frozen, Instant
from millwright.model.redaction import redacted_words

LOCK = "state.lock"
BREATH_S = 15.0
"""How often a holder says that it lives."""
LOST_AFTER_S = 120.0
"""A holder on another host that has said nothing for so long is gone; clocks of two hosts that
share a workspace are taken to differ by less."""
MOST_BYTES = 4096


class Holder(Frozen):
    """Who is at work on a factory. `at` is when it began."""

    schema_: Annotated[str, Field(alias="schema")] = "millwright.lock/1"
    owner: str
    host: str
    pid: int
    at: Instant
    command: str

    def told(self, now_s: float) -> str:
        """Return the holder in words, with its age."""
        age_s = max(0.0, now_s - datetime.fromisoformat(self.at).timestamp())
        where = f"{self.owner} on {self.host} (process {self.pid})"
        return f"{where} is at work on this factory since {self.at}, {_age(age_s)}: {self.command}"


def _age(age_s: float) -> str:
    for size_s, word in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if age_s >= size_s or size_s == 1:
            count = int(age_s // size_s)
            return f"{count} {word}{'' if count == 1 else 's'} ago"
    raise AssertionError("a second is the last of them")


@contextlib.contextmanager
def alone(workspace: Workspace, lock: str = LOCK) -> Iterator[None]:
    """Hold the factory against a second command that changes it.

    Raises MillwrightError, naming owner, host and age, where another one is at work.
    """
    path = workspace.inside(workspace.root / lock)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise MillwrightError(f"cannot write {path}: {error.strerror}") from None
    try:
        _take(descriptor, path)
        _write(descriptor, _me().model_dump_json(by_alias=True).encode() + b"\n")
        try:
            with _breathing(descriptor):
                yield
        finally:
            # Emptied while it is still held: what a killed command leaves is told apart from this.
            _write(descriptor, b"")
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise _refusal(_said(descriptor), path) from None
    said = _said(descriptor)
    if said is not None and _lives_elsewhere(descriptor, said):
        raise _refusal(said, path)


def _refusal(said: Holder | None, path: Path) -> MillwrightError:
    if said is None:
        return MillwrightError(
            f"another command is at work on this factory, and holds {path}",
            hint=f"wait for it, or end it; `fuser -v {path}` tells which it is",
        )
    hint = "wait for it, or end it there; the lock is free as soon as it ends"
    if said.host != socket.gethostname():
        hint += f", or {LOST_AFTER_S:.0f} s after its host is lost"
    told = said.told(time.time())
    return MillwrightError(f"another command is at work: {told}", hint=hint)


def _lives_elsewhere(descriptor: int, said: Holder) -> bool:
    """Return whether a holder of another host lives, whose lock does not reach this one."""
    if said.host == socket.gethostname():
        return False
    return time.time() - os.fstat(descriptor).st_mtime < LOST_AFTER_S


def _said(descriptor: int) -> Holder | None:
    try:
        return Holder.model_validate_json(os.pread(descriptor, MOST_BYTES, 0))
    except (OSError, ValidationError):
        return None


def _me() -> Holder:
    words = redacted_words(["millwright", *sys.argv[1:]])
    return Holder(
        owner=getpass.getuser(), host=socket.gethostname(), pid=os.getpid(),
        at=f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}",
        command=json.dumps(" ".join(words), ensure_ascii=True)[1:-1][:500],
    )  # fmt: skip


def _write(descriptor: int, content: bytes) -> None:
    """Say who holds; where there is no room for words, the lock itself still holds."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, content, 0)


@contextlib.contextmanager
def _breathing(descriptor: int) -> Iterator[None]:
    ended = threading.Event()

    def breathe() -> None:
        while not ended.wait(BREATH_S):
            with contextlib.suppress(OSError):
                os.utime(descriptor)

    thread = threading.Thread(target=breathe, name="lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
