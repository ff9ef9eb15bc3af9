"""Large files between this machine and a host, through the port that carries commands.

In pieces, each asked for by one constant script: what was carried before an interruption is not
carried again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from millwright.errors import Exit, MillwrightError
from millwright.ports import Answer, Limits, Shell

PIECE = 4 << 20
FETCHED_AT_ONCE = 20
PLACE = "/var/cache/millwright/bundle"
"""Where a connected host keeps what it fetched for bundles."""

FETCH = """\
import hashlib, json, os, subprocess, sys
def digest(path):
    made = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            made.update(block)
    return made.hexdigest()
for uri, path, wanted in json.load(sys.stdin):
    if os.path.exists(path) and (not wanted or digest(path) == wanted):
        continue
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    words = ["/usr/lib/apt/apt-helper", "-qq", "download-file", uri, path]
    words += ["SHA256:" + wanted] if wanted else []
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode or not os.path.exists(path):
        told = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        sys.exit((told or [uri + " was not fetched"])[0])
"""
"""Constant: has apt itself fetch files by their digests; the list comes by standard input."""

READ = """\
import os, sys
path, start, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path, "rb") as file:
    file.seek(start)
    sys.stdout.buffer.write(file.read(most))
"""
SIZE = """\
import os, sys
sys.stdout.write(str(os.path.getsize(sys.argv[1]) if os.path.exists(sys.argv[1]) else 0))
"""
WRITE = """\
import os, sys
path, start = sys.argv[1], int(sys.argv[2])
os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
os.ftruncate(file, start)
os.lseek(file, start, os.SEEK_SET)
content = sys.stdin.buffer.read()
while content:
    content = content[os.write(file, content):]
os.fsync(file)
"""

Fetching = tuple[str, str, str]
"""A URI, the path that it goes to, and the SHA-256 that it must have, or none."""


class NotCarried(MillwrightError):
    """A file did not come through; what has come is kept for the next call."""

    exit_status = Exit.UNANSWERED


class Freight:
    """Carries files from and to one host."""

    def __init__(self, shell: Shell, host: str) -> None:
        self._shell = shell
        self._host = host

    def ask(self, argv: Sequence[str], given: bytes = b"", command_s: float = 600.0) -> bytes:
        """Return what a command said. Raises NotCarried where it did not end well."""
        limits = Limits(command_s=command_s, output_bytes=4 * PIECE)
        answer: Answer = next(iter(self._shell.run([self._host], argv, limits, given)))
        if not answer.succeeded or answer.dropped_bytes:
            said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
            why = answer.reason or said or f"it ended with {answer.exit_status}"
            words = " ".join(argv[:2]) if argv[0] != "python3" else "fetching"
            raise NotCarried(f"{self._host}: {words}: {why[:300]}", hint="call it again to go on")
        return answer.stdout

    def fetch(self, files: Sequence[Fetching]) -> Iterator[int]:
        """Have the host fetch files into its own cache; yield how many are there."""
        for start in range(0, len(files), FETCHED_AT_ONCE):
            some = files[start : start + FETCHED_AT_ONCE]
            self.ask(["python3", "-Ic", FETCH], json.dumps(some).encode(), 1800.0)
            yield start + len(some)

    def pull(self, path: str, to: Path) -> None:
        """Bring a file of the host here, going on where an earlier call was interrupted."""
        to.parent.mkdir(parents=True, exist_ok=True)
        part = to.with_name(f"{to.name}.part")
        with open(part, "ab") as file:
            while piece := self.ask(
                ["python3", "-Ic", READ, path, str(file.tell()), str(PIECE)], b"", 300.0
            ):
                file.write(piece)
                if len(piece) < PIECE:
                    break
        part.replace(to)

    def push(self, file: Path, path: str, told: Callable[[int], None]) -> None:
        """Bring a file to the host, going on where an earlier call was interrupted."""
        size = file.stat().st_size
        start = int(self.ask(["python3", "-Ic", SIZE, path]).decode() or 0)
        start = start if start <= size else 0
        with open(file, "rb") as content:
            content.seek(start)
            while piece := content.read(PIECE):
                self.ask(["python3", "-Ic", WRITE, path, str(start)], piece, 300.0)
                start += len(piece)
                told(start)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    made = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            made.update(block)
    return made.hexdigest()


def document(text: bytes) -> Any:
    """Return what a host told in JSON. Raises NotCarried where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        raise NotCarried("the host answers something else than JSON") from None
