"""A lab that begins in an empty folder: what is written, and what git leaves out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.rehearsal import Rehearsal


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Rehearsal]:
    made = Rehearsal(tmp_path / "fresh")
    yield made
    made.down()


def in_git(root: Path) -> set[str]:
    """Return what git would keep of a workspace."""
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    words = ["git", "-C", str(root), "ls-files", "--others", "--exclude-standard"]
    return set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())


def test_a_lab_begins_a_workspace_as_init_does(fresh: Rehearsal) -> None:
    fresh.up("--nodes", "1")
    assert set(fresh.status()) == {"head-1", "gpu1"}
    kept = in_git(fresh.root)
    assert {"factory.yaml", ".gitignore", "reach.yaml", "factory.lock.json"} <= kept
    assert (fresh.root / ".millwright" / "lab" / "id_ed25519").exists()
    assert [path for path in kept if path.startswith(".millwright/lab")] == []


def test_a_gitignore_that_is_there_is_kept(fresh: Rehearsal) -> None:
    fresh.root.mkdir()
    (fresh.root / ".gitignore").write_text("mine\n")
    answer = fresh.say("lab", "up", "--nodes", "1")
    assert (answer.status, "it should hold: state.db" in answer.err) == (0, True)
    assert (fresh.root / ".gitignore").read_text() == "mine\n"


def test_two_labs_do_not_share_a_network(fresh: Rehearsal, tmp_path: Path) -> None:
    fresh.up("--nodes", "1")
    other = Rehearsal(tmp_path / "other")
    answer = other.say("lab", "up", "--nodes", "1")
    assert (
        answer.status,
        f"of another lab of millwright, the one of {fresh.root}" in answer.err,
    ) == (
        2,
        True,
    )
    assert "networks: [{name: inband, cidr: 10.160.0.0/16}, {name: oob" in answer.err
    assert other.done("lab", "down") == f"no lab was up in {other.root}\n"
    assert not (other.root / "design").exists()
    assert fresh.status()["gpu1"]["answers_ssh"] is True
