"""`design grow`: stages, what waits for them, and what would move."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.conftest import Run

SPEC = """schema: millwright.factory/1
name: pod
blueprint: dgx-superpod-h100
compute: [{name: gpu, scalable_units: 1}]
growth: [{after_months: 12, factor: 2}]
"""


@pytest.fixture
def pod(tmp_path: Path) -> Path:
    (tmp_path / "factory.yaml").write_text(SPEC)
    return tmp_path


def test_stages_are_told_as_tables_as_a_document_and_as_rows(run: Run, pod: Path) -> None:
    shown = run("-C", pod, "design", "grow")
    assert shown.status == 0, shown.err
    for words in (
        "pod · growth in 1 stage after day one, likely case", "What is bought when",
        "What is kept free, and when it is taken", "128 of 826", "MW-D-053", "final-spines (best)",
        "128 installed things move", "`--way best` plans it",
    ):  # fmt: skip
        assert words in shown.out
    told = json.loads(run("-C", pod, "design", "grow", "--json").out)
    assert told["schema"] == "millwright.growth-stages/1"
    assert len(told["stages"][1]["moves"]) == 128
    assert told["reserved"][0].keys() >= {"what", "where", "name", "since", "taken", "taker"}
    rows = csv.DictReader(
        io.StringIO(run("-C", pod, "design", "grow", "--show", "bought", "--csv").out)
    )
    servers = [row for row in rows if row["item"] == "dgx-h100"]
    assert [(row["stage"], row["quantity"]) for row in servers] == [
        ("day one", "31"), ("month 12", "32"),
    ]  # fmt: skip
    assert not (pod / "design").exists()


def test_moves_are_an_answer_and_a_status_where_it_is_asked_for(run: Run, pod: Path) -> None:
    assert run("-C", pod, "design", "grow", "--exit-code").status == 1
    best = run("-C", pod, "design", "grow", "--way", "best", "--exit-code")
    assert best.status == 0
    assert "nothing installed moves" in best.out
    assert "spine compute" in best.out
    moves = run("-C", pod, "design", "grow", "--show", "moves", "--csv").out.splitlines()
    assert len(moves) == 129
    assert run("-C", pod, "design", "grow", "--way", "best", "--show", "moves").out == "none\n"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--case", "hihg"], 2, "high"),
        (["--show", "movs"], 2, "moves"),
        (["--way", "sideways"], 1, "final-spines"),
    ],
)
def test_wrong_words_are_told_with_the_right_ones(
    run: Run, pod: Path, words: list[str], status: int, told: str
) -> None:
    answer = run("-C", pod, "design", "grow", *words)
    assert (answer.status, answer.out) == (status, "")
    assert told in answer.err


def test_a_spec_without_growth_and_a_site_that_is_too_small_are_the_answer_no(
    run: Run, pod: Path
) -> None:
    (pod / "factory.yaml").write_text(SPEC.replace("growth:", "# "))
    answer = run("-C", pod, "design", "grow")
    assert answer.status == 1
    assert "MW-D-058  growth: the spec foresees no growth" in answer.err
    assert json.loads(run("-C", pod, "design", "grow", "--json").out)["stages"] is None
    (pod / "factory.yaml").write_text(SPEC + "site: {power: {available_kw: 400}}\n")
    answer = run("-C", pod, "design", "grow")
    assert answer.status == 1
    assert "month 12 cannot be built: MW-D-060" in answer.out


def test_each_rule_of_growth_is_explained(run: Run) -> None:
    for number in range(50, 60):
        answer = run("explain", f"MW-D-{number:03d}")
        assert answer.status == 0, answer.err
