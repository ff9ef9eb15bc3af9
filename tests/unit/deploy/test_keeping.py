"""Backups: young enough or not, and a program that believes nothing that was changed."""

from __future__ import annotations

import importlib.util
import json
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from millwright.adapters.resources import folder
from millwright.deploy.inputs import Inputs
from millwright.deploy.roles.keeping import BACKUP
from millwright.model.catalog import Catalog
from tests.unit.deploy.fakes import lab_inputs


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ('{"age_h": 0.2}', "proven"),
        ('{"age_h": 25.9}', "proven"),
        ('{"age_h": 26.1}', "failed"),
        ("{}", "failed"),
        ("Traceback", "failed"),
    ],
)
def test_the_newest_backup_is_young_enough_or_it_is_said(
    inputs: Inputs, told: str, standing: str
) -> None:
    timer, newest = BACKUP.checks("head-1", inputs)
    assert newest.judge(told).standing == standing
    assert timer.judge("inactive").standing == "failed"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program of the role, with a key in a folder of the test; it is not run."""
    path = folder("playbooks") / "roles/backup/files/backup"
    text = path.read_text(encoding="utf-8").replace("\nsys.exit(main(sys.argv[1:]))\n", "\n")
    copy = tmp_path / "backup"
    copy.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_loader("backup", SourceFileLoader("backup", str(copy)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    key = tmp_path / "key"
    key.write_text("k" * 44)
    monkeypatch.setattr(module, "KEY", str(key))
    return module


def kept(program: Any, place: Path, age_s: float = 0.0) -> Path:
    """Write a small backup, sealed as the program seals."""
    place.mkdir(parents=True)
    (place / "state.tar.gz").write_bytes(b"state")
    parts = {"state.tar.gz": program.digest(str(place / "state.tar.gz"))}
    manifest = {"taken_at": program.time.time() - age_s, "parts": parts, "rows": {}}
    text = json.dumps(manifest).encode()
    (place / "manifest.json").write_bytes(text)
    (place / "manifest.seal").write_text(program.seal(text))
    return place


def test_a_whole_backup_is_believed(program: Any, tmp_path: Path) -> None:
    place = kept(program, tmp_path / "b" / "20260105T100000Z")
    assert program.proven(str(place))["rows"] == {}


@pytest.mark.parametrize("how", ["part", "digest", "seal", "key", "gone"])
def test_what_was_changed_afterwards_is_refused(program: Any, tmp_path: Path, how: str) -> None:
    place = kept(program, tmp_path / "b" / "20260105T100000Z")
    manifest = place / "manifest.json"
    if how == "part":
        (place / "state.tar.gz").write_bytes(b"other")
    if how == "digest":
        (place / "state.tar.gz").write_bytes(b"other")
        told = json.loads(manifest.read_text())
        told["parts"]["state.tar.gz"] = program.digest(str(place / "state.tar.gz"))
        manifest.write_text(json.dumps(told))
    if how == "seal":
        (place / "manifest.seal").write_text("0" * 64)
    if how == "key":
        Path(program.KEY).write_text("another key of the same length")
    if how == "gone":
        (place / "state.tar.gz").unlink()
    with pytest.raises(program.Refused):
        program.proven(str(place))


def test_old_ones_go_and_what_is_no_backup_stays(program: Any, tmp_path: Path) -> None:
    root = tmp_path / "b"
    for day in range(1, 6):
        kept(program, root / f"2026010{day}T100000Z")
    (root / "notes").mkdir()
    (root / ".partial-x").mkdir()
    program.let_go({"folder": str(root), "keep": 2})
    left = sorted(path.name for path in root.iterdir())
    assert left == [".partial-x", "20260104T100000Z", "20260105T100000Z", "notes"]


def test_a_late_backup_is_a_problem_and_none_is_one_too(program: Any, tmp_path: Path) -> None:
    settings = {"folder": str(tmp_path / "b"), "period_h": 24, "grace_h": 2, "keep": 2}
    with pytest.raises(program.Refused, match="no backup"):
        program.check(settings, [])
    kept(program, tmp_path / "b" / "20260105T100000Z", 27 * 3600)
    assert program.check(settings, [])["ok"] is False
    kept(program, tmp_path / "b" / "20260106T100000Z", 60)
    assert program.check(settings, [])["ok"] is True


def test_the_time_of_the_newest_backup_is_told_to_the_node_exporter(
    program: Any, tmp_path: Path
) -> None:
    figures = tmp_path / "figures"
    settings = {"folder": str(tmp_path / "b"), "figures": str(figures), "keep": 2}
    settings |= {"period_h": 24, "grace_h": 2}
    kept(program, tmp_path / "b" / "20260105T100000Z", 27 * 3600)
    program.check(settings, [])
    assert not figures.exists()
    figures.mkdir()
    program.check(settings, [])
    (file,) = figures.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("millwright-backup.prom", 0o644)
    name, told = file.read_text().splitlines()[-1].split()
    assert name == "millwright_backup_success_time_seconds"
    assert abs(program.time.time() - 27 * 3600 - float(told)) < 60
    conditions = (folder("catalog") / "conditions.yaml").read_text(encoding="utf-8")
    assert name in conditions
