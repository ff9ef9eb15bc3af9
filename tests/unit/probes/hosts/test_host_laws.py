"""Every reader of hosts against broken texts: problems, never an exception, never a new number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.probes import registry
from millwright.probes.reading import MARK, Tool

from ..breaking import assert_cuts_invent_nothing, assert_doubt_is_told, values, without
from ..laws import (
    assert_line_ends_do_not_matter,
    assert_long_lines_are_read_quickly,
    scraps,
)
from .outputs import LSTOPO_TEXT, OUTPUTS

CASES = [(name, text) for name, texts in OUTPUTS.items() for text in texts]
IDS = [f"{name}-{at}" for name, texts in OUTPUTS.items() for at, _ in enumerate(texts)]
EACH = pytest.mark.parametrize(("name", "text"), CASES, ids=IDS)
NAMES = pytest.mark.parametrize("name", OUTPUTS)
PIECES = (
    "1",
    " ",
    "\n",
    "\r",
    "[",
    '{"',
    "a: ",
    "a : ",
    "| ",
    "lldp.a",
    "Interface: a",
    'A="',
    "    *-a",
    "=== START OF ",
    "  1 A",
    "Temperature: 1",
    "a/ports/1/",
    "├─",
    "1,",
    "--- ",
    "<object ",
    "Length (",
)


def tool(name: str) -> Tool:
    """Return a registered tool."""
    found = registry.named(name)
    assert found is not None
    return found


@EACH
def test_a_whole_output_is_read_without_a_problem(name: str, text: str) -> None:
    reading = tool(name).read(text)
    assert (reading.tool, reading.problems, reading.simulated) == (name, (), False)


@EACH
def test_a_cut_output_invents_nothing(name: str, text: str) -> None:
    if text == LSTOPO_TEXT:
        # Its numbers count what is listed: of a list that ends early there is less.
        return
    assert_cuts_invent_nothing(tool(name).read, text)


@EACH
@settings(max_examples=25, deadline=None)
@given(at=st.lists(st.integers(-100, 100), min_size=1, max_size=3))
def test_lost_and_doubled_lines_give_no_new_number_without_a_problem(
    name: str, text: str, at: list[int]
) -> None:
    if name == "lstopo":
        # A line of XML may be one whole object: without it the document is as good as before.
        tool(name).read(without(text, at))
    else:
        assert_doubt_is_told(tool(name).read, text, without(text, at))


@EACH
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_pieces_in_any_order_are_read_without_an_exception(
    name: str, text: str, data: st.DataObject
) -> None:
    tool(name).read(data.draw(scraps(text)))


@EACH
@settings(max_examples=25, deadline=None)
@given(at=st.integers(0, 10**6), bit=st.integers(0, 6))
def test_a_flipped_bit_is_read_without_an_exception(
    name: str, text: str, at: int, bit: int
) -> None:
    place = at % len(text)
    flipped = chr(ord(text[place]) ^ (1 << bit))
    tool(name).read(text[:place] + flipped + text[place + 1 :])


@EACH
@settings(max_examples=15, deadline=None)
@given(at=st.integers(0, 10**6), noise=st.text(max_size=40))
def test_noise_is_read_without_an_exception(name: str, text: str, at: int, noise: str) -> None:
    place = at % (len(text) + 1)
    tool(name).read(text[:place] + noise + text[place:])


@EACH
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(name: str, text: str) -> None:
    assert_line_ends_do_not_matter(tool(name).read, text)


@EACH
def test_a_word_before_the_output_changes_no_number_and_is_a_problem(name: str, text: str) -> None:
    reading = tool(name).read(f"bash: warning: setlocale: LC_ALL: cannot change locale\n{text}")
    assert values(reading) == values(tool(name).read(text))
    if name not in ("smartctl", "lscpu"):
        assert reading.problems


@NAMES
@pytest.mark.parametrize(
    "text", ["", "\n", "\ufeff", "\x00", "\ud800", "{", "{}", "[" * 5000, "<a>" * 999, "no such"]
)
def test_nothing_is_a_problem(name: str, text: str) -> None:
    reading = tool(name).read(text)
    assert reading.problems
    assert not reading.measurements


@NAMES
@settings(max_examples=15, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_read_without_an_exception(name: str, text: str) -> None:
    tool(name).read(text)


@NAMES
def test_a_long_line_takes_a_moment(name: str) -> None:
    assert_long_lines_are_read_quickly(tool(name).read, PIECES)


@NAMES
def test_what_is_simulated_says_so(name: str) -> None:
    assert tool(name).read(f"# {MARK}\n{OUTPUTS[name][0]}").simulated
