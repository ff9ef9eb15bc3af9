"""`manage runbook`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Run


def test_one_runbook_is_written_in_three_forms(run: Run, tmp_path: Path) -> None:
    answer = run("-C", tmp_path, "manage", "runbook", "xid:79", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    assert told["schema"] == "millwright.runbooks/1"
    (book,) = told["runbooks"]
    assert "xid:79" in book["faults"]
    assert [Path(each).name for each in book["files"]] == [
        "gpu-lost.md", "gpu-lost.html", "gpu-lost.pdf"
    ]  # fmt: skip
    assert (tmp_path / "runbooks" / "gpu-lost.pdf").read_bytes().startswith(b"%PDF")


def test_all_are_written_where_it_is_told_and_twice_give_the_same(run: Run, tmp_path: Path) -> None:
    words = ("-C", tmp_path, "manage", "runbook", "--no-pdf", "--out")
    assert run(*words, tmp_path / "a").status == 0
    assert run(*words, tmp_path / "b").status == 0
    first = sorted((tmp_path / "a").iterdir())
    assert len(first) > 100
    for path in first:
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_site_s_word_stands_in_its_runbook(run: Run, tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "own.yaml").write_text(
        "schema: millwright.catalog/1\nfault_overrides:\n"
        "  - {id: 'xid:79', action: power-cycle, why: 'restarts never helped here'}\n"
    )
    assert run("-C", tmp_path, "manage", "runbook", "xid:79", "--no-pdf").status == 0
    text = (tmp_path / "runbooks" / "gpu-lost.md").read_text()
    assert "| xid:79 | site | power-cycle |  |  | yes: power-cycle |" in text


def test_what_nobody_knows_writes_nothing(run: Run, tmp_path: Path) -> None:
    answer = run("-C", tmp_path, "manage", "runbook", "gpu-lots")
    assert answer.status == 2
    assert "did you mean 'gpu-lost'" in answer.err
    assert not (tmp_path / "runbooks").exists()
