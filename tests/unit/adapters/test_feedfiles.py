"""A look at a folder that others write to: links, pipes, files that shrink, clocks that are off."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from millwright.adapters import feedfiles
from millwright.adapters.feedfiles import look_at
from millwright.model.modelwatch import FeedLook, WatchedFeed
from millwright.probes import feed_dicom
from tests.feedfiles import dicom, element, hl7

NOW = 1_800_000_000.0


def seen(folder: Path, protocol: str = "dicom") -> FeedLook:
    watched = WatchedFeed(folder=str(folder), require=("Modality",) if protocol == "dicom" else ())
    return look_at("pacs", protocol, watched, NOW)  # type: ignore[arg-type]


def plant(folder: Path, name: str, raw: bytes, at: float = NOW - 60) -> Path:
    path = folder / name
    path.write_bytes(raw)
    os.utime(path, (at, at))
    return path


def test_a_file_of_dicom_is_read_by_pages_and_told_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedfiles, "PAGE_BYTES", 16)
    big = element(0x00091001, b"OB", b"\1" * 300_000)
    plant(tmp_path, "1", dicom(more=big))
    plant(tmp_path, "2", dicom(implicit=True))
    plant(tmp_path, "3", b"")
    found = seen(tmp_path)
    assert (found.kinds, found.schema_of, found.unreadable) == ({"(other)": 0, "CT": 2}, 3, 1)


@pytest.mark.parametrize("protocol", ["dicom", "hl7"])
@pytest.mark.parametrize("how", ["pipe", "link"])
def test_what_takes_the_place_of_a_file_is_neither_followed_nor_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str, how: str
) -> None:
    raw = dicom() if protocol == "dicom" else hl7()
    elsewhere = plant(tmp_path, "elsewhere", raw)
    (folder := tmp_path / "feed").mkdir()
    path = plant(folder, "1", raw)
    listed = list(feedfiles._files(folder, "*"))
    path.unlink()
    os.mkfifo(path) if how == "pipe" else path.symlink_to(elsewhere)
    monkeypatch.setattr(feedfiles, "_files", lambda *_: listed)
    found = seen(folder, protocol)
    assert (found.schema_of, found.unreadable) == (1, 1)


def test_a_file_that_is_cut_short_while_it_is_read_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plant(tmp_path, "1", dicom(more=element(0x00091001, b"OB", b"\1" * 300_000)))
    whole = feed_dicom.form

    def cut(raw: object, required: object) -> object:
        os.truncate(path, 0)
        return whole(raw, required)  # type: ignore[arg-type]

    monkeypatch.setattr(feed_dicom, "form", cut)
    assert seen(tmp_path).unreadable == 1


def test_a_file_of_a_time_to_come_makes_no_feed_fresh(tmp_path: Path) -> None:
    plant(tmp_path, "old", dicom(), NOW - 7_200)
    plant(tmp_path, "tomorrow", dicom(), NOW + 86_400)
    found = seen(tmp_path)
    assert (found.newest_age_s, found.last_day) == (7_200, 1)
    assert found.why == "1 files are of a time to come, and not counted"
    (tmp_path / "old").unlink()
    assert seen(tmp_path).newest_age_s is None


def test_of_more_files_than_are_listed_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedfiles, "MOST_FILES", 2)
    for name in ("1", "2", "3"):
        plant(tmp_path, name, dicom())
    found = seen(tmp_path)
    assert (found.newest_age_s, found.why.startswith("2 files or more")) == (None, True)
