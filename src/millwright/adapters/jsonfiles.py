"""JSON as files hold it: one document, or lines by the megabyte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from millwright.errors import MillwrightError

MAX_BYTES = 256 << 20
"""The largest document that is read; a longer one is none of ours."""
CHUNK_BYTES = 4 << 20


def read_json(path: Path) -> Any:
    """Return what a file holds. Raises MillwrightError, naming it, where that is no JSON."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MillwrightError(f"{path} is larger than {MAX_BYTES >> 20} MiB")
        return json.loads(path.read_bytes())
    except OSError as error:
        raise MillwrightError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise MillwrightError(f"{path} is no JSON") from None


def whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield whole lines, a few megabytes at a time; the last may lack its end.

    A line that is longer than that ends the reading: it is no line of ours.
    """
    rest = b""
    while block := file.read(CHUNK_BYTES):
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield whole + newline
        elif len(rest) > CHUNK_BYTES:
            break
    if rest:
        yield rest
