"""`design place`, and decisions that later phases cite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_design_size import SPEC
from tests.conftest import Run

ZONES = """\
site: {jurisdiction: US}
zones:
  - {name: campus, kind: on-prem}
  - {name: cloud-east, kind: cloud, jurisdiction: US}
  - {name: cloud-west, kind: cloud, jurisdiction: DE}
"""
PHI = "ttft_s: 2, data: {class: phi, residency: [US]}"


def _written(folder: Path, more: str = "") -> Path:
    spec = SPEC.replace("ttft_s: 2", PHI + more) + ZONES
    (folder / "factory.yaml").write_text(spec)
    return folder


def test_every_workload_has_a_zone_and_every_closed_one_its_rule(run: Run, tmp_path: Path) -> None:
    answer = run("-C", _written(tmp_path), "design", "place", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)["placements"]
    assert [(each["workload"], each["zone"]) for each in told] == [
        ("notes", "campus"), ("report", "campus"),
    ]  # fmt: skip
    closed = {(each["zone"], each["rule"]) for each in told[0]["forbidden"]}
    assert closed == {
        ("cloud-east", "MW-D-091"), ("cloud-west", "MW-D-090"), ("cloud-west", "MW-D-091"),
    }  # fmt: skip
    assert "45 CFR 164.308(b)" in run("-C", tmp_path, "design", "place").out


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        (", zone: cloud-west", "MW-D-090"),
        (", zone: cloud-east", "MW-D-091"),
        (", zone: cloud-east, needs_wan: false", "MW-D-091"),
    ],
)
def test_a_forbidden_wish_is_an_error_that_names_its_rule(
    run: Run, tmp_path: Path, wish: str, rule: str
) -> None:
    _written(tmp_path, wish)
    assert run("-C", tmp_path, "design", "place").status == 1
    answer = run("-C", tmp_path, "design", "solve")
    assert answer.status == 1
    assert f"{rule}  workloads.notes.zone" in answer.err
    assert not (tmp_path / "design").exists()


def test_what_must_work_without_the_wan_is_not_placed_behind_it(run: Run, tmp_path: Path) -> None:
    _written(tmp_path, ", zone: cloud-east, needs_wan: false")
    spec = (tmp_path / "factory.yaml").read_text()
    signed = "jurisdiction: US, agreement: BAA 17}\n"
    (tmp_path / "factory.yaml").write_text(spec.replace("jurisdiction: US}\n  -", f"{signed}  -"))
    answer = run("-C", tmp_path, "design", "solve")
    assert answer.status == 1
    assert "MW-D-092" in answer.err


def test_decisions_are_written_down_and_keep_their_day(run: Run, tmp_path: Path) -> None:
    answer = run("-C", _written(tmp_path), "design", "solve", "--json")
    assert answer.status == 0, answer.err
    path = tmp_path / "design" / "decisions.json"
    assert str(path) in json.loads(answer.out)["files"]
    first = json.loads(path.read_text())
    assert first["schema"] == "millwright.decisions/1"
    told = {each["id"]: each for each in first["decisions"]}
    assert set(told) == {"place-notes", "place-report", "hardware"}
    assert told["place-notes"]["data_class"] == "phi"
    path.write_text(path.read_text().replace(told["hardware"]["date"], "2026-01-05"))
    assert run("-C", tmp_path, "design", "solve").status == 0
    again = json.loads(path.read_text())["decisions"]
    assert {each["date"] for each in again} == {"2026-01-05"}
    path.write_text("[]")
    assert run("-C", tmp_path, "design", "solve").status == 2


def test_a_zone_that_is_misspelt_is_asked_after(run: Run, tmp_path: Path) -> None:
    answer = run("-C", _written(tmp_path, ", zone: campos"), "design", "place")
    assert answer.status == 2
    assert "did you mean 'campus'" in answer.err


def test_a_spec_whose_workloads_all_run_elsewhere_has_nothing_to_build(
    run: Run, tmp_path: Path
) -> None:
    path = _written(tmp_path) / "factory.yaml"
    spec = path.read_text().replace("  - {name: campus, kind: on-prem}\n", "")
    path.write_text(spec.replace(", data: {class: phi, residency: [US]}", ""))
    answer = run("-C", tmp_path, "design", "solve")
    assert answer.status == 1
    assert "MW-D-001" in answer.err
