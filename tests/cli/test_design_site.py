"""What a site asks and is asked, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: hall
blueprint: dgx-superpod-h100
compute: [{name: gpu, nodes: %d}]
storage: {tier: better}
site: {power: {feeds: 2, redundancy: 2N, available_kw: %d}}
"""


def written(folder: Path, nodes: int, kilowatts: int) -> Path:
    folder.mkdir()
    (folder / "factory.yaml").write_text(SPEC % (nodes, kilowatts))
    return folder


@pytest.fixture(scope="module")
def hall(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = written(tmp_path_factory.mktemp("halls") / "hall", 8, 400)
    assert run("-C", folder, "design", "solve").status == 0
    return folder


def test_power_is_shown_by_rack_and_says_degraded(run: Run, hall: Path) -> None:
    told = json.loads(run("-C", hall, "design", "show", "power", "--json").out)
    racks = sum(rack["known_max_kw"] for rack in told["racks"])
    assert racks == pytest.approx(told["power"]["it_max_kw"])
    assert told["cooling"]["heat_kw"] == told["power"]["it_max_kw"]
    assert told["power"]["redundancy"] == "degraded"
    assert "when a feed is lost: degraded" in run("-C", hall, "design", "show", "power").out


def test_a_site_without_the_power_is_refused_with_what_fits(run: Run, tmp_path: Path) -> None:
    small = written(tmp_path / "small", 100, 400)
    for verb in ("solve", "check"):
        answer = run("-C", small, "design", verb)
        assert answer.status == 1
        assert "kW, and the site gives 400 kW" in answer.err
        assert "nodes fit" in answer.err
        assert "MW-D-060  site.power.available_kw" in answer.err
    assert not (small / "design").exists()
    for verb, schema in (("solve", "millwright.design/1"), ("check", "millwright.check/1")):
        refused = json.loads(run("-C", small, "design", verb, "--json").out)
        assert refused["schema"] == schema
        assert [finding["rule"] for finding in refused["findings"]] == ["MW-D-060"]


@pytest.mark.parametrize("part", ["floor", "lengths", "pulls"])
def test_floor_lengths_and_pulls_are_shown_as_table_csv_and_json(
    run: Run, hall: Path, part: str
) -> None:
    rows = json.loads(run("-C", hall, "design", "show", part, "--json").out)
    csv = run("-C", hall, "design", "show", part, "--csv").out.splitlines()
    assert len(csv) == len(rows) + 1
    assert run("-C", hall, "design", "show", part).status == 0


def test_storage_and_differences_are_shown(run: Run, hall: Path, tmp_path: Path) -> None:
    told = json.loads(run("-C", hall, "design", "show", "storage", "--json").out)
    assert (told["tier"], told["read_gbytes_per_s"]) == ("better", 40)
    larger = written(tmp_path / "larger", 12, 400)
    assert run("-C", larger, "design", "solve").status == 0
    found = json.loads(run("design", "diff", hall, larger, "--json").out)
    assert found["counts"]["device"]["added"] >= 4
    nowhere = run("design", "diff", hall, tmp_path / "nowhere")
    assert nowhere.status == 2


def test_a_rack_that_is_not_there_has_no_pulls_and_is_named(run: Run, hall: Path) -> None:
    answer = run("-C", hall, "design", "show", "pulls", "--rack", "gpu-r1")
    assert answer.status == 2
    assert "there is no rack 'gpu-r1'" in answer.err
    assert "gpu-r01" in answer.err
    told = json.loads(run("-C", hall, "design", "show", "pulls", "--rack", "gpu-r01", "--json").out)
    assert {row["from"] for row in told} == {"gpu-r01"}


def test_whatever_is_shown_of_a_simulated_design_says_so(run: Run, tmp_path: Path) -> None:
    lab = tmp_path / "lab"
    assert run("init", lab, "--blueprint", "lab", "--nodes", "2").status == 0
    assert run("-C", lab, "design", "solve").status == 0
    parts = (
        "power", "floor", "lengths", "pulls", "storage", "fabric", "bom", "cables", "findings",
    )  # fmt: skip
    for part in parts:
        answer = run("-C", lab, "design", "show", part)
        assert "SIMULATED" in answer.out + answer.err, part
        assert json.loads(run("-C", lab, "design", "show", part, "--json").out)
    assert "SIMULATED" in run("-C", lab, "design", "compare", lab).out
