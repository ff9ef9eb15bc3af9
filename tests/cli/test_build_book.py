"""`build book`: what a crew is given is the design, whole."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture(scope="module")
def lab(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sites") / "small"
    assert run("init", folder, "--blueprint", "lab", "--nodes", "4").status == 0
    assert run("-C", folder, "design", "solve").status == 0
    answer = run("-C", folder, "build", "book", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    assert told["simulated"] is True
    assert sorted(Path(name).name for name in told["files"]) == [
        "book.html",
        "book.pdf",
        "labels.csv",
        "labels.html",
        "labels.pdf",
    ]
    return folder


def test_every_cable_has_a_label_on_both_ends(lab: Path) -> None:
    with open(lab / "design" / "cables.csv", newline="") as file:
        cables = list(csv.DictReader(file))
    with open(lab / "build" / "labels.csv", newline="") as file:
        labels = list(csv.DictReader(file))
    assert len(labels) == 2 * len(cables)
    told = {(label["cable_id"], label["label"]) for label in labels}
    assert told == {(c["id"], c[key]) for c in cables for key in ("label_a", "label_b")}


def test_the_book_names_every_rack_device_and_label(lab: Path) -> None:
    book = (lab / "build" / "book.html").read_text()
    cluster = json.loads((lab / "design" / "cluster.json").read_text())
    names = [thing["name"] for thing in (*cluster["rack_units"], *cluster["devices"])]
    assert [name for name in names if f">{name}<" not in book] == []
    with open(lab / "design" / "cables.csv", newline="") as file:
        for cable in csv.DictReader(file):
            assert cable["label_a"].replace(">", "&gt;") in book
            assert cable["label_b"].replace(">", "&gt;") in book


def test_the_book_says_that_it_is_simulated_and_what_it_does_not_know(lab: Path) -> None:
    book = (lab / "build" / "book.html").read_text()
    assert "SIMULATED" in book
    assert "Lengths of cables: they come with the floor plan." in book
    assert "the design has none" in book


def test_an_unchanged_design_gives_the_same_book_byte_for_byte(run: Run, lab: Path) -> None:
    before = {path.name: path.read_bytes() for path in (lab / "build").iterdir()}
    assert run("-C", lab, "build", "book", TZ="Asia/Tokyo", LC_ALL="C").status == 0
    assert {path.name: path.read_bytes() for path in (lab / "build").iterdir()} == before


def test_no_book_is_made_of_a_stale_design(run: Run, lab: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lab, copy, ignore=shutil.ignore_patterns("build"))
    with open(copy / "factory.yaml", "a") as file:
        file.write("currency: EUR\n")
    answer = run("-C", copy, "build", "book")
    assert answer.status == 1
    assert "stale" in answer.err
    assert not (copy / "build").exists()
