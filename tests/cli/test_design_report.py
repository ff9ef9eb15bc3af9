"""`design report`: what was solved, for people who decide."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Run


def test_a_design_is_told_as_html_and_pdf(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    assert run("init", folder, "--blueprint", "lab", "--nodes", "4").status == 0
    assert run("-C", folder, "design", "report").status == 2
    assert run("-C", folder, "design", "solve").status == 0
    answer = run("-C", folder, "design", "report", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    assert told["simulated"] is True
    page, paper = (Path(name) for name in told["files"])
    text = page.read_text()
    assert paper.read_bytes().startswith(b"%PDF-1.")
    bill = json.loads((folder / "design" / "bom.json").read_text())["lines"]
    found = json.loads((folder / "design" / "cluster.json").read_text())["findings"]
    lock = json.loads((folder / "factory.lock.json").read_text())["files"]
    for words in (*(line["item"] for line in bill), *(f["rule"] for f in found), *lock.values()):
        assert words in text
    assert "not computed" in text
    assert "SIMULATED" in text
