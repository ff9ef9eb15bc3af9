"""The way a new user goes: init, solve, look, grow, export."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from millwright.adapters.specfile import factory_schema
from tests.conftest import Run

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def pod(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sites") / "superpod"
    words = ("--blueprint", "dgx-superpod-h100", "--scalable-units", "4")
    assert run("init", folder, *words).status == 0
    assert run("-C", folder, "design", "solve").status == 0
    return folder


def test_init_writes_a_spec_that_editors_complete(pod: Path) -> None:
    text = (pod / "factory.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=.millwright/factory.schema.json\n")
    jsonschema.validate(yaml.safe_load(text), factory_schema())
    schema = json.loads((pod / ".millwright" / "factory.schema.json").read_text())
    assert schema == factory_schema()
    assert "state.db" in (pod / ".gitignore").read_text()


def test_init_overwrites_nothing(run: Run, pod: Path) -> None:
    before = (pod / "factory.yaml").read_text()
    answer = run("init", pod, "--blueprint", "lab")
    assert answer.status == 2
    assert "exists already" in answer.err
    assert (pod / "factory.yaml").read_text() == before


def test_init_keeps_what_the_folder_ignores_already(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    answer = run("init", tmp_path, "--blueprint", "lab", "--name", "pod")
    assert answer.status == 0
    assert "is kept as it is; it should hold: state.db" in answer.err
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["x", "--blueprint", "dgx-superpod-h10"], "did you mean 'dgx-superpod-h100'?"),
        (["x"], "needs a folder and a blueprint"),
        (["x", "--blueprint", "lab", "--nodes", "0"], "--nodes"),
        (["x", "--blueprint", "lab", "--nodes", "1", "--scalable-units", "1"], "one of them"),
        (["x", "--blueprint", "lab", "--name", "$(id)"], "cannot be a factory's name"),
    ],
)
def test_init_refuses_what_it_cannot_begin(
    run: Run, tmp_path: Path, words: list[str], text: str
) -> None:
    answer = run("init", *words, cwd=tmp_path)
    assert answer.status == 2
    assert text in answer.err
    assert list(tmp_path.iterdir()) == []


def test_the_list_names_every_blueprint(run: Run) -> None:
    assert "era-2-8-9-800" in run("init", "--list").out
    assert len(json.loads(run("init", "--list", "--json").out)) == 17


def test_the_summary_is_the_one_that_was_agreed(
    run: Run, pod: Path, golden: Callable[[str, str], None]
) -> None:
    answer = run("-C", pod, "design", "solve")
    golden("superpod-h100-4su.txt", answer.out)


def test_an_unchanged_design_is_written_again_byte_for_byte(run: Run, pod: Path) -> None:
    before = {path: path.read_bytes() for path in (pod / "design").iterdir()}
    run("-C", pod, "design", "solve", TZ="Asia/Tokyo", LC_ALL="C")
    assert {path: path.read_bytes() for path in (pod / "design").iterdir()} == before


def test_the_bill_is_shown_in_three_ways(run: Run, pod: Path) -> None:
    lines = json.loads(run("-C", pod, "design", "show", "bom", "--json").out)
    assert set(lines[0]) == {
        "item",
        "part_number",
        "description",
        "category",
        "quantity",
        "unit",
        "location",
        "source",
        "confidence",
    }
    fibres = [
        b for b in lines if b["part_number"] == "980-9I570-00N030" and b["location"] == "compute"
    ]
    assert fibres[0]["quantity"] == 2040
    rows = list(csv.DictReader(io.StringIO(run("-C", pod, "design", "show", "bom", "--csv").out)))
    assert len(rows) == len(lines)
    assert "2,040" in run("-C", pod, "design", "show", "bom").out


def test_cables_are_shown_as_the_contract_says(run: Run, pod: Path) -> None:
    cables = json.loads(run("-C", pod, "design", "show", "cables", "--json").out)
    assert set(cables[0]) == {
        "id",
        "fabric",
        "plane",
        "rail",
        "a",
        "b",
        "medium",
        "length_m",
        "part_number",
        "label_a",
        "label_b",
        "bundle",
    }
    assert len({cable["id"] for cable in cables}) == len(cables)
    with open(pod / "design" / "cables.csv", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == len(cables) + 1
    text = run("-C", pod, "design", "show", "cables").out
    assert text.count("\n") == len(cables)


def test_fabric_and_findings_are_shown(run: Run, pod: Path) -> None:
    fabrics = json.loads(run("-C", pod, "design", "show", "fabric", "--json").out)
    assert fabrics["compute"]["spine_switches"] == 16
    assert "16" in run("-C", pod, "design", "show", "fabric").out
    findings = json.loads(run("-C", pod, "design", "show", "findings", "--json").out)
    assert {"rule", "severity", "where", "message", "hint"} == set(findings[0])
    assert "MW-D-014" in run("-C", pod, "design", "show", "findings").out


def test_a_changed_spec_makes_the_design_stale(run: Run, pod: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(pod, copy)
    with open(copy / "factory.yaml", "a") as file:
        file.write("currency: EUR\n")
    answer = run("-C", copy, "design", "show", "bom")
    assert answer.status == 1
    assert "factory.yaml changed" in answer.err


def test_growth_tells_what_moves(run: Run, tmp_path: Path) -> None:
    def solve(units: int) -> list[dict[str, str]]:
        (tmp_path / "factory.yaml").write_text(
            "schema: millwright.factory/1\nname: pod\nblueprint: dgx-superpod-h100\n"
            f"compute: [{{name: gpu, scalable_units: {units}}}]\n"
        )
        found = json.loads(run("-C", tmp_path, "design", "solve", "--json").out)["findings"]
        return [f for f in found if f["rule"].startswith("MW-D-05")]

    assert solve(1) == []
    (moved,) = solve(2)
    assert (moved["rule"], moved["where"]) == ("MW-D-052", "fabrics.compute")
    assert "leaf-01-1 1/19/1: spine-01 1/5/1 -> spine-05 1/1/1" in moved["message"]
    assert solve(2) == []


def test_hardware_of_ones_own_is_designed_with(run: Run, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "parts", tmp_path / "parts")
    answer = run("-C", tmp_path / "parts", "design", "solve", "--json")
    document = json.loads(answer.out)
    assert answer.status == 0, answer.err
    assert (document["nodes"], document["gpus"]) == (256, 2048)
    assert document["fabrics"]["compute"]["leaf_switches"] == 512
    assert "overrides" in run("-C", tmp_path / "parts", "catalog", "check").out


@pytest.mark.parametrize("name", ["regional-health.yaml", "lab.yaml", "superpod-h100.yaml"])
def test_every_example_is_solved(run: Run, tmp_path: Path, name: str) -> None:
    shutil.copy(EXAMPLES / name, tmp_path / "factory.yaml")
    assert run("-C", tmp_path, "design", "check").status == 0
    answer = run("-C", tmp_path, "design", "solve")
    assert answer.status == 0, answer.err
    decided = (tmp_path / "design" / "decisions.json").exists()
    assert decided == (name == "regional-health.yaml")


def test_conformance_is_green_and_prints_every_row(run: Run) -> None:
    answer = run("design", "conform", "--json")
    lines = json.loads(answer.out)
    assert answer.status == 0
    assert {"source", "row", "field", "published", "computed", "status", "note"} <= set(lines[0])
    assert {line["status"] for line in lines} == {"match", "erratum", "deferred"}
    assert "0 deviation" in run("design", "conform").out


def test_the_catalogue_shows_who_says_so(run: Run) -> None:
    text = run("catalog", "show", "dgx-b200").out
    assert "b200-data-center-practices" in text
    assert "airflow_cfm (also)" in text
    assert run("catalog", "show", "dgx-b20").status == 2
    assert "qm9700" in run("catalog", "list", "switches").out
    assert (
        json.loads(run("catalog", "show", "qm9700", "--json").out)["switches"]["port_count"][
            "value"
        ]
        == 64
    )


def test_the_schema_is_printed(run: Run) -> None:
    assert json.loads(run("schema", "factory").out) == factory_schema()
