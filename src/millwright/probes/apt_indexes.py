"""What an archive of Debian's kind says of itself: its release, and its indexes of packages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

RELEASED = re.compile(r"^ (?P<hash>[0-9a-f]{64}) +(?P<size>[0-9]+) (?P<path>\S+)$", re.M)
FIELD = re.compile(r"^(Package|Version|Architecture|Filename|Size|SHA256): (.+)$", re.M)


def released(text: str) -> Mapping[str, tuple[str, int]]:
    """Return SHA-256 and size of every file that a release vouches for, by its path below it."""
    body = text.partition("\nSHA256:")[2]
    section = re.split(r"^\S", body, maxsplit=1, flags=re.M)[0]
    return {m["path"]: (m["hash"], int(m["size"])) for m in RELEASED.finditer(section)}


@dataclass(frozen=True, slots=True)
class Listed:
    """One package as an index lists it."""

    name: str
    version: str
    architecture: str
    size: int
    sha256: str


def listed(text: str) -> Iterator[tuple[str, Listed]]:
    """Yield every package of an index that has a file, with the file's path in the archive."""
    for stanza in text.split("\n\n"):
        told = dict(FIELD.findall(stanza))
        if told.keys() >= {"Package", "Version", "Architecture", "Filename", "Size", "SHA256"}:
            path = told["Filename"].removeprefix("./")
            words = (told["Package"], told["Version"], told["Architecture"])
            yield path, Listed(*words, int(told["Size"]), told["SHA256"])
