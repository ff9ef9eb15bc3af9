"""Pages as values, and the two papers that they become."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters.htmlpage import html, runs
from millwright.adapters.pdfpage import TAGGED_ROWS, _plain, breakable, pdf, rows_of
from millwright.adapters.symbols import symbol
from millwright.reports.elevation import Mounted, elevation
from millwright.reports.page import (
    SIMULATED,
    Beside,
    Checklist,
    Fact,
    Facts,
    Field,
    Figure,
    Gallery,
    Grid,
    Label,
    Labels,
    Mark,
    Notice,
    Page,
    Paragraph,
    Points,
    Section,
    Signatures,
    plain,
    shown,
)
from millwright.reports.picture import Box, Dots, Picture, Sign, Stroke, Words, fitting, svg

HOSTILE = '<script>alert(1)</script>" onload="x" #panic("x") $x$ \\u{0} {{ 7*7 }} ]] *b*'


def page_of(text: str, rows: int = 2) -> Page:
    """Return a page with every kind of block, all of whose texts are the given one."""
    picture = Picture(
        text,
        text,
        100,
        40,
        (
            Box(1, 1, 20, 10, "panel", "soft", 1, tip=text),
            Stroke(((0, 0), (9, 9)), dashed=True),
            Dots(((3, 3), (4, 4)), 2),
            Sign(30, 10, 8, "bad", text),
            Sign(40, 10, 8, "warn"),
            Sign(50, 10, 8, "unknown"),
            Words(5, 30, text),
        ),
    )
    fields = (
        Field(text),
        Field("n", "number", "W"),
        Field("v", "mark"),
        Field("c", "code"),
        Field("done", "tick"),
    )
    grid = Grid(fields, ((text, 1234, Mark("FAIL", "bad"), text, None),) * rows, text, text)
    blocks = (
        Paragraph(text),
        Facts((Fact(text, text, text), Fact("v", Mark("PASS", "good"))), large=True),
        Notice("UNKNOWN", text, "unknown"),
        Points((text, text), text),
        grid,
        Figure(picture, text),
        Gallery((Figure(picture, text), Figure(picture))),
        Beside((Paragraph(text),), (Grid(fields, (), empty=text),)),
        Checklist(text, (text,)),
        Signatures(text, (text,)),
        Labels((Label(text, text, text, "id", symbol("id")),)),
    )
    section = Section("a", text, blocks, lead=text, mark=Mark("WARN", "warn"))
    return Page(text, text, text, (section,), text, text, "bad", (SIMULATED,), (Fact(text, 1.5),))


class _Attributes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {name for name, _ in attrs}


def attributes(text: str) -> set[str]:
    """Return the names of all attributes of a document, as a browser reads them."""
    parser = _Attributes()
    parser.feed(text)
    return parser.names


def test_a_hostile_text_stays_text_in_html() -> None:
    told = html(page_of(HOSTILE))
    assert told.count("<script>") == 1
    assert "<script>alert" not in told
    assert not [name for name in attributes(told) if name.startswith("on") or name == "style"]
    assert "http://" not in told.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in told
    assert "default-src 'none'" in told


def test_contents_stand_where_a_section_is_listed_and_nowhere_else() -> None:
    page = page_of("x")
    none = tuple(dataclasses.replace(each, listed=False) for each in page.sections)
    assert "<summary>Contents" in html(page)
    assert "Contents" not in html(dataclasses.replace(page, sections=none))


def test_a_hostile_text_stays_text_in_a_pdf() -> None:
    assert pdf(page_of(HOSTILE)).startswith(b"%PDF-1.")


@given(st.text(st.characters(codec=None), max_size=60))
def test_a_picture_of_any_text_is_well_formed(text: str) -> None:
    picture = Picture(text, text, 10, 10, (Words(1, 1, text), Box(0, 0, 1, 1, "ink", tip=text)))
    for paper in (True, False):
        ElementTree.fromstring(svg(picture, paper=paper))


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\ufffe", "x" * 3000, "‮rtl", "😀" * 50])
def test_odd_letters_spoil_no_paper(text: str) -> None:
    page = page_of(text)
    html(page).encode("utf-8", "replace")
    assert pdf(page).startswith(b"%PDF-1.")


def test_equal_pages_are_equal_to_the_byte() -> None:
    assert html(page_of("x")) == html(page_of("x"))
    assert pdf(page_of("x")) == pdf(page_of("x"))


def test_a_long_page_is_set_by_a_process_of_its_own() -> None:
    page = page_of("x", TAGGED_ROWS)
    assert rows_of(page) > TAGGED_ROWS
    assert pdf(page).startswith(b"%PDF-1.")


def test_what_is_not_known_is_a_dash_and_a_status_is_a_word() -> None:
    cells = (None, "", 0, 1024, 2.5, Mark("FAIL", "bad"))
    assert [shown(cell) for cell in cells] == ["–", "–", "0", "1,024", "2.5", "FAIL"]


@given(st.text(max_size=200))
def test_a_breakable_text_reads_as_before(text: str) -> None:
    plain = json.loads(json.dumps(text)).replace("\u200b", "")
    assert len(breakable(plain).replace("\u200b", "")) == len(plain)


@given(st.text(min_size=1, max_size=80), st.floats(5, 400))
def test_a_fitted_text_is_no_longer_than_its_room(text: str, room: float) -> None:
    assert len(fitting(text, room, 10)) <= max(len(text), 0)
    assert len(fitting(text, room, 10)) * 10 * 0.56 <= room


def test_devices_stand_in_a_rack_where_their_units_are() -> None:
    picture = elevation("r1", 42, [Mounted("a", "m", 1, 8), Mounted("b", "m", 9, 1)], ("pdu",))
    assert "U9: b; U1 to U8: a" in picture.description
    bodies = [s for s in picture.shapes if isinstance(s, Box) and s.tip.startswith(("a:", "b:"))]
    upper, lower = sorted(bodies, key=lambda box: box.y)
    assert upper.tip.startswith("b:")
    assert upper.y + upper.height <= lower.y
    assert 7.5 < lower.height / upper.height < 9


def test_a_symbol_is_square_and_its_runs_hold_every_dark_dot() -> None:
    code = symbol("compute:leaf-01-1:1/19/1")
    assert {len(row) for row in code} == {len(code)}
    lengths = re.findall(r"h(\d+)", runs(code))
    assert sum(map(int, lengths)) == sum(row.count("1") for row in code)


SAID = "run `design <why>` now"


def test_backticks_become_letters_of_fixed_width_on_both_papers() -> None:
    blocks = (
        Paragraph(SAID),
        Facts((Fact(SAID, SAID, SAID),)),
        Notice("NOTE", SAID),
        Points((SAID,), SAID),
        Grid((Field("what"),), ((SAID,),), SAID, SAID, elsewhere=SAID),
        Checklist(SAID, (SAID,)),
        Signatures(SAID, ("owner",)),
    )
    page = Page("a", "b", SAID, (Section("s", SAID, blocks, lead=SAID),))
    body = html(page).partition("<body")[2].partition("<script>")[0]
    assert "run <code>design &lt;why&gt;</code> now" in body
    assert "`" not in body
    assert pdf(page) == pdf(page)


def test_a_line_that_a_machine_said_keeps_its_backticks() -> None:
    grid = Grid((Field("command", "code"),), (("echo `date`",),))
    page = Page("a", "b", "c", (Section("s", "S", (grid,)),))
    assert "echo `date`" in html(page)
    assert _plain(grid)["rows"] == [["echo `\u200bdate`\u200b"]]


@given(st.text())
def test_taking_words_apart_loses_backticks_alone(text: str) -> None:
    assert plain(text).replace("`", "") == text.replace("`", "")
    assert plain("no such sign") == "no such sign"
