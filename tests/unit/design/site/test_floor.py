"""Where racks stand, how long cables are, and what does not reach."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.design.brief import brief_of
from millwright.design.site.floorplan import plan_of
from millwright.design.site.reach import check_cages, mixed_cages
from millwright.design.site.routes import Spot, route_m, sold_m
from millwright.design.solve import solve
from millwright.errors import Infeasible
from millwright.reports.floor import lengths_table, pulls_table, unmeasured
from millwright.reports.floorpicture import floor_pictures
from tests.conftest import factory, superpod
from tests.unit.design.test_laws import CATALOG, asked

PLAN = plan_of(brief_of(superpod(1), CATALOG))
HEIGHT = 48 * 0.04445


def spot(rack: str, x: float, y: float, height: float) -> Spot:
    return Spot(rack, x, y, height, HEIGHT)


@settings(max_examples=60, deadline=None)
@given(asked())
def test_no_two_racks_stand_on_one_place_and_every_cable_covers_its_way(
    spec: dict[str, Any],
) -> None:
    design = solve(factory(**spec), CATALOG)
    places = Counter((rack.row, rack.position) for rack in design.cluster.rack_units)
    if design.cluster.simulated:
        assert not any(design.cables.length_m)
        return
    assert max(places.values()) == 1
    inside = {d.name for d in design.cluster.devices if d.rack and not d.external}
    table = design.cables
    for a, b, name, length in zip(
        table.a_device, table.b_device, table.cable, table.length_m, strict=True
    ):
        assert (length > 0) == (a in inside and b in inside)
        cable = CATALOG.cables.get(name)
        assert cable is None or length <= cable.reach_m.value


@settings(max_examples=40, deadline=None)
@given(asked(), st.integers(1, 40))
def test_growth_moves_no_rack_on_the_floor(spec: dict[str, Any], more: int) -> None:
    larger = {**spec, "compute": [{"name": "gpu", "nodes": spec["compute"][0]["nodes"] + more}]}
    try:
        old, new = (solve(factory(**s), CATALOG).cluster for s in (spec, larger))
    except Infeasible:
        return
    now = {rack.name: (rack.x_m, rack.y_m) for rack in new.rack_units}
    assert all(now[rack.name] == (rack.x_m, rack.y_m) for rack in old.rack_units)


@settings(max_examples=40, deadline=None)
@given(asked())
def test_no_cage_carries_two_kinds_of_fibre(spec: dict[str, Any]) -> None:
    assert not list(mixed_cages(solve(factory(**spec), CATALOG).cables, CATALOG))


def test_a_way_rises_to_the_tray_follows_it_and_comes_down() -> None:
    here, there = spot("a", 0.0, 0.0, 1.0), spot("b", 3.5, 4.8, 0.5)
    rises = (HEIGHT - 1.0) + (HEIGHT - 0.5) + 2 * 0.3
    assert route_m(PLAN, here, there) == pytest.approx(rises + 3.5 + 4.8 + 1.0)
    assert route_m(PLAN, here, spot("a", 0.0, 0.0, 1.4)) == pytest.approx(0.4 + 0.6 + 1.0)
    assert sold_m(CATALOG.cables["fibre-mmf-400g"], 10.2) == 15
    assert sold_m(CATALOG.cables["fibre-mmf-400g"], 50.2) == 51


def test_multimode_over_60_m_is_refused_where_it_is_insisted_on() -> None:
    far = {"floor": {"aisle_m": 50}}
    with pytest.raises(Infeasible) as caught:
        solve(superpod(4, fabrics={"compute": {"medium": "mmf"}}, site=far), CATALOG)
    assert caught.value.rule == "MW-D-071"
    assert "and mmf reaches 50 m" in caught.value.message
    assert "`medium: smf`" in caught.value.hint


def test_a_fabric_that_does_not_reach_is_laid_with_single_mode_and_says_so() -> None:
    design = solve(superpod(4, site={"floor": {"aisle_m": 50}}), CATALOG)
    media = {
        medium
        for fabric, medium in zip(design.cables.fabric, design.cables.medium, strict=True)
        if fabric == "compute"
    }
    assert media == {"smf"}
    bill = {(line.item, line.location): line.quantity for line in design.bom}
    assert bill["fibre-smf-400g", "compute"] == 2040
    assert bill["switch-osfp-2x400g-smf", "compute"] == 1536
    told = [f for f in design.cluster.findings if f.rule == "MW-D-072"]
    assert {f.where for f in told} >= {"fabrics.compute"}


def test_copper_that_is_too_short_is_exchanged_alone_and_pieces_stay_as_many() -> None:
    usual = solve(superpod(4), CATALOG)
    slack = solve(superpod(4, site={"floor": {"slack_m": 2}}), CATALOG)
    for design, medium in ((usual, "dac-100g"), (slack, "aoc-100g")):
        bill = {(line.item, line.location): line.quantity for line in design.bom}
        assert bill[medium, "inband-isl"] == 6


def test_a_splitter_and_a_straight_fibre_in_one_cage_are_refused() -> None:
    cables = solve(superpod(4), CATALOG).cables
    row = cables.cable.index("splitter-mmf-400g")
    cables.cable[row] = "fibre-mmf-400g"
    with pytest.raises(Infeasible, match="share cage") as caught:
        check_cages(cables, CATALOG)
    assert caught.value.rule == "MW-D-073"


@pytest.mark.parametrize("medium", ["mmf", "aoc", "dac"])
def test_xdr_has_neither_multimode_nor_aoc_nor_passive_copper(medium: str) -> None:
    with pytest.raises(Infeasible, match=f"has no {medium}") as caught:
        solve(superpod(1, "b300-xdr", fabrics={"compute": {"medium": medium}}), CATALOG)
    assert caught.value.rule == "MW-D-074"


def test_a_floor_with_too_few_rows_is_refused_with_the_number_of_rows() -> None:
    with pytest.raises(Infeasible) as caught:
        solve(superpod(4, site={"floor": {"rows": 1}}), CATALOG)
    assert caught.value.rule == "MW-D-070"
    assert "need 2 rows of 16 and 4, and the floor has 1" in caught.value.message


def test_lengths_and_pulls_count_every_cable_once() -> None:
    from millwright.adapters.cablefile import rows

    design = solve(superpod(1), CATALOG)
    parts = {"fibre-mmf-400g": "MFP7E10-N{length}"}
    told = list(rows(design.cables, design.cluster.devices, parts))
    lengths = lengths_table(told)
    assert sum(int(row[3] or 0) for row in lengths.rows) == len(design.cables)
    assert ("compute", "mmf", 10, "MFP7E10-N010") in {
        (r[0], r[1], r[2], r[4]) for r in lengths.rows
    }
    pulls = pulls_table(told)
    assert sum(int(row[6] or 0) for row in pulls.rows) == len(design.cables) - sum(
        not row[6] and not row[10] for row in told
    )
    of_one = [row for row in pulls_table(told, "gpu-r01").rows if row[2] != "gpu-r01"]
    metres = [float(row[5] or 0) for row in of_one]
    assert metres == sorted(metres, reverse=True)
    assert floor_pictures(design.cluster)


def test_cables_that_leave_the_racks_are_told_with_where_they_go_and_have_no_length() -> None:
    from millwright.adapters.cablefile import rows

    spec = factory(blueprint="era-2-8-9-800", compute=[{"name": "gpu", "nodes": 2}])
    design = solve(spec, CATALOG)
    parts = dict.fromkeys(CATALOG.cables, "X-N{length}")
    told = list(rows(design.cables, design.cluster.devices, parts))
    out = [row for row in told if "site-network" in (row[4], row[8])]
    assert {(row[13], row[14]) for row in out} == {("", "")}
    assert (
        unmeasured(told) == f"{len(out)} cables end outside the racks: how long is the site's "
        "to measure"
    )
    assert unmeasured([row for row in told if row not in out]) == ""
    pulls = [row for row in pulls_table(told).rows if row[2] == "site-network"]
    assert sum(int(row[6] or 0) for row in pulls) == len(out) > 0


def test_the_bill_names_the_lengths_that_are_ordered() -> None:
    design = solve(superpod(1), CATALOG)
    line = next(b for b in design.bom if (b.item, b.location) == ("fibre-mmf-400g", "compute"))
    ours = {
        f"MFP7E10-N{length:03d}"
        for length, cable, fabric in zip(
            design.cables.length_m, design.cables.cable, design.cables.fabric, strict=True
        )
        if (cable, fabric) == ("fibre-mmf-400g", "compute")
    }
    assert set(line.description.partition("; by length: ")[2].split(", ")) == ours
    assert len(ours) > 1
