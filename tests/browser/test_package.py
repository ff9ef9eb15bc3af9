"""The design package as its reader uses it: a customer's, from the contents to the last price."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Browser
from tests.browser.test_pages import OVERLAPS, WIDTHS
from tests.cli.test_design_report import CLINIC
from tests.conftest import Run

pytestmark = pytest.mark.browser

BILL = """
const grid = [...document.querySelectorAll('#bill table.grid')][0];
const rows = [...grid.tBodies[0].rows].filter(row => !row.hidden);
return rows.map(row => [row.cells[2].innerText, row.cells[5].innerText]);
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """The package of a spec of workloads alone, with a text that would like to be markup."""
    folder = tmp_path_factory.mktemp("package")
    hostile = 'customer: "<script>alert(1)</script> & Sons"\n'
    (folder / "factory.yaml").write_text(CLINIC + hostile)
    for words in (("design", "solve"), ("design", "report")):
        answer = run("-C", folder, *words)
        assert answer.status == 0, answer.err
    return folder / "design" / "report.html"


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (1280, True)])
def test_a_package_fits_its_screen_fetches_nothing_and_says_nothing_in_the_console(
    browser: Browser, package: Path, width: int, dark: bool
) -> None:
    browser.complaints(), browser.requests()
    browser.open(package, width, dark=dark)
    whole, seen = browser.ask(WIDTHS)
    assert whole <= seen
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith("chrome:")] == [
        package.as_uri()
    ]
    assert browser.ask(OVERLAPS) == []


def test_every_entry_of_the_contents_leads_to_its_section(browser: Browser, package: Path) -> None:
    browser.open(package)
    links = browser.ask("return [...document.querySelectorAll('nav a')].map(a => a.hash)")
    assert len(links) > 12
    for name in ("#cost", "#bill", "#summary"):
        browser.ask("document.querySelector(`nav a[href='${arguments[0]}']`).click()", name)
        top = "return document.querySelector(arguments[0]).getBoundingClientRect().top"
        assert abs(browser.ask(top, name)) < 40
    assert all(browser.ask("return !!document.querySelector(arguments[0])", at) for at in links)


def test_the_bill_is_searched_and_sorted_by_its_amounts(browser: Browser, package: Path) -> None:
    browser.open(package)
    typed = (
        "const box = document.querySelector('#bill .tools input'); box.value = arguments[0];"
        "box.dispatchEvent(new Event('input'))"
    )
    browser.ask(typed, "server")
    found = [item for item, _ in browser.ask(BILL)]
    assert found
    assert "cat5e" not in found
    browser.ask(typed, "")
    assert "cat5e" in [item for item, _ in browser.ask(BILL)]
    browser.ask("document.querySelectorAll('#bill th button')[5].click()")
    amounts = [int(told.replace(",", "")) for _, told in browser.ask(BILL)]
    assert amounts == sorted(amounts)
