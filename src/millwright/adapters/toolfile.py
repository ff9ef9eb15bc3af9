"""A tool's output as a file, standard input or an archive: one text, bounded, whatever is in it."""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any

from millwright.errors import MillwrightError

MOST_BYTES = 256 << 20
"""The largest output that is read; a longer one is no output of a tool."""


def read_output(path: Path) -> str:
    """Return the text of an output; `-` is standard input, an archive is one JSON object of its
    members.

    Bytes that are no UTF-8 are kept as signs of that. Raises MillwrightError where there is
    nothing to read.
    """
    if str(path) == "-":
        return _text(sys.stdin.buffer.read(MOST_BYTES + 1), path)
    try:
        if path.is_dir():
            raise MillwrightError(f"{path} is a folder", hint="name a file, or - for stdin")
        if path.is_file() and tarfile.is_tarfile(path):
            return json.dumps(_members(path))
        with open(path, "rb") as file:
            return _text(file.read(MOST_BYTES + 1), path)
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None


def read_recorded(path: Path) -> dict[str, str]:
    """Return many outputs by their names: files of a folder, members of an archive, or the texts
    of one JSON object.

    Raises MillwrightError where there is nothing of the kind.
    """
    if path.is_dir():
        return _folder(path)
    try:
        told = json.loads(read_output(path))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not told:
        raise MillwrightError(
            f"{path} does not hold outputs of several nodes",
            hint="name a folder or an archive with NODE/TOOL.txt",
        )
    return {
        name: text if isinstance(text, str) else json.dumps(text) for name, text in told.items()
    }


def _folder(path: Path) -> dict[str, str]:
    """Return the regular files below a folder; links are not followed out of it."""
    found: dict[str, str] = {}
    left = MOST_BYTES
    for file in sorted(path.rglob("*")):
        if file.is_symlink() or not file.is_file():
            continue
        left -= file.stat().st_size
        if left < 0:
            raise MillwrightError(f"{path} holds more than {MOST_BYTES >> 20} MiB")
        found[str(PurePosixPath("/", file.relative_to(path).as_posix()))] = read_output(file)
    return found


def _text(raw: bytes, path: Path) -> str:
    if len(raw) > MOST_BYTES:
        raise MillwrightError(f"{path} is longer than {MOST_BYTES >> 20} MiB")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "backslashreplace")
    return raw.decode("utf-8-sig", "backslashreplace")


def _members(path: Path) -> dict[str, Any]:
    """Return the JSON documents of an archive by their names; nothing is unpacked to the disk."""
    found: dict[str, Any] = {}
    left = MOST_BYTES
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if not member.isfile():
                    continue
                left -= member.size
                if left < 0:
                    raise MillwrightError(f"{path} holds more than {MOST_BYTES >> 20} MiB")
                file = archive.extractfile(member)
                raw = file.read() if file is not None else b""
                name = str(PurePosixPath("/", member.name))
                found[name] = _document(raw)
    except (tarfile.TarError, EOFError) as error:
        raise MillwrightError(f"{path} is a broken archive: {error}") from None
    return found


def _document(raw: bytes) -> Any:
    text = raw.decode("utf-8-sig", "backslashreplace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
