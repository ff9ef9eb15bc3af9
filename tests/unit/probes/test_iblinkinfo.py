"""iblinkinfo: every port with its state, and what the tool thinks that a link could do better."""

from __future__ import annotations

from hypothesis import given

from millwright.probes.iblinkinfo import read

from .laws import (
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_nothing_new,
    scraps,
    torn,
)

SMALL = """Switch: 0x0000000000200001 spine1:
           4    1[  ] ==( 4X        100.0 Gbps Active/  LinkUp)==>       2    3[  ] "leaf1" ( )
           4    3[  ] ==(                Down/ Polling)==>             [  ] "" ( )
CA: gpu002 mlx5_0:
      0x0000000000100003     13    1[  ] ==( 2X           50.0 Gbps Active/  LinkUp)==>       2    2[  ] "leaf1" (Could be 4X)
"""  # noqa: E501


def test_ports_have_state_speed_and_peer() -> None:
    reading = read(SMALL)
    up, down, adapter = reading.facts.ports
    assert (up.node, up.port, up.state, up.gbps) == ("spine1", 1, "Active", 400.0)
    assert (up.peer, up.peer_port, up.could) == ("leaf1", 3, None)
    assert (down.state, down.physical_state, down.gbps, down.peer) == (
        "Down",
        "Polling",
        None,
        None,
    )
    assert (adapter.guid, adapter.gbps, adapter.could) == (
        "0x0000000000100003",
        100.0,
        "Could be 4X",
    )
    assert not reading.problems


def test_nothing_said_is_a_problem() -> None:
    assert read("").problems
    assert read("ibwarn: [3] get_abi_version: can't read ABI version\n").problems


def test_ports_whose_heading_is_lost_are_not_those_of_the_node_before() -> None:
    reading = read(SMALL.replace("CA: gpu002 mlx5_0:\n", ""))
    assert {port.node for port in reading.facts.ports} == {"spine1"}
    assert [problem.line for problem in reading.problems] == [4]


def test_a_cut_at_any_place_gives_no_new_value() -> None:
    assert_cuts_are_harmless(read, SMALL)


def test_line_ends_do_not_matter() -> None:
    assert_line_ends_do_not_matter(read, SMALL)


@given(torn(SMALL))
def test_lost_and_doubled_lines_give_no_new_value(text: str) -> None:
    assert_nothing_new(read, text, read(SMALL))


@given(scraps(SMALL))
def test_no_text_is_too_much(text: str) -> None:
    read(text)
