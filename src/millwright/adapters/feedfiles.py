"""Looks at folders of feeds: when files came, how many, how large, of which form.

Content is read where it lies and goes no further than this module: out come counts, names of closed
lists and names that `models.yaml` itself requires.
"""

from __future__ import annotations

import mmap
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from millwright.model.modelwatch import Bins, FeedLook, Protocol, WatchedFeed
from millwright.probes import feed_dicom, feed_fhir, feed_hl7
from millwright.probes.feed_hl7 import OTHER, Form

HOUR_S, DAY_S = 3_600, 86_400
MOST_FILES = 1_000_000
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
        files = sorted(_files(root, feed.pattern), key=lambda each: each.at)
    except OSError as error:
        return FeedLook(feed=name, protocol=protocol, why=f"{feed.folder}: {error.strerror}")
    if not files:
        return FeedLook(feed=name, protocol=protocol, why="no file is there")
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
        with open(file.path, "rb") as opened:
            if protocol == "dicom":
                return [_mapped(opened.fileno(), required)]
            raw = opened.read(MOST_BYTES + 1)
    except OSError:
        return [Form(OTHER, readable=False)]
    if len(raw) > MOST_BYTES:
        return [Form(OTHER, readable=False)]
    parse = feed_hl7.forms if protocol == "hl7" else feed_fhir.forms
    return list(parse(raw, required))


def _mapped(descriptor: int, required: Sequence[str]) -> Form:
    try:
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as raw:
            return feed_dicom.form(raw, required)  # type: ignore[arg-type]
    except ValueError:
        return Form(OTHER, readable=False)


def _binned(bounds: Sequence[float], values: Sequence[float]) -> Bins:
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    return Bins(bounds=tuple(bounds), counts=tuple(counts), total=sum(values))
