"""`design report`: what was solved, for people who decide."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

from openpyxl import Workbook, load_workbook

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
    page, paper, _ = (Path(name) for name in told["files"])
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


def test_a_package_is_three_files_of_the_same_values(run: Run, tmp_path: Path) -> None:
    (tmp_path / "factory.yaml").write_text(CLINIC)
    assert run("-C", tmp_path, "design", "solve").status == 0
    answer = run("-C", tmp_path, "design", "report")
    assert answer.status == 0, answer.err
    names = [Path(line).name for line in answer.out.split()]
    assert names == ["report.html", "report.pdf", "report.xlsx"]
    text = (tmp_path / "design" / "report.html").read_text()
    book = load_workbook(tmp_path / "design" / "report.xlsx")
    assert {"Summary", "BOM", "Cables", "Racks", "Addresses", "Power", "TCO", "Assumptions"} <= set(
        book.sheetnames
    )
    for sheet in book:
        assert sheet.freeze_panes == "A2", sheet.title
        assert sheet.auto_filter.ref, sheet.title
    cost = json.loads(run("-C", tmp_path, "design", "show", "cost", "--json").out)
    found = reckoned(book)
    for name, number in cost["numbers"].items():
        if name in found:
            assert math.isclose(found[name], number["value"], rel_tol=1e-9), name
    assert f"{round(found['first-purchase']):,}" in text
    for words in ("ESTIMATED PRICES", "Executive summary", "used", "Risks and findings"):
        assert words in text


def reckoned(book: Workbook) -> dict[str, float]:
    """Return the numbers of the sheet of costs, reckoned as a spreadsheet reckons them."""

    def value(sheet: str, cell: str) -> float:
        found = book[sheet][cell.replace("$", "")].value
        return of(sheet, found[1:]) if isinstance(found, str) else float(found or 0)

    def of(sheet: str, formula: str) -> float:
        summed = re.fullmatch(r'SUMIF\(BOM!\$F\$2:\$F\$(\d+),"([a-z]+)",BOM!.*\)', formula)
        if summed:
            last, group = int(summed[1]), summed[2]
            rows = [at for at in range(2, last + 1) if book["BOM"][f"F{at}"].value == group]
            return sum(value("BOM", f"J{at}") for at in rows)
        cells = re.sub(
            r"(?:([A-Z][a-z]+)!)?(\$?[A-Z]\$?\d+)",
            lambda at: repr(value(at[1] or sheet, at[2])),
            formula,
        )
        assert re.fullmatch(r"[-+*/^() .\de]+", cells), cells
        return float(eval(cells.replace("^", "**")))  # noqa: S307

    page = book["TCO"]
    return {str(row[0].value): value("TCO", row[2].coordinate) for row in page.iter_rows(min_row=2)}


def test_a_price_book_takes_the_place_of_estimates_and_the_page_says_so(
    run: Run, tmp_path: Path
) -> None:
    spec = "schema: millwright.factory/1\nname: bare\nblueprint: dgx-superpod-h100\n"
    (tmp_path / "factory.yaml").write_text(f"{spec}compute: [{{name: gpu, nodes: 4}}]\n")
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "prices.yaml").write_text(
        "schema: millwright.catalog/1\n"
        "sources: [{id: quote-17, title: Quote 17, evidence: verified}]\n"
        "prices: [{name: dgx-h100, amount: 123456, source: quote-17}]\n"
    )
    assert run("-C", tmp_path, "design", "solve").status == 0
    told = json.loads(run("-C", tmp_path, "design", "show", "cost", "--json").out)
    (server,) = [line for line in told["lines"] if line["item"] == "dgx-h100"]
    assert (server["amount"], server["own"], server["source"]) == (4 * 123456, True, "quote-17")
    assert run("-C", tmp_path, "design", "report").status == 0
    text = (tmp_path / "design" / "report.html").read_text()
    assert "prices of your own price book; the others are estimates" in text
    assert "price book, quote-17" in text


def test_every_figure_of_a_package_can_be_asked_for(run: Run, tmp_path: Path) -> None:
    (tmp_path / "factory.yaml").write_text(CLINIC)
    assert run("-C", tmp_path, "design", "why", "tco.total").status == 2
    assert run("-C", tmp_path, "design", "solve").status == 0
    for root in ("tco", "storage", "design"):
        listed = json.loads(run("-C", tmp_path, "design", "why", root, "--json").out)["numbers"]
        assert listed
        for name, number in listed.items():
            assert number["formula"] or number["source"], name
            assert set(number["inputs"]) <= set(listed), name
    told = json.loads(run("-C", tmp_path, "design", "why", "tco.total", "--json").out)
    assert "running" in told["made_of"]
    wrong = run("-C", tmp_path, "design", "why", "tco.totl")
    assert wrong.status == 2
    assert "total" in wrong.err


def test_requirements_are_told_with_their_lines(run: Run, tmp_path: Path) -> None:
    (tmp_path / "factory.yaml").write_text(CLINIC)
    assert run("-C", tmp_path, "design", "solve").status == 0
    answer = run("-C", tmp_path, "design", "show", "requirements", "--json")
    found = {each["path"]: each for each in json.loads(answer.out)["requirements"]}
    asked = found["workloads.report.deadline_days"]
    assert asked["line"] == 7
    assert asked["answer"]["state"] == "met"
    assert "report" in found["zones.cloud.kind"]["answer"]["text"]


def test_a_report_opens_with_what_is_not_met_and_names_the_rest_in_an_appendix(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "factory.yaml").write_text(CLINIC)
    assert run("-C", tmp_path, "design", "solve").status == 0
    assert run("-C", tmp_path, "design", "report").status == 0
    text = (tmp_path / "design" / "report.html").read_text()
    front, last = (
        text[text.index(f'<section id="{name}"') :].partition("</section>")[0]
        for name in ("requirements", "spec-lines")
    )
    assert "workloads.report.deadline_days" in front
    assert "zones.cloud.kind" not in front
    assert "zones.cloud.kind" in last
    assert text.index('id="spec-lines"') > text.index('<section id="origin"')
    sheet = load_workbook(tmp_path / "design" / "report.xlsx")["Requirements"]
    paths = {row[1].value for row in sheet.iter_rows(min_row=2)}
    assert {"workloads.report.deadline_days", "zones.cloud.kind"} <= paths
