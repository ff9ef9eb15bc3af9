"""`build report` on files alone: what anybody recorded becomes an acceptance report."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.conftest import Run
from tests.unit.reports.test_acceptance import finding, verdict

ROW = {
    "schema": "millwright.measurement/1",
    "at": "2026-01-05T10:00:00Z",
    "node": "gpu1",
    "device": "",
    "metric": "busbw",
    "value": 412.0,
    "unit": "GB/s",
    "tool": "nccl-tests 2.14",
    "simulated": True,
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A verdict and its measurements, in the form of the contract."""
    judged, measured = tmp_path / "v.json", tmp_path / "m.jsonl"
    judged.write_text(json.dumps(verdict(finding(), completeness=0.998)))
    rows = (ROW, {**ROW, "node": "gpu2", "value": 478.0})
    measured.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return judged, measured


def test_a_report_is_made_of_files_alone(
    run: Run, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    words = ("build", "report", "--verdict", files[0], "--measurements", files[1], "--json")
    answer = run("-C", tmp_path, *words)
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    assert (told["verdict"], told["simulated"]) == ("FAIL", True)
    names = {Path(name).suffix or Path(name).name: Path(name) for name in told["files"]}
    assert set(names) == {".html", ".pdf", ".csv", ".xml", "SHA256SUMS"}
    page = names[".html"].read_text()
    first = page.index('class="first')
    assert page.index("99.8 % complete") - first < 120
    assert hashlib.sha256(files[1].read_bytes()).hexdigest() in page
    suites = ElementTree.parse(names[".xml"]).getroot()
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    with open(names[".csv"], newline="") as file:
        assert [row["node"] for row in csv.DictReader(file)] == ["gpu1", "gpu2"]
    for line in names["SHA256SUMS"].read_text().splitlines():
        digest, name = line.split("  ")
        there = (names["SHA256SUMS"].parent / name).read_bytes()
        assert hashlib.sha256(there).hexdigest() == digest


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "m.jsonl:2:1"),
        (json.dumps({**ROW, "schema": "x"}), "found schema 'x'"),
        (json.dumps({k: v for k, v in ROW.items() if k != "tool"}), "found no tool"),
        ("[1]", "m.jsonl:2:1"),
    ],
)
def test_a_wrong_measurement_is_named_and_nothing_is_written(
    run: Run, tmp_path: Path, files: tuple[Path, Path], line: str, words: str
) -> None:
    with files[1].open("a") as file:
        file.write("")
    files[1].write_text(json.dumps(ROW) + "\n" + line + "\n")
    answer = run(
        "-C", tmp_path, "build", "report", "--verdict", files[0], "--measurements", files[1]
    )
    assert answer.status == 2
    assert words in answer.err
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize(
    ("rows", "keys", "words"),
    [
        ([{**ROW, "node": "elsewhere1"}], {}, "says nothing of elsewhere1"),
        ([ROW, {**ROW, "node": "elsewhere1"}], {}, "says nothing of elsewhere1"),
        ([{**ROW, "metric": "hbm_copy"}], {}, "has values of busbw"),
        ([ROW], {"measurements": 2}, "over 2 measurements, and there are 1"),
        ([], {"measurements": 2}, "has values of busbw"),
    ],
)
def test_measurements_of_something_else_are_refused_and_nothing_is_written(
    run: Run,
    tmp_path: Path,
    files: tuple[Path, Path],
    rows: list[dict[str, object]],
    keys: dict[str, Any],
    words: str,
) -> None:
    files[0].write_text(json.dumps(verdict(finding(), **keys)))
    files[1].write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = ("--verdict", files[0], "--measurements", files[1])
    answer = run("-C", tmp_path, "build", "report", *said)
    assert (answer.status, answer.out) == (2, "")
    assert words in " ".join(answer.err.split())
    assert not (tmp_path / "build").exists()


def test_rows_that_are_said_twice_count_once_as_they_do_for_the_judge(
    run: Run, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    files[1].write_text(f"{json.dumps(ROW)}\n{json.dumps(ROW)}\n")
    told = run("-C", tmp_path, "build", "verdict", "--measurements", files[1], "--json").out
    assert json.loads(told)["measurements"] == 1
    files[0].write_text(told)
    said = ("--verdict", files[0], "--measurements", files[1])
    answer = run("-C", tmp_path, "build", "report", *said)
    assert answer.status == 0, answer.err


def test_a_report_is_of_one_verdict(run: Run, tmp_path: Path, files: tuple[Path, Path]) -> None:
    words = ("--run", "20990101T000000.000000Z-build", "--verdict", files[0])
    answer = run("-C", tmp_path, "build", "report", *words)
    assert (answer.status, answer.out) == (2, "")
    assert "--run and --verdict" in answer.err
    assert not (tmp_path / "build").exists()


def test_what_is_no_verdict_is_refused(run: Run, tmp_path: Path, files: tuple[Path, Path]) -> None:
    answer = run("-C", tmp_path, "build", "report", "--verdict", files[1])
    assert answer.status == 2
    assert "is no JSON" in answer.err
    files[0].write_text('{"schema": "millwright.design/1"}')
    answer = run("-C", tmp_path, "build", "report", "--verdict", files[0])
    assert "'millwright.design/1', not 'millwright.verdict/1'" in answer.err


def test_without_a_run_the_report_says_what_to_do(run: Run, tmp_path: Path) -> None:
    answer = run("-C", tmp_path, "build", "report")
    assert answer.status == 2
    assert "no burn-in was run here" in answer.err


def test_a_stream_of_ocp_lines_is_written_for_every_node(
    run: Run, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    words = ("build", "report", "--verdict", files[0], "--measurements", files[1], "--ocptv")
    answer = run("-C", tmp_path, *words, "--json")
    assert answer.status == 0, answer.err
    written = [Path(name) for name in json.loads(answer.out)["files"] if "ocptv" in name]
    assert [path.name for path in written] == ["gpu1.jsonl", "gpu2.jsonl"]
    for path in written:
        told = run("read", "ocptv", path, "--json")
        facts = json.loads(told.out)["facts"]
        assert (told.status, facts["hosts"], facts["missing"]) == (0, [path.stem], 0)
