"""A model on its way: every changed, missing or added file is found, and every other signer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from millwright.adapters.evidencekeys import Signers, enrol, signers_file, signers_in
from millwright.adapters.promotionfile import (
    promoted_files,
    read_promotion,
    write_promotion,
    wrongs,
)
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.promotion import MANIFEST, Promotion


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Signers]:
    """A folder of a model with its signed manifest, and who is trusted."""
    monkeypatch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(tmp_path / "keys" / "mine"))
    workspace = Workspace(tmp_path / "site")
    workspace.root.mkdir()
    signer = enrol(workspace)
    folder = tmp_path / "model"
    (folder / "shards").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "shards" / "1.bin").write_bytes(b"\1" * 3_000_000)
    promotion = Promotion(
        factory="f", model="ct-net", version="2", workload="ct", trained_by="train",
        from_zone="campus", to_zone="clinic", trained_on="phi", residency=("US",),
        at="2026-03-01T00:00:00Z", actor="ann", files=promoted_files(folder),
    )  # fmt: skip
    write_promotion(folder, promotion, signer)
    return folder, signers_in(signers_file(workspace))


def test_a_folder_that_arrives_whole_is_as_it_was_signed(sent: tuple[Path, Signers]) -> None:
    folder, signers = sent
    promotion = read_promotion(folder)
    assert [each.path for each in promotion.files] == ["config.json", "shards/1.bin"]
    assert list(wrongs(folder, promotion, signers)) == []


def _flip(folder: Path) -> None:
    raw = bytearray((folder / "shards" / "1.bin").read_bytes())
    raw[2_999_999] ^= 1
    (folder / "shards" / "1.bin").write_bytes(raw)


def _link(folder: Path) -> None:
    (folder / "config.json").rename(folder.parent / "config.json")
    (folder / "config.json").symlink_to(folder.parent / "config.json")


def _redirect(folder: Path) -> None:
    path = folder / MANIFEST
    path.write_text(path.read_text().replace('"to_zone": "clinic"', '"to_zone": "cloud"'))


@pytest.mark.parametrize(
    ("bend", "told"),
    [
        (_flip, "shards/1.bin is another file"),
        (lambda folder: (folder / "config.json").unlink(), "config.json is not there"),
        (_link, "config.json is not there"),
        (lambda folder: (folder / "more.py").write_text("x"), "more.py was never signed"),
        (_redirect, "does not hold"),
    ],
)
def test_whatever_was_bent_on_the_way_is_named(
    sent: tuple[Path, Signers], bend: Callable[[Path], None], told: str
) -> None:
    folder, signers = sent
    bend(folder)
    found = list(wrongs(folder, read_promotion(folder), signers))
    assert any(told in each for each in found)


def test_nobody_else_signs_for_us(sent: tuple[Path, Signers]) -> None:
    folder, _ = sent
    promotion = read_promotion(folder)
    assert "nobody's whom we trust" in next(wrongs(folder, promotion, {}))
    bare = promotion.model_copy(update={"signature": None})
    assert next(wrongs(folder, bare, {})) == "the manifest is not signed"


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "a\\b", "a\nb", ""])
def test_no_name_in_a_manifest_leads_out_of_the_folder(
    sent: tuple[Path, Signers], name: str
) -> None:
    document = read_promotion(sent[0]).model_dump(mode="json", by_alias=True)
    document["files"][0]["path"] = name
    with pytest.raises(ValidationError):
        Promotion.model_validate(document)


def test_an_empty_folder_and_a_link_are_no_model(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MillwrightError, match="holds no files"):
        promoted_files(tmp_path / "empty")
    (tmp_path / "empty" / "x").symlink_to("/etc/passwd")
    with pytest.raises(MillwrightError, match="is a link"):
        promoted_files(tmp_path / "empty")


def test_a_pipe_is_no_model_and_is_not_waited_for(sent: tuple[Path, Signers]) -> None:
    folder, signers = sent
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    with pytest.raises(MillwrightError, match="is no plain file"):
        promoted_files(folder)
    assert "config.json is not there" in list(wrongs(folder, read_promotion(folder), signers))


def test_a_file_that_cannot_be_read_is_named(
    sent: tuple[Path, Signers], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, signers = sent

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    promotion = read_promotion(folder)
    monkeypatch.setattr(os, "open", denied)
    monkeypatch.setattr("builtins.open", denied)
    found = list(wrongs(folder, promotion, signers))
    assert "config.json cannot be read: Permission denied" in found
