"""A page as its reader uses it: found, sorted, filtered, in the dark, on a phone, on paper."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from millwright.adapters.cablefile import HEADER, rows
from millwright.adapters.catalogs import load
from millwright.adapters.htmlpage import html
from millwright.design.solve import solve
from millwright.reports.book import Plans, book_volumes
from millwright.reports.cabling import cabled
from millwright.reports.heatmap import heatmap
from millwright.reports.page import Field, Figure, Grid, Mark, Page, Section
from millwright.reports.plots import Limit, Reading, histogram, strip
from millwright.reports.timeline import Span, timeline
from tests.browser.conftest import Browser
from tests.conftest import factory
from tests.unit.reports.test_pages import HOSTILE, page_of

pytestmark = pytest.mark.browser

SHOWN = (
    "return [...document.querySelectorAll('tbody tr:not([hidden])')].map(r => r.cells[0].innerText)"
)
WIDTHS = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


OVERLAPS = """
const found = [];
for (const picture of document.querySelectorAll('figure svg')) {
  const boxes = [...picture.querySelectorAll('text')].map(t => [t, t.getBoundingClientRect()]);
  boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > Math.min(a.height, b.height) / 2)
      found.push(`${one.textContent} / ${other.textContent}`);
  }));
}
return found;
"""


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


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build book of a small design."""
    catalog = load(None).catalog
    design = solve(factory(blueprint="lab", compute=[{"name": "gpu", "nodes": 4}]), catalog)
    lines = rows(design.cables, design.cluster.devices, {})
    cables = cabled(dict(zip(HEADER, line, strict=True)) for line in lines)
    (volume,) = book_volumes(Plans(design.cluster, cables, catalog, {}, "test"))
    path = tmp_path_factory.mktemp("pages") / "book.html"
    path.write_text(html(volume.page), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_a_build_book_fits_its_screen_and_its_words_do_not_lie_on_each_other(
    browser: Browser, book: Path, width: int
) -> None:
    browser.open(book, width)
    whole, seen = browser.ask(WIDTHS)
    assert whole <= seen
    assert browser.complaints() == []
    assert browser.ask(OVERLAPS) == []


def test_one_search_finds_a_device_in_every_rack_and_opens_what_is_folded(
    browser: Browser, book: Path
) -> None:
    browser.open(book)
    browser.driver.execute_async_script(
        "const box = document.querySelector('nav input'); box.value = 'gpu3';"
        "box.dispatchEvent(new Event('input')); setTimeout(arguments[0], 400)"
    )
    told = browser.ask(
        "return [...document.querySelectorAll('main section:not([hidden]) tbody tr:not([hidden])')]"
        ".map(r => [r.innerText, r.checkVisibility()])"
    )
    assert told
    assert all("gpu3" in text and visible for text, visible in told)
    assert browser.ask("return document.querySelector('#signatures').hidden") is True


def test_pictures_of_a_fleet_keep_their_words_apart(browser: Browser, tmp_path: Path) -> None:
    readings = [
        Reading(f"gpu{n:03d} gpu{n % 8}", 400 + (n * 37 % 90) / 9, "bad" if n < 8 else None)
        for n in range(300)
    ]
    lines = [Limit(401.0, "bar >= 401 GB/s"), Limit(405.0, "median 405 GB/s", is_bar=False)]
    columns = [f"a_metric_with_a_long_name_{n}" for n in range(24)]
    tones = {(f"gpu{n:03d}", columns[n % 24]): "bad" for n in range(60)}
    pictures = (
        strip("strip", "GB/s", readings, lines),
        histogram("histogram", "GB/s", readings, lines),
        heatmap("map", [row for row, _ in tones], columns, tones),  # type: ignore[arg-type]
        timeline("time", [Span(f"test-{n}", n * 60, n * 60 + 50, "bad") for n in range(12)]),
    )
    section = Section("a", "Pictures", tuple(Figure(picture, wide=0.75) for picture in pictures))
    path = tmp_path / "pictures.html"
    path.write_text(html(Page("Pictures", "x", "y", (section,))), encoding="utf-8")
    for width in (1280, 390):
        browser.open(path, width)
        assert browser.ask(OVERLAPS) == []
