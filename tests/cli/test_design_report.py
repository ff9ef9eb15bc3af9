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


CLINIC = """\
schema: millwright.factory/1
name: clinic
zones:
  - {name: campus, kind: on-prem, jurisdiction: US}
  - {name: cloud, kind: cloud, jurisdiction: US}
workloads:
  - {name: report, kind: training, parameters_b: 7, tokens_b: 300, deadline_days: 30,
     data: {class: phi, residency: [US]}}
growth: [{after_months: 12, factor: [1, 2, 8]}]
storage: {tier: better}
"""


def test_a_report_tells_what_the_design_is_for_what_was_decided_and_what_is_estimated(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "factory.yaml").write_text(CLINIC)
    assert run("-C", tmp_path, "design", "solve").status == 0
    answer = run("-C", tmp_path, "design", "report")
    assert answer.status == 0, answer.err
    text = (tmp_path / "design" / "report.html").read_text()
    for words in (
        "What it is for",
        "of 30 days",
        "ESTIMATES",
        "mfu_dense",
        "Growth that is foreseen",
        "What was decided",
        "report runs in campus",
        "45 CFR 164.308(b)",
        "Storage and spares",
        "gpu-hours-per-failure",
        "Lengths",
    ):
        assert words in text, words


def test_a_report_of_hardware_alone_says_nothing_of_workloads(run: Run, tmp_path: Path) -> None:
    spec = "schema: millwright.factory/1\nname: bare\nblueprint: dgx-superpod-h100\n"
    (tmp_path / "factory.yaml").write_text(f"{spec}compute: [{{name: gpu, nodes: 4}}]\n")
    assert run("-C", tmp_path, "design", "solve").status == 0
    assert run("-C", tmp_path, "design", "report").status == 0
    text = (tmp_path / "design" / "report.html").read_text()
    assert "What it is for" not in text
    assert "What was decided" not in text
