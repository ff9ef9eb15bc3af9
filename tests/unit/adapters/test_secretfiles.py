"""Secrets of a factory: drawn once, unreadable at rest, opened by a key kept elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.secretfiles import secret
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("MILLWRIGHT_SECRETS_KEY", str(tmp_path / "home" / "secrets.key"))
    (tmp_path / "site").mkdir()
    return Workspace(tmp_path / "site")


def test_a_secret_is_drawn_once_and_unreadable_at_rest(workspace: Workspace) -> None:
    drawn = secret(workspace, "munge-key", 64)
    assert len(drawn) == 64
    assert secret(workspace, "munge-key", 64) == drawn
    assert secret(workspace, "another", 64) != drawn
    for file in workspace.root.rglob("*"):
        assert not file.is_file() or drawn not in file.read_bytes()


def test_the_key_is_private_and_outside(workspace: Workspace, tmp_path: Path) -> None:
    secret(workspace, "munge-key", 64)
    assert (tmp_path / "home" / "secrets.key").stat().st_mode & 0o777 == 0o600


def test_another_key_opens_nothing(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret(workspace, "munge-key", 64)
    monkeypatch.setenv("MILLWRIGHT_SECRETS_KEY", str(tmp_path / "home" / "other.key"))
    with pytest.raises(MillwrightError, match="does not open"):
        secret(workspace, "munge-key", 64)


def test_a_key_in_the_workspace_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILLWRIGHT_SECRETS_KEY", str(workspace.root / "secrets.key"))
    with pytest.raises(MillwrightError, match="lies in the workspace"):
        secret(workspace, "munge-key", 64)
