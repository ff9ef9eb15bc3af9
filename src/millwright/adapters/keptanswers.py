"""What nodes answered in an earlier run, read back from its evidence."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from millwright.adapters.evidencestore import lines_of

MOST_BYTES = 16 << 20


def answers_of(folder: Path) -> Iterator[tuple[str, tuple[str, ...], str, str | None]]:
    """Yield node, command, how it ended, and its output of every line; None where the command
    failed, or its output is gone or was changed."""
    for line in lines_of(folder):
        argv = tuple(str(word) for word in line.get("argv", ()))
        done = line.get("ended") == "exit" and line.get("exit_status") == 0
        text = _output(folder, line.get("stdout_ref")) if done else None
        yield str(line.get("node", "")), argv, str(line.get("ended", "")), text


def _output(folder: Path, reference: object) -> str | None:
    named = re.fullmatch(r"blobs/([0-9a-f]{64})", str(reference))
    if named is None:
        return None
    try:
        raw = (folder / "blobs" / named[1]).read_bytes()
    except OSError:
        return None
    whole = hashlib.sha256(raw).hexdigest() == named[1] and len(raw) <= MOST_BYTES
    return raw.decode("utf-8", "backslashreplace") if whole else None
