"""Looks at folders of feeds: when files came, how many, how large, of which form.

Content is read where it lies and goes no further than this module: out come counts, names of closed
lists and names that `models.yaml` itself requires.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from millwright.model.modelwatch import Bins, FeedLook, Protocol, WatchedFeed
from millwright.probes import feed_dicom, feed_fhir, feed_hl7
from millwright.probes.feed_hl7 import OTHER, Form

HOUR_S, DAY_S = 3_600, 86_400
MOST_FILES = 1_000_000
AHEAD_S = 300
"""How far clocks of senders may be ahead; a file of a later time would stay the newest for good."""
PAGE_BYTES = 64 << 10
MOST_READ = 2_000
"""Of how many of the newest files the form is read at one look."""
MOST_BYTES = 64 << 20
"""The largest text that is parsed; of DICOM files headers are read, whatever the size."""
SIZES = (1e3, 1e4, 1e5, 1e6, 1e7, 1e8)
GAPS = (1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    at: float
    size: int


def look_at(name: str, protocol: Protocol, feed: WatchedFeed, now: float) -> FeedLook:
    """Return what is seen of a feed at a moment; where nothing can be, why."""
    root = Path(feed.folder)
    try:
        there = sorted(_files(root, feed.pattern), key=lambda each: each.at)
    except OSError as error:
        return FeedLook(feed=name, protocol=protocol, why=f"{feed.folder}: {error.strerror}")
    files = [each for each in there if each.at <= now + AHEAD_S]
    ahead = len(there) - len(files)
    told = f"{ahead} files are of a time to come, and not counted" if ahead else ""
    if len(there) >= MOST_FILES:
        told = f"{MOST_FILES:,} files or more lie there: which is the newest is not known"
    if not files or len(there) >= MOST_FILES:
        return FeedLook(feed=name, protocol=protocol, why=told or "no file is there")
    day = [each for each in files if now - each.at <= DAY_S]
    kinds, lacking, counts = _forms(files[-MOST_READ:], protocol, feed.require)
    return FeedLook(
        feed=name,
        protocol=protocol,
        newest_age_s=round(max(0.0, now - files[-1].at)),
        last_hour=sum(now - each.at <= HOUR_S for each in day),
        last_day=len(day),
        kinds=dict(sorted(kinds.items())),
        sizes=_binned(SIZES, [float(each.size) for each in day]),
        gaps=_binned(GAPS, [b.at - a.at for a, b in zip(day, day[1:], strict=False)]),
        schema_of=counts[0],
        unreadable=counts[1],
        lacking={each: lacking[each] for each in feed.require},
        why=told,
    )


def _files(root: Path, pattern: str) -> Iterator[_File]:
    """Yield regular files below a folder; links are not followed."""
    os.scandir(root).close()
    for count, path in enumerate(root.rglob(pattern)):
        if count >= MOST_FILES:
            return
        if path.is_symlink() or not path.is_file():
            continue
        try:
            told = path.stat()
        except OSError:
            continue
        yield _File(path, told.st_mtime, told.st_size)


def _forms(
    files: Sequence[_File], protocol: Protocol, required: Sequence[str]
) -> tuple[Counter[str], Counter[str], tuple[int, int]]:
    kinds: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    seen = unreadable = 0
    if protocol == "file":
        return kinds, lacking, (0, 0)
    for file in files:
        for form in _read(file, protocol, required):
            seen += 1
            unreadable += not form.readable
            kinds[form.kind] += form.readable
            lacking.update(form.lacking)
    return kinds, lacking, (seen, unreadable)


def _read(file: _File, protocol: Protocol, required: Sequence[str]) -> list[Form]:
    try:
        with _opened(file.path) as opened:
            if protocol == "dicom":
                return [feed_dicom.form(_Pages(opened.fileno()), required)]
            raw = opened.read(MOST_BYTES + 1)
    except OSError:
        return [Form(OTHER, readable=False)]
    if len(raw) > MOST_BYTES:
        return [Form(OTHER, readable=False)]
    parse = feed_hl7.forms if protocol == "hl7" else feed_fhir.forms
    return list(parse(raw, required))


def _opened(path: Path) -> IO[bytes]:
    """Open a regular file. What took its place since it was listed is neither followed nor waited
    for.

    Raises OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is no file")
    return open(descriptor, "rb")


class _Pages:
    """A file as bytes that are read where they are asked for, a page at a time.

    Not mapped: a sender that cuts a mapped file short would end this process.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._at, self._page = 0, b""

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        """Return the bytes of a slice, fewer where the file has become shorter."""
        begin, end, _ = part.indices(self._size)
        if not self._at <= begin <= end <= self._at + len(self._page):
            size = max(PAGE_BYTES, end - begin)
            self._at, self._page = begin, os.pread(self._descriptor, size, begin)
        return self._page[begin - self._at : end - self._at]


def _binned(bounds: Sequence[float], values: Sequence[float]) -> Bins:
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    return Bins(bounds=tuple(bounds), counts=tuple(counts), total=sum(values))
