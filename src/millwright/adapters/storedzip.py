"""A ZIP archive of which every byte is decided by the names and contents in it.

Nothing is compressed: the same files give the same bytes on every machine, nothing can swell while
it is read, and whoever reads one can hold all of it, headers too, against what would be written.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from millwright.errors import MillwrightError

LOCAL = b"PK\x03\x04"
CENTRAL = b"PK\x01\x02"
END = b"PK\x05\x06"
VERSION = 20
MADE_BY_UNIX = 0x0314
NOON_OF_TIMES = (0, 0x21)
"""1 January 1980, the first day that the format knows."""
PLAIN_FILE = 0o100644 << 16
LIMIT = 0xFFFFFFFF
MOST_FILES = 0xFFFE
BLOCK = 1 << 20
WAYS = {0: "stored", 8: "deflated", 9: "deflated", 12: "bzip2", 14: "lzma", 93: "zstd"}


class StrangeArchive(MillwrightError):
    """An archive that is not exactly as this module writes it; nothing of it was used."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file as headers tell it; `at` is where its header begins."""

    name: bytes
    crc: int
    size: int
    at: int

    def local(self) -> bytes:
        """Return the header that stands before the content."""
        return LOCAL + struct.pack("<HHH", VERSION, 0, 0) + self._told() + self.name

    def central(self) -> bytes:
        """Return the row of the directory at the end."""
        head = struct.pack("<HHHH", MADE_BY_UNIX, VERSION, 0, 0)
        tail = struct.pack("<HHHII", 0, 0, 0, PLAIN_FILE, self.at)
        return CENTRAL + head + self._told() + tail + self.name

    def _told(self) -> bytes:
        sizes = (self.crc, self.size, self.size, len(self.name), 0)
        return struct.pack("<HHIIIHH", *NOON_OF_TIMES, *sizes)


def write_zip(file: IO[bytes], files: Mapping[str, bytes]) -> None:
    """Write the files in the order in which they are given.

    Raises MillwrightError where they are more than the format holds.
    """
    if sum(map(len, files.values())) > LIMIT - (1 << 24) or len(files) > MOST_FILES:
        raise MillwrightError(
            "the archive would be larger than 4 GiB", hint="leave out some of its parts"
        )
    members, at = [], 0
    for name, content in files.items():
        member = Member(name.encode("ascii"), zlib.crc32(content), len(content), at)
        file.write(member.local())
        file.write(content)
        at += len(member.local()) + member.size
        members.append(member)
    file.write(directory(members, at))


def directory(members: list[Member], at: int) -> bytes:
    """Return the end of an archive: one row a file, and where the rows begin."""
    rows = b"".join(member.central() for member in members)
    count = len(members)
    return rows + END + struct.pack("<HHHHIIH", 0, 0, count, count, len(rows), at, 0)


class StoredZip:
    """Reads an archive once, from its first byte to its last, and believes nothing."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._members: list[Member] = []
        self._at = 0

    def members(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield every file's name and its content in blocks, which must be read before the next.

        Raises StrangeArchive at the first byte that is not as `write_zip` writes it.
        """
        while True:
            mark = self._exactly(4)
            if mark != LOCAL:
                break
            member = self._header()
            yield member.name.decode("ascii"), self._content(member)
            self._at += len(member.local()) + member.size
        self._end(mark)

    def _exactly(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) != size:
            raise StrangeArchive(f"the archive is cut off after byte {self._at + len(found)}")
        return found

    def _header(self) -> Member:
        raw = self._exactly(26)
        method = struct.unpack("<H", raw[4:6])[0]
        crc, _, size, length = struct.unpack("<IIIH", raw[10:24])
        name = self._exactly(length)
        if not name.isascii() or not name.decode("ascii", "replace").isprintable():
            raise StrangeArchive(f"a name at byte {self._at} has letters that none here has")
        if method != 0:
            told = f"{name.decode('ascii')} is {WAYS.get(method, 'packed in a way of its own')}"
            raise StrangeArchive(f"{told}, and nothing here ever is", hint="it was not unpacked")
        member = Member(name, crc, size, self._at)
        if LOCAL + raw + name != member.local():
            raise StrangeArchive(f"the header of {name.decode('ascii')} was changed")
        self._members.append(member)
        return member

    def _content(self, member: Member) -> Iterator[bytes]:
        left, crc = member.size, 0
        while left:
            block = self._exactly(min(BLOCK, left))
            crc = zlib.crc32(block, crc)
            left -= len(block)
            yield block
        if crc != member.crc:
            raise StrangeArchive(f"{member.name.decode('ascii')} was changed")

    def _end(self, mark: bytes) -> None:
        wanted = directory(self._members, self._at)
        found = mark + self._file.read(len(wanted))
        if found != wanted:
            same = zip(found, wanted, strict=False)
            place = next(
                (at for at, (a, b) in enumerate(same) if a != b), min(len(found), len(wanted))
            )
            raise StrangeArchive(
                f"the archive's list of files was changed at byte {self._at + place}: "
                "it is not that of the files before it"
            )
