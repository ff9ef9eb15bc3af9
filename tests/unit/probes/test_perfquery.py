"""perfquery: counters by port, exact to the last digit, and never of a port that is not known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from millwright.probes.perfquery import read

from .laws import (
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_nothing_new,
    scraps,
    torn,
)

TWO = """# Port extended counters: Lid 1719 port 1 (CapMask: 0x5300 CapMask2: 0x0000002)
PortSelect:......................1
CounterSelect:...................0x0000
PortXmitData:....................36298026860928
SymbolErrorCounter:..............0
LinkDownedCounter:...............1
PortXmitWait:....................41864608
# Port extended counters: Lid 1719 port 2 (CapMask: 0x5300 CapMask2: 0x0000002)
PortSelect:......................2
CounterSelect:...................0x0000
PortXmitData:....................26006570014026
SymbolErrorCounter:..............12
LinkDownedCounter:...............3
PortXmitWait:....................5
"""


def test_each_port_has_its_own_counters() -> None:
    reading = read(TWO)
    first, second = reading.facts.ports
    assert (first.lid, first.port, first.extended) == (1719, 1, True)
    assert first.value("PortXmitData") == 36298026860928
    assert second.value("PortXmitData") == 26006570014026
    assert second.value("QP1Dropped") is None
    assert not reading.problems


def test_errors_are_measured_by_port() -> None:
    found = {(each.metric, each.params): each.value for each in read(TWO).measurements}
    assert found["ib_link_downed", (("port", 2),)] == 3
    assert found["ib_symbol_errors", (("port", 1),)] == 0


@given(st.integers(0, 2**64 - 1))
def test_a_counter_of_64_bits_keeps_every_digit(value: int) -> None:
    text = TWO.replace("36298026860928", str(value))
    assert read(text).facts.ports[0].value("PortXmitData") == value


def test_short_counters_are_read_too() -> None:
    text = TWO.replace("extended ", "")
    assert [port.extended for port in read(text).facts.ports] == [False, False]


def test_a_lost_heading_gives_its_counters_to_nobody() -> None:
    lines = TWO.splitlines(keepends=True)
    reading = read("".join(lines[:7] + lines[8:]))
    assert reading.facts.ports[0].value("PortXmitData") == 36298026860928
    assert reading.facts.ports[1].lid is None
    assert {each.value for each in reading.measurements} == {0, 1, 41864608}
    assert reading.problems


def test_a_refusal_of_the_tool_is_a_problem() -> None:
    reading = read("ibwarn: [7] mad_rpc: _do_madrpc failed; dport (Lid 9)\nperfquery: failed\n")
    assert len(reading.problems) == 3


def test_a_cut_at_any_place_gives_no_new_value() -> None:
    assert not assert_cuts_are_harmless(read, TWO).problems


def test_line_ends_do_not_matter() -> None:
    assert_line_ends_do_not_matter(read, TWO)


@given(torn(TWO))
def test_lost_and_doubled_lines_give_no_new_value(text: str) -> None:
    assert_nothing_new(read, text, read(TWO))


@given(scraps(TWO))
def test_no_text_is_too_much(text: str) -> None:
    read(text)
