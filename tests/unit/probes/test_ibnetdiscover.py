"""ibnetdiscover: every link once, whichever end tells it, and doubts named where ends disagree."""

from __future__ import annotations

from hypothesis import given

from millwright.probes.ibnetdiscover import End, by_description, read

from .laws import (
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_nothing_new,
    scraps,
    torn,
)

SMALL = """#
# Topology file: generated on Wed Nov 25 16:08:10 2026
#
# Initiated from node 0000000000100000 port 0000000000100001

vendid=0x2c9
devid=0xd2f2
sysimgguid=0x200001
switchguid=0x200001(200001)
Switch\t65 "S-0000000000200001"\t\t# "MF0;spine1:MQM9701/U1" enhanced port 0 lid 4 lmc 0
[1]\t"S-0000000000200000"[3]\t\t# "leaf1" lid 2 4xNDR
[2]\t"S-0000000000200000"[4]\t\t# "leaf1" lid 2 4xNDR
[65]\t"H-0000000000200009"[1](200009) \t\t# "Mellanox Technologies Aggregation Node" lid 193 4xNDR

vendid=0x2c9
devid=0xd2f2
sysimgguid=0x200000
switchguid=0x200000(200000)
Switch\t65 "S-0000000000200000"\t\t# "leaf1" base port 0 lid 2 lmc 0
[1]\t"H-0000000000100000"[1](100001) \t\t# "gpu001 mlx5_0" lid 3 4xNDR s=7 w=2 v=5 e=0
[2]\t"H-0000000000100002"[1](100003) \t\t# "gpu002 mlx5_0" lid 13 2xNDR
[3]\t"S-0000000000200001"[1]\t\t# "MF0;spine1:MQM9701/U1" lid 4 4xNDR
[4]\t"S-0000000000200001"[2]\t\t# "MF0;spine1:MQM9701/U1" lid 4 4xNDR

vendid=0x2c9
devid=0x1021
sysimgguid=0x200009
caguid=0x200009
Ca\t1 "H-0000000000200009"\t\t# "Mellanox Technologies Aggregation Node"
[1](200009) \t"S-0000000000200001"[65]\t\t# lid 193 lmc 0 "MF0;spine1:MQM9701/U1" lid 4 4xNDR

vendid=0x2c9
devid=0x1021
sysimgguid=0x100002
caguid=0x100002
Ca\t1 "H-0000000000100002"\t\t# "gpu002 mlx5_0"
[1](100003) \t"S-0000000000200000"[2]\t\t# lid 13 lmc 0 "leaf1" lid 2 2xNDR

vendid=0x2c9
devid=0x1021
sysimgguid=0x100000
caguid=0x100000
Ca\t1 "H-0000000000100000"\t\t# "gpu001 mlx5_0"
[1](100001) \t"S-0000000000200000"[1]\t\t# lid 3 lmc 0 "leaf1" lid 2 4xNDR s=7 w=2 v=5 e=0

"""


def test_nodes_are_sorted_by_kind_and_aggregation_nodes_are_marked() -> None:
    fabric = read(SMALL).facts
    assert [node.description for node in fabric.switches] == ["MF0;spine1:MQM9701/U1", "leaf1"]
    assert [node.description for node in fabric.adapters if not node.aggregation] == [
        "gpu002 mlx5_0",
        "gpu001 mlx5_0",
    ]
    spine = fabric.switches[0]
    assert (spine.ports, spine.lid, spine.device_id) == (65, 4, "0xd2f2")
    assert fabric.generated == "Wed Nov 25 16:08:10 2026"


def test_every_link_stands_once_with_both_ends_and_its_speed() -> None:
    reading = read(SMALL)
    links = reading.facts.links
    assert len(links) == 5
    assert all(link.confirmed for link in links)
    assert links[0].a == End("0000000000200001", "MF0;spine1:MQM9701/U1", 1)
    assert links[0].b == End("0000000000200000", "leaf1", 3)
    assert (links[0].width, links[0].speed, links[0].gbps) == (4, "NDR", 400.0)
    assert [link.gbps for link in links if link.b.description == "gpu002 mlx5_0"] == [200.0]
    assert not reading.problems


def test_links_are_found_by_the_name_of_either_end() -> None:
    found = by_description(read(SMALL).facts)
    assert len(found["leaf1"]) == 4
    (link,) = found["gpu001 mlx5_0"]
    assert {link.a.description, link.b.description} == {"gpu001 mlx5_0", "leaf1"}


def test_a_peer_that_is_missing_is_a_problem_and_the_link_is_unconfirmed() -> None:
    lost = SMALL[: SMALL.index("vendid=0x2c9\ndevid=0x1021\nsysimgguid=0x100000")]
    reading = read(lost)
    assert [problem.message for problem in reading.problems] == [
        "port 1 of leaf1: its peer does not confirm the link"
    ]
    doubted = [link for link in reading.facts.links if not link.confirmed]
    assert [link.b.description for link in doubted] == ["gpu001 mlx5_0"]


def test_ends_that_contradict_each_other_make_no_link() -> None:
    crossed = SMALL.replace('[3]\t"S-0000000000200001"[1]', '[3]\t"S-0000000000200001"[7]')
    reading = read(crossed)
    assert any("leads elsewhere" in problem.message for problem in reading.problems)
    assert not [link for link in reading.facts.links if link.confirmed and link.a.port == 3]


def test_ends_that_differ_in_speed_have_none() -> None:
    reading = read(SMALL.replace('"leaf1" lid 2 2xNDR', '"leaf1" lid 2 4xHDR'))
    (link,) = by_description(reading.facts)["gpu002 mlx5_0"]
    assert (link.confirmed, link.speed, link.gbps) == (True, None, None)
    assert any("differ in speed" in problem.message for problem in reading.problems)


def test_a_speed_that_nobody_knows_is_not_guessed() -> None:
    reading = read(SMALL.replace("2xNDR", "2xND"))
    assert any("not understood" in problem.message for problem in reading.problems)
    assert all(link.b.description != "gpu002 mlx5_0" for link in reading.facts.links)


def test_a_fabric_that_does_not_answer_is_a_problem() -> None:
    reading = read("src/ibnetdisc.c:811; can't open MAD port ((null):0)\n")
    assert [problem.line for problem in reading.problems] == [1, None]


def test_a_cut_at_any_place_gives_no_new_value() -> None:
    assert not assert_cuts_are_harmless(read, SMALL).problems


def test_line_ends_do_not_matter() -> None:
    assert_line_ends_do_not_matter(read, SMALL)


@given(torn(SMALL))
def test_lost_and_doubled_lines_give_no_new_value(text: str) -> None:
    assert_nothing_new(read, text, read(SMALL))


@given(scraps(SMALL))
def test_no_text_is_too_much(text: str) -> None:
    read(text)


def test_ten_thousand_lines_are_read_whole() -> None:
    switch = 'Switch\t65 "S-{0:016x}"\t\t# "sw{0}" base port 0 lid 4 lmc 0'
    port = '[{1}]\t"S-{2:016x}"[{1}]\t\t# "sw{2}" lid 2 4xNDR'
    lines = []
    for at in range(160):
        lines += ["", switch.format(at)]
        lines += [port.format(at, number, at ^ 1) for number in range(1, 65)]
    reading = read("\n".join([*lines, ""]))
    assert (len(reading.facts.links), len(reading.problems)) == (160 * 64 // 2, 0)
