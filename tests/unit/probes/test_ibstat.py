"""ibstat and ibstatus: ports by adapter, in any state, and what a broken output may still say."""

from __future__ import annotations

from hypothesis import given

from millwright.probes.ibstat import Port, read

from .laws import (
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_nothing_new,
    scraps,
    torn,
)

TWO = """CA 'mlx5_0'
\tCA type: MT4129
\tNumber of ports: 1
\tFirmware version: 28.39.1002
\tHardware version: 0
\tNode GUID: 0xa088c20300e3142a
\tSystem image GUID: 0xa088c20300e3142a
\tPort 1:
\t\tState: Active
\t\tPhysical state: LinkUp
\t\tRate: 400
\t\tBase lid: 75
\t\tLMC: 0
\t\tSM lid: 334
\t\tCapability mask: 0xa751e848
\t\tPort GUID: 0xa088c20300e3142a
\t\tLink layer: InfiniBand
CA 'mlx5_1'
\tCA type: MT4125
\tNumber of ports: 2
\tFirmware version: 22.39.1002
\tHardware version: 0
\tNode GUID: 0xe8ebd303003307da
\tSystem image GUID: 0xe8ebd303003307da
\tPort 1:
\t\tState: Down
\t\tPhysical state: Disabled
\t\tRate: 40
\t\tBase lid: 0
\t\tLMC: 0
\t\tSM lid: 0
\t\tCapability mask: 0x00010000
\t\tPort GUID: 0x0000000000000000
\t\tLink layer: Ethernet
\tPort 2:
\t\tState: Initializing
\t\tPhysical state: LinkUp
\t\tRate: 100
\t\tBase lid: 65535
\t\tLMC: 0
\t\tSM lid: 0
\t\tCapability mask: 0x00010000
\t\tPort GUID: 0xeaebd3fffe3307da
\t\tLink layer: IB
"""
STATUS = """Infiniband device 'mlx5_0' port 1 status:
\tdefault gid:\t fe80:0000:0000:0000:0015:5dff:fd34:11eb
\tbase lid:\t 0x33bf
\tsm lid:\t\t 0x1
\tstate:\t\t 4: ACTIVE
\tphys state:\t 5: LinkUp
\trate:\t\t 200 Gb/sec (4X HDR)
\tlink_layer:\t InfiniBand

Infiniband device 'mlx5_0' port 2 status:
\tdefault gid:\t unknown
\tbase lid:\t 0x0
\tsm lid:\t\t 0x0
\tstate:\t\t 1: DOWN
\tphys state:\t 3: Disabled
\trate:\t\t 10 Gb/sec (4X SDR)
\tlink_layer:\t InfiniBand

"""


def test_ports_stand_under_their_adapters_in_the_state_that_they_are_in() -> None:
    reading = read(TWO)
    first, second = reading.facts.adapters
    assert (first.name, first.kind, first.firmware) == ("mlx5_0", "MT4129", "28.39.1002")
    assert first.ports[0] == Port(
        number=1,
        state="Active",
        physical_state="LinkUp",
        rate_gbps=400.0,
        base_lid=75,
        sm_lid=334,
        lmc=0,
        capability_mask="0xa751e848",
        guid="0xa088c20300e3142a",
        link_layer="InfiniBand",
    )
    assert [port.state for port in second.ports] == ["Down", "Initializing"]
    assert not reading.problems


def test_only_an_active_port_has_a_rate_worth_measuring() -> None:
    (measured,) = (m for m in read(TWO).measurements if m.metric == "ib_port_rate")
    assert (measured.metric, measured.value, measured.unit) == ("ib_port_rate", 400.0, "Gb/s")
    assert (measured.device, measured.params) == ("mlx5_0", (("port", 1),))


def test_every_port_that_says_its_state_is_up_or_down() -> None:
    told = [m for m in read(TWO).measurements if m.metric == "ib_port_active"]
    assert [(m.device, m.params[0][1], m.value) for m in told] == [
        ("mlx5_0", 1, 1.0),
        ("mlx5_1", 1, 0.0),
        ("mlx5_1", 2, 0.0),
    ]
    for line in ("\t\tState: Active\n", "\t\tPhysical state: LinkUp\n"):
        half = read(TWO.replace(line, "", 1)).measurements
        assert not [m for m in half if m.device == "mlx5_0"]


def test_ibstatus_speaks_of_ports_in_the_same_words_once_read() -> None:
    reading = read(STATUS)
    (adapter,) = reading.facts.adapters
    up, down = adapter.ports
    assert (up.state, up.physical_state, up.rate_gbps) == ("Active", "LinkUp", 200.0)
    assert (up.width_speed, up.base_lid, up.active) == ("4X HDR", 0x33BF, True)
    assert (down.number, down.state, down.active) == (2, "Down", False)
    assert not reading.problems


def test_a_panic_behind_good_adapters_is_a_problem_and_they_still_count() -> None:
    reading = read(TWO + "ibpanic: [14] main: stat of IB device 'mlx5_8' failed: No such file\n")
    assert len(reading.facts.adapters) == 2
    assert [problem.line for problem in reading.problems] == [45]


def test_bare_lists_of_guids_are_read_with_their_hosts() -> None:
    reading = read("VM_hostname node1\n0ff08c4321664e96\nVM_hostname node2\n1c34da03005baca4\n")
    assert [(each.host, each.guid) for each in reading.facts.guids] == [
        ("node1", "0ff08c4321664e96"),
        ("node2", "1c34da03005baca4"),
    ]
    assert read("0xa088c20300e3142a\n").facts.guids[0].host is None


def test_nothing_said_is_a_problem() -> None:
    assert [problem.message for problem in read("").problems] == ["no adapter is listed"]
    assert read("bash: line 1: ibstat: command not found\n").problems


def test_a_port_without_an_end_says_so() -> None:
    cut = TWO[: TWO.index("Rate: 400") + len("Rate: 40")]
    reading = read(cut)
    assert reading.facts.adapters[0].ports[0].rate_gbps is None
    assert reading.problems[0].message == "the last line may be cut: Rate: 40"


def test_a_last_word_of_a_closed_list_needs_no_newline() -> None:
    assert read(TWO.rstrip("\n")) == read(TWO)


def test_a_lost_heading_mixes_no_two_ports() -> None:
    lost = TWO.replace("\tPort 2:\n", "")
    reading = read(lost)
    assert reading.problems
    assert reading.facts.adapters[1].ports[0].rate_gbps != 100.0


def test_a_cut_at_any_place_gives_no_new_value() -> None:
    assert not assert_cuts_are_harmless(read, TWO).problems
    assert not assert_cuts_are_harmless(read, STATUS).problems


def test_line_ends_do_not_matter() -> None:
    assert_line_ends_do_not_matter(read, TWO)
    assert_line_ends_do_not_matter(read, STATUS)


@given(torn(TWO))
def test_lost_and_doubled_lines_give_no_new_value(text: str) -> None:
    assert_nothing_new(read, text, read(TWO))


@given(torn(STATUS))
def test_lost_and_doubled_lines_of_ibstatus_give_no_new_value(text: str) -> None:
    assert_nothing_new(read, text, read(STATUS))


@given(scraps(TWO + STATUS))
def test_no_text_is_too_much(text: str) -> None:
    read(text)
