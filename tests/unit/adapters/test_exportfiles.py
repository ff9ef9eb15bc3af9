"""Exports in folders: whole or not at all, nothing left behind, nothing of others touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millwright.adapters.exportfiles import Manifest, template_text, write_export
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError

MADE = Manifest("autoinstall", "a" * 64, "b" * 64)


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_second_export_takes_away_what_it_no_longer_writes(tmp_path: Path) -> None:
    folder = tmp_path / "design" / "export" / "x"
    workspace = Workspace(tmp_path)
    write_export(workspace, folder, {"gpu1/user-data": "1", "gpu2/user-data": "2"}, MADE)
    (folder / "gpu2" / "mine").write_text("kept")
    (folder / "notes").write_text("kept")
    write_export(workspace, folder, {"gpu1/user-data": "3"}, MADE)
    assert names(folder) == ["export.json", "gpu1/user-data", "gpu2/mine", "notes"]
    assert (folder / "gpu1" / "user-data").read_text() == "3"
    manifest = json.loads((folder / "export.json").read_text())
    assert (list(manifest["files"]), manifest["format"]) == (["gpu1/user-data"], "autoinstall")


def test_what_no_export_wrote_is_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "nodes.conf").write_text("theirs")
    with pytest.raises(MillwrightError, match=r"nodes\.conf is there already"):
        write_export(Workspace(tmp_path / "site"), folder, {"nodes.conf": "ours", "b": ""}, MADE)
    assert names(folder) == ["nodes.conf"]
    assert (folder / "nodes.conf").read_text() == "theirs"


@pytest.mark.parametrize("listed", ["../outside", "/etc/hostname", "link/outside"])
def test_a_list_that_was_tampered_with_removes_nothing_outside(tmp_path: Path, listed: str) -> None:
    folder = tmp_path / "x"
    write_export(Workspace(tmp_path), folder, {"a": "1"}, MADE)
    (tmp_path / "outside").write_text("kept")
    (folder / "link").symlink_to(tmp_path)
    manifest = json.loads((folder / "export.json").read_text())
    manifest["files"][listed] = "0"
    (folder / "export.json").write_text(json.dumps(manifest))
    write_export(Workspace(tmp_path), folder, {"a": "2"}, MADE)
    assert (tmp_path / "outside").read_text() == "kept"
    assert Path("/etc/hostname").exists()


def test_a_file_that_cannot_be_written_leaves_the_former_ones(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    write_export(Workspace(tmp_path), folder, {"a": "1", "b": "1"}, MADE)
    before = {name: (folder / name).read_text() for name in names(folder)}
    (folder / "c").write_text("in the way of a folder")
    with pytest.raises(MillwrightError):
        write_export(Workspace(tmp_path), folder, {"a": "2", "c/d": "2"}, MADE)
    (folder / "c").unlink()
    assert {name: (folder / name).read_text() for name in names(folder)} == before


def test_a_value_never_becomes_a_second_line_of_a_template() -> None:
    text = template_text("deploy/lines.j2", {"lines": ("a\nd-i x/y string z", "b\x85c\u2028d")})
    assert text == "a\\nd-i x/y string z\nb\\x85c\\u2028d\n"
