"""A page as its reader uses it: found, sorted, filtered, in the dark, on a phone, on paper."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from millwright.adapters.htmlpage import html
from millwright.reports.page import Field, Grid, Mark, Page, Section
from tests.browser.conftest import Browser
from tests.unit.reports.test_pages import HOSTILE, page_of

pytestmark = pytest.mark.browser

SHOWN = (
    "return [...document.querySelectorAll('tbody tr:not([hidden])')].map(r => r.cells[0].innerText)"
)
WIDTHS = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a table of 4,000 nodes."""
    tones = {"PASS": "good", "FAIL": "bad", "UNKNOWN": "unknown"}
    marks = [Mark(word, tone) for word, tone in tones.items()]  # type: ignore[arg-type]
    rows = tuple(
        (
            f"gpu{n}",
            None if n == 7 else float((n * 7919) % 4001),
            marks[n % 10 if n % 10 < 3 else 0],
        )
        for n in range(1, 4001)
    )
    fields = (Field("node", "code"), Field("busbw", "number", "GB/s"), Field("verdict", "mark"))
    section = Section("nodes", "Nodes", (Grid(fields, rows, "Nodes"),))
    path = tmp_path_factory.mktemp("pages") / "nodes.html"
    path.write_text(html(Page("Report", "nodes", "Complete.", (section,))), encoding="utf-8")
    return path


def test_search_and_filter_leave_what_fits(browser: Browser, nodes: Path) -> None:
    browser.open(nodes)
    typed = (
        "const box = document.querySelector('.tools input'); box.value = arguments[0];"
        "box.dispatchEvent(new Event('input'))"
    )
    browser.ask(typed, "gpu399")
    found = browser.ask(SHOWN)
    assert found == ["gpu399", *(f"gpu399{n}" for n in range(10))]
    assert browser.ask("return document.querySelector('.tools output').value") == "11 of 4,000 rows"
    chosen = (
        "const s = document.querySelector('.tools select'); s.value = 'FAIL';"
        "s.dispatchEvent(new Event('change'))"
    )
    browser.ask(chosen)
    assert browser.ask(SHOWN) == ["gpu3991"]
    browser.ask(typed, "")
    assert len(browser.ask(SHOWN)) == 400


def test_sorting_goes_by_number_and_by_name_and_leaves_gaps_last(
    browser: Browser, nodes: Path
) -> None:
    browser.open(nodes)
    click = "document.querySelectorAll('th button')[arguments[0]].click()"
    values = "return [...document.querySelectorAll('tbody tr')].map(r => r.cells[1].innerText)"
    for reverse in (False, True):
        browser.ask(click, 1)
        told = browser.ask(values)
        numbers = [int(text.replace(",", "")) for text in told[:-1]]
        assert told[-1] == "–"
        assert numbers == sorted(numbers, reverse=reverse)
    browser.ask(click, 0)
    assert browser.ask(SHOWN) == [f"gpu{n}" for n in range(1, 4001)]
    assert browser.ask("return document.querySelector('th').ariaSort") == "ascending"


def test_the_head_of_a_long_table_stays_in_sight(browser: Browser, nodes: Path) -> None:
    browser.open(nodes)
    browser.ask("document.querySelector('.tall').scrollTop = 9000")
    top = (
        "const top = e => document.querySelector(e).getBoundingClientRect().top;"
        "return top('th') - top('.tall')"
    )
    assert abs(browser.ask(top)) <= 2


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_hostile_page_runs_nothing_asks_for_nothing_and_fits(
    browser: Browser, tmp_path: Path, width: int, dark: bool
) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(html(page_of(HOSTILE + "w" * 300, 9)), encoding="utf-8")
    browser.complaints(), browser.requests()
    browser.open(path, width, dark=dark)
    whole, seen = browser.ask(WIDTHS)
    assert whole <= seen <= width < seen + 20
    assert browser.complaints() == []
    assert browser.requests() == [path.as_uri()]
    colours = "const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]"
    ground, ink = (_light(colour) for colour in browser.ask(colours))
    assert (ground < 60 < 180 < ink) if dark else (ground > 240 > 80 > ink)


def _light(colour: str) -> float:
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) / 3


def test_without_scripts_everything_is_there(browser: Browser, nodes: Path) -> None:
    off = "Emulation.setScriptExecutionDisabled"
    browser.driver.execute_cdp_cmd(off, {"value": True})
    try:
        browser.open(nodes)
    finally:
        browser.driver.execute_cdp_cmd(off, {"value": False})
    assert len(browser.ask(SHOWN)) == 4000
    assert browser.ask("return document.querySelectorAll('input, button, select').length") == 0


def test_on_paper_nothing_is_folded_or_cut(browser: Browser, nodes: Path) -> None:
    browser.open(nodes)
    told = browser.driver.execute_cdp_cmd("Page.printToPDF", {})
    pages = base64.b64decode(told["data"]).count(b"/Type /Page\n")
    assert pages > 40
