"""Cables seen against cables planned: each is accounted for once, by the right name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.build.cables import compare
from millwright.model.cabling import Compared, End, Listing, SeenLink, Spot, merged
from millwright.reports.cables import cable_lines, cables_document

from .pod import HOSTS, Floor, boxes, host, plan, renamed, spot_of

COUNT = len(plan())
TWO = {"swapped": 2, "extra": 0, "duplicate-name": 0}


def accounted(compared: Compared) -> int:
    """Return how many planned links a comparison speaks of."""
    in_findings = sum(TWO.get(each.kind, 1) for each in compared.findings)
    return compared.ok + in_findings + len(compared.not_observed)


def kinds(compared: Compared) -> list[str]:
    """Return the classes of the findings."""
    return [each.kind for each in compared.findings]


def test_cables_that_lie_as_planned_are_all_ok() -> None:
    compared = compare(Floor().listing(), plan(), boxes())
    assert (compared.ok, compared.findings, compared.names, compared.doubts) == (COUNT, (), (), ())


def test_a_swapped_pair_is_one_finding_that_names_the_two_ends_to_exchange() -> None:
    floor = Floor()
    floor.exchange(0, 1)
    compared = compare(floor.listing(), plan(), boxes())
    (finding,) = compared.findings
    assert (finding.kind, len(finding.planned), len(finding.observed)) == ("swapped", 2, 2)
    assert set(finding.exchange) == {("leaf-1", "1/1"), ("leaf-1", "1/2")}
    assert accounted(compared) == COUNT


def test_two_adapters_of_one_host_that_are_swapped_are_exchanged_at_the_host() -> None:
    floor = Floor()
    other = next(at for at, (a, _) in enumerate(floor.wires) if a == (host(1), "OSFP2"))
    floor.exchange(0, other)
    (finding,) = compare(floor.listing(), plan(), boxes()).findings
    assert finding.kind == "swapped"
    assert set(finding.exchange) == {(host(1), "OSFP1"), (host(1), "OSFP2")}


def test_a_cut_cable_is_missing_and_one_whose_port_says_so_is_down() -> None:
    floor = Floor()
    cut = floor.wires.pop(3)
    assert kinds(compare(floor.listing(), plan(), boxes())) == ["missing"]
    listing = Listing(floor.links(), down=[spot_of(cut[1])])
    assert kinds(compare(listing, plan(), boxes())) == ["down"]


def test_a_cable_on_another_port_of_its_leaf_is_on_a_wrong_port() -> None:
    floor = Floor()
    spare = {**boxes()}
    spare["leaf-1"] = replace(spare["leaf-1"], labels={**spare["leaf-1"].labels, "60": "1/60"})
    floor.wires[0] = (floor.wires[0][0], ("leaf-1", "1/60"))

    def shown(end: End) -> Spot:
        if end == ("leaf-1", "1/60"):
            return replace(spot_of(("leaf-1", "1/1")), label="60")
        return spot_of(end)

    compared = compare(floor.listing(shown), plan(), spare)
    (finding,) = compared.findings
    assert (finding.kind, finding.planned[0].a) == ("wrong-port", (host(1), "OSFP1"))
    assert "leaf-1 1/60" in finding.note
    assert accounted(compared) == COUNT


def test_a_cable_on_the_leaf_of_another_rail_is_on_a_wrong_rail() -> None:
    floor = Floor()
    gone = next(at for at, (a, _) in enumerate(floor.wires) if a == (host(2), "OSFP2"))
    floor.wires[0] = (floor.wires[0][0], floor.wires[gone][1])
    del floor.wires[gone]
    compared = compare(floor.listing(), plan(), boxes())
    assert sorted(kinds(compared)) == ["wrong-port", "wrong-rail"]
    assert "rail 2" in next(each.note for each in compared.findings if each.kind == "wrong-rail")
    assert accounted(compared) == COUNT


def test_a_slow_cable_has_a_wrong_speed_and_an_unknown_speed_says_nothing() -> None:
    assert set(kinds(compare(Floor(gbps=200).listing(), plan(), boxes()))) == {"wrong-speed"}
    assert compare(Floor(gbps=None).listing(), plan(), boxes()).findings == ()
    assert compare(Floor(gbps=392.6).listing(), plan(), boxes()).findings == ()


def test_another_part_is_a_wrong_part() -> None:
    floor = Floor()
    planned = [replace(each, part_number="980-A") for each in plan()]
    links = [replace(link, part_number="980-A") for link in floor.links()]
    links[0] = replace(links[0], part_number="980-B")
    links[1] = replace(links[1], part_number=None)
    compared = compare(Listing(links), planned, boxes())
    assert (kinds(compared), compared.ok) == (["wrong-part"], COUNT - 1)


def test_a_link_that_nobody_planned_is_extra() -> None:
    stranger = Spot("guid-x", "switch", "visitor", "3", "MF0;visitor:MQM9700/U1")
    links = [*Floor().links(), SeenLink(stranger, replace(stranger, unit="guid-y", label="4"))]
    compared = compare(Listing(links), plan(), boxes())
    assert kinds(compared)[0] == "extra"
    assert compared.ok == COUNT


def test_hosts_that_were_renamed_by_a_rule_are_recognised_and_said() -> None:
    names = {host(number): f"dgx-{number:02d}.example.org" for number in range(1, HOSTS + 1)}
    compared = compare(Floor().listing(renamed(names)), plan(), boxes())
    assert (compared.ok, compared.findings) == (COUNT, ())
    assert {(each.device, each.how) for each in compared.names} == {
        (host(number), "pattern") for number in range(1, HOSTS + 1)
    }


def test_a_fabric_in_which_everything_has_another_name_is_recognised_by_its_numbers() -> None:
    names = {host(number): f"dgx-{number:02d}" for number in range(1, HOSTS + 1)}
    names |= {"leaf-1": "IBLEAF01", "leaf-2": "IBLEAF02", "spine-1": "core1", "spine-2": "core2"}
    compared = compare(Floor().listing(renamed(names)), plan(), boxes())
    assert (compared.ok, compared.findings) == (COUNT, ())
    assert {each.device for each in compared.names} == set(boxes())


def test_numbers_that_links_contradict_name_nobody() -> None:
    names = {host(number): f"dgx-{HOSTS + 1 - number}" for number in range(1, HOSTS + 1)}
    compared = compare(Floor().listing(renamed(names)), plan(), boxes())
    assert compared.ok == COUNT
    assert {(each.device, each.how) for each in compared.names} == {
        (host(number), "links") for number in range(1, HOSTS + 1)
    }


def test_a_host_with_a_name_of_its_own_is_recognised_by_its_links() -> None:
    compared = compare(Floor().listing(renamed({host(3): "athena"})), plan(), boxes())
    assert (compared.ok, compared.findings) == (COUNT, ())
    (naming,) = compared.names
    assert (naming.said, naming.device, naming.how, naming.links) == ("athena", host(3), "links", 2)


def test_a_name_that_a_person_gave_wins() -> None:
    listing = Floor().listing(renamed({host(3): "athena"}))
    compared = compare(listing, plan(), boxes(), {"Athena": host(3)})
    assert [each.how for each in compared.names] == ["given"]
    assert compared.ok == COUNT


def test_switches_without_a_name_are_recognised_by_their_links() -> None:
    compared = compare(Floor().listing(renamed({"spine-1": "", "leaf-2": ""})), plan(), boxes())
    assert (compared.ok, compared.findings) == (COUNT, ())
    assert {each.device for each in compared.names} == {"spine-1", "leaf-2"}


def test_who_fits_nowhere_is_ambiguous_and_its_links_are_not_ok() -> None:
    everyone = {name: f"x{at}y" for at, name in enumerate(boxes())}
    compared = compare(Floor().listing(renamed(everyone)), plan(), boxes())
    assert compared.ok == 0
    assert len(compared.doubts) == len(boxes())
    assert accounted(compared) == COUNT


def test_two_hosts_of_one_name_are_found_and_told_apart_by_their_links() -> None:
    def shown(end: End) -> Spot:
        spot = spot_of(end)
        if end[0] in (host(1), host(2)):
            said = f"{host(1)} {spot.label.partition('/')[0]}"
            return replace(spot, unit=f"{end[0]}-{end[1]}", name=host(1), said=said)
        return spot

    compared = compare(Floor().listing(shown), plan(), boxes())
    assert (kinds(compared), compared.ok) == (["duplicate-name"], COUNT)
    assert host(2) in compared.findings[0].note


def test_an_adapter_without_a_name_is_inferred_from_where_it_is_plugged_in() -> None:
    def shown(end: End) -> Spot:
        if end == (host(4), "OSFP2"):
            return Spot("guid-4", "host", None, "?", "MT4129 ConnectX7   Mellanox Technologies")
        return spot_of(end)

    compared = compare(Floor().listing(shown), plan(), boxes())
    assert (compared.ok, compared.inferred, compared.findings) == (COUNT, 1, ())


def test_adapters_that_count_from_one_are_those_that_count_from_nought() -> None:
    def shown(end: End) -> Spot:
        spot = spot_of(end)
        label = spot.label.replace("mlx5_1/", "HCA-2/").replace("mlx5_0/", "HCA-1/")
        return replace(spot, label=label)

    compared = compare(Floor().listing(shown), plan(), boxes())
    assert (compared.ok, compared.inferred) == (COUNT, 0)


def test_adapters_that_are_counted_by_fabric_are_those_that_their_links_show() -> None:
    sparse = {
        name: replace(box, labels={"mlx5_0/1": "OSFP1", "mlx5_3/1": "OSFP2"})
        if box.kind == "host"
        else box
        for name, box in boxes().items()
    }

    def shown(end: End) -> Spot:
        spot = spot_of(end)
        label = spot.label.replace("mlx5_1/", "HCA-1/").replace("mlx5_0/", "HCA-4/")
        return replace(spot, label=label)

    compared = compare(Floor().listing(shown), plan(), sparse)
    assert (compared.ok, compared.findings) == (COUNT, ())


def test_ports_of_other_names_are_learned_by_what_most_links_show() -> None:
    def shown(end: End) -> Spot:
        spot = spot_of(end)
        label = spot.label.replace("mlx5_1/1", "ibs2").replace("mlx5_0/1", "ibs1")
        return replace(spot, label=label)

    floor = Floor()
    other = next(at for at, (a, _) in enumerate(floor.wires) if a == (host(1), "OSFP2"))
    floor.exchange(0, other)
    compared = compare(floor.listing(shown), plan(), boxes())
    assert kinds(compared) == ["swapped"]
    assert compared.ok == COUNT - 2


def test_what_nobody_was_asked_about_is_not_observed() -> None:
    floor = Floor()
    asked = frozenset({host(1)})
    links = [link for link in floor.links() if host(1) in (link.a.unit, link.b.unit)]
    compared = compare(Listing(links[:1], reporters=asked), plan(), boxes())
    assert (compared.ok, kinds(compared)) == (1, ["missing"])
    assert len(compared.not_observed) == COUNT - 2
    assert accounted(compared) == COUNT


def test_a_fabric_of_which_nothing_is_seen_is_named_and_not_counted() -> None:
    storage = [
        replace(each, id=f"s{each.id}", fabric="storage", b=("st-leaf", each.b[1]))
        for each in plan()
    ]
    own = {**boxes(), "st-leaf": replace(boxes()["leaf-1"], name="st-leaf")}
    compared = compare(Floor().listing(), [*plan(), *storage], own)
    assert (compared.planned, compared.fabrics, compared.unseen) == (
        COUNT,
        ("compute",),
        ("storage",),
    )


def test_comparisons_of_two_fabrics_are_one_document() -> None:
    floor = Floor()
    floor.exchange(0, 1)
    one = compare(floor.listing(), plan(), boxes())
    both = merged([one, compare(Floor().listing(), plan(), boxes())])
    assert (both.planned, both.ok, kinds(both)) == (2 * COUNT, 2 * COUNT - 2, ["swapped"])
    document = cables_document(both, {}, {"format": "ibnetdiscover"})
    assert document["schema"] == "millwright.cables/1"
    (finding,) = document["findings"]
    assert (finding["class"], len(finding["planned"]), len(finding["observed"])) == (
        "swapped",
        2,
        2,
    )
    assert "exchange" in list(cable_lines(both))[0]


def test_many_links_of_one_fault_are_one_line() -> None:
    lines = list(cable_lines(compare(Floor(gbps=10).listing(), plan(), boxes())))
    assert len(lines) == 2
    assert lines[0].startswith(f"wrong-speed     {COUNT} links: 10 Gb/s, planned 400 Gb/s")


@settings(deadline=None)
@given(data=st.data())
def test_whatever_is_wrong_every_planned_link_is_accounted_for_once(data: st.DataObject) -> None:
    floor = Floor()
    for one, other in data.draw(
        st.lists(st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)), max_size=4)
    ):
        floor.exchange(one, other)
    gone = data.draw(st.sets(st.integers(0, COUNT - 1), max_size=4))
    floor.wires = [wire for at, wire in enumerate(floor.wires) if at not in gone]
    names = data.draw(
        st.dictionaries(
            st.sampled_from(sorted(boxes())), st.sampled_from(["a", "b7", "gpu002"]), max_size=2
        )
    )
    compared = compare(floor.listing(renamed(names)), plan(), boxes())
    assert accounted(compared) == COUNT
    document = cables_document(compared, {}, {})
    assert len(document["findings"]) == len(compared.findings)


@pytest.mark.parametrize("seed", range(5))
def test_every_exchange_of_two_ends_of_host_cables_is_a_swap_or_harmless(seed: int) -> None:
    for other in range(COUNT):
        if other == seed:
            continue
        floor = Floor()
        floor.exchange(seed, other)
        compared = compare(floor.listing(), plan(), boxes())
        assert kinds(compared) == ["swapped"], (seed, other)
        assert compared.ok == COUNT - 2
