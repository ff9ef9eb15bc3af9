"""Growth in stages: what stands stays or is listed, and what is kept free is taken once."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.design.growth import moves
from millwright.design.sizing.candidates import Wish
from millwright.design.solve import Design, solve
from millwright.design.stages.grow import Ask, grow
from millwright.design.stages.steps import Step
from millwright.design.stages.walked import Walk, walk
from millwright.errors import Infeasible
from millwright.model.stages import GrowthStages, Way
from tests.conftest import factory
from tests.unit.design.test_laws import CATALOG, SIZES, ends

H100 = "dgx-superpod-h100"


def planned(case: Any = "likely", way: str = "", **spec: Any) -> GrowthStages:
    made = factory(**spec)
    return grow(Ask(Wish(made, CATALOG, {}, {}), made, case, way))


def units(count: int, *factors: Any, **more: Any) -> dict[str, Any]:
    growth = [{"after_months": 12 * (n + 1), "factor": f} for n, f in enumerate(factors)]
    return {
        "blueprint": H100, "compute": [{"name": "gpu", "scalable_units": count}],
        "growth": growth, **more,
    }  # fmt: skip


def way(plan: GrowthStages, name: str) -> Way:
    return next(each for each in plan.ways if each.name == name)


@cache
def one_to_four() -> GrowthStages:
    return planned(**units(1, 2, 4))


def test_growing_an_h100_pod_from_one_unit_to_four_moves_half_of_the_uplinks_each_time() -> None:
    plan = one_to_four()
    assert [stage.nodes for stage in plan.stages] == [31, 63, 127]
    assert [stage.checked.cables_moved for stage in plan.stages] == [0, 128, 256]
    assert [stage.checked.devices_moved for stage in plan.stages] == [0, 0, 0]
    assert {cause.rule for stage in plan.stages for cause in stage.causes} == {"MW-D-053"}
    first = plan.stages[1]
    assert first.causes[0].reason.startswith("4 spines have not the ports")
    assert len(first.moves) == 128
    assert first.moves[0].name.split()[0].startswith("leaf-")
    assert first.moves[0].before.split()[0] != first.moves[0].after.split()[0]


def test_sixteen_spines_from_day_one_move_nothing_and_cost_an_oob_switch_more_in_all() -> None:
    plan = one_to_four()
    best = way(plan, plan.best)
    assert best.name == "final-spines"
    assert best.says == "fabrics: {compute: {tiers: 2, spines: 16}}"
    assert best.day_one_items["qm9700"] == 12
    assert best.end_items == {"sn2201": 1, "aoc-100g": 2}
    assert best.end_cost is not None
    assert (best.end_cost.known, best.end_cost.unpriced) == (6_500 + 2 * 250, {})
    chosen = planned(way="best", **units(1, 2, 4))
    assert (chosen.moved, chosen.way) == (0, "final-spines")
    kept = Counter(
        each.taken
        for each in chosen.reserved
        if (each.what, each.kind) == ("port", "spine compute")
    )
    assert kept == {1: 256, 2: 512}


def test_three_tiers_from_the_start_move_nothing_and_cost_32_switches_more() -> None:
    tall = way(one_to_four(), "three-tiers")
    assert (tall.moved, tall.says) == (0, "fabrics: {compute: {tiers: 3, pods: 1}}")
    assert tall.end_items["qm9700"] == 32
    assert tall.end_cost is not None
    switches, optics, fibres = 32 * 38_000, 1024 * 924, 1024 * 140
    management = 6_500 + 2 * 250 + 36 * 8 + 2 * 5_000 + 4 * 2_000
    assert tall.end_cost.known == switches + optics + fibres + management
    assert tall.end_cost.unpriced == {}


def test_beyond_the_ports_of_a_spine_two_tiers_become_three_and_the_ports_are_told() -> None:
    spec = units(4, 2, fabrics={"compute": {"spine_switch": "tiny-spine"}})
    whole = CATALOG.switches["qm9700"]
    halves = {
        key: getattr(whole, key).model_copy(update={"value": getattr(whole, key).value // 2})
        for key in ("cage_count", "port_count")
    }
    small = whole.model_copy(update={"name": "tiny-spine", **halves})
    catalog = CATALOG.model_copy(update={"switches": {**CATALOG.switches, "tiny-spine": small}})
    made = factory(**spec)
    plan = grow(Ask(Wish(made, catalog, {}, {}), made))
    causes = {cause.where: cause for cause in plan.stages[1].causes}
    told = causes["fabrics.compute"]
    assert told.rule == "MW-D-054"
    assert "64 leaves are more than the 32 ports of a tiny-spine" in told.reason
    assert {each.name for each in plan.ways} == {"larger-spines", "three-tiers"}
    larger, tall = way(plan, "larger-spines"), way(plan, "three-tiers")
    assert "qm9700" in larger.says or "qm9790" in larger.says
    assert (larger.moved, larger.still) == (0, True)
    assert (tall.moved, tall.left) == (0, ())
    assert "pods: 4" in tall.says


def test_cores_for_all_pods_are_built_on_day_one_and_stay_where_they_are() -> None:
    """Pod by pod up to sixteen units: the reserved core layer takes each new pod as it comes."""

    def pods(count: int) -> Design:
        keys = {"tiers": 3, "pods": 4, "manager": "none"}
        return solve(factory(**units(count, fabrics={"compute": keys})), CATALOG)

    day_one, four, sixteen = pods(1), pods(4), pods(16)
    cores = [d.cluster.fabrics["compute"].core_switches for d in (day_one, four, sixteen)]
    assert cores == [64, 64, 64]
    assert sixteen.cluster.fabrics["compute"].spine_core_links == 4096
    for old, new in ((day_one, four), (four, sixteen)):
        found = moves(old.cluster, old.cables, new.cluster, new.cables)
        assert [f for f in found if f.where == "fabrics.compute"] == []


def test_a_fabric_that_leaves_the_switches_of_another_is_told_so() -> None:
    spec: dict[str, Any] = {
        "blueprint": "era-2-8-9-400", "compute": [{"name": "gpu", "nodes": 8}],
        "growth": [{"after_months": 6, "factor": 2}],
    }  # fmt: skip
    plan = planned(**spec)
    assert "MW-D-055" in {cause.rule for cause in plan.stages[1].causes}
    assert any("collapsed_up_to_units: 0" in each.says and each.still for each in plan.ways)


def test_low_likely_and_high_are_told_and_the_case_decides() -> None:
    spec = {**units(1, [1.2, 1.5, 2.0]), "compute": [{"name": "gpu", "nodes": 20}]}
    for case, nodes in (("low", 24), ("likely", 30), ("high", 40)):
        plan = planned(case, **spec)
        assert (plan.stages[1].nodes, plan.stages[1].needed) == (nodes, (24, 30, 40))


def test_a_stage_that_the_site_does_not_feed_is_refused_with_the_numbers() -> None:
    plan = planned(**units(1, 2, 4, site={"power": {"available_kw": 800}}))
    assert [stage.refused is not None for stage in plan.stages] == [False, False, True]
    refused = plan.stages[2].refused
    assert refused is not None
    assert refused.rule == "MW-D-060"
    assert "1,419" in refused.message or "1419" in refused.message
    assert "800" in refused.message
    assert refused.hint


def test_without_growth_there_is_nothing_to_plan() -> None:
    with pytest.raises(Infeasible, match="foresees no growth") as refusal:
        planned(**units(1))
    assert refusal.value.rule == "MW-D-058"
    with pytest.raises(Infeasible, match="no other way") as refusal:
        planned(way="sideways", **units(1, 2))
    assert (refusal.value.rule, "final-spines" in refusal.value.hint) == ("MW-D-059", True)


def test_hosts_that_have_names_are_followed_by_names_that_sort_behind_them() -> None:
    spec = units(1, 2) | {"compute": [{"name": "gpu", "nodes": 3, "hostnames": "n[08-10]"}]}
    plan = planned(**spec)
    assert plan.stages[1].checked.moved == 0
    assert plan.notes == ("pool gpu names its hosts: those to come are called n11 on",)


def test_racks_of_a_rack_scale_machine_come_whole() -> None:
    spec: dict[str, Any] = {
        "blueprint": "dgx-superpod-gb200", "compute": [{"name": "gpu", "nodes": 18}],
        "growth": [{"after_months": 12, "factor": 1.1}],
    }  # fmt: skip
    assert planned(**spec).stages[1].nodes == 36


@st.composite
def grown(draw: st.DrawFn) -> tuple[dict[str, Any], list[int]]:
    """Draw a spec and the nodes of three stages of it."""
    blueprint = draw(st.sampled_from(sorted(SIZES)))
    most = min(SIZES[blueprint], 40)
    first = draw(st.integers(1, most))
    more = draw(st.lists(st.integers(0, most), min_size=2, max_size=2))
    fabrics: dict[str, Any] = {}
    if blueprint.startswith("dgx-superpod-h") and draw(st.booleans()):
        fabrics = draw(st.sampled_from([{"spines": 16}, {"tiers": 3}, {"tiers": 3, "pods": 2}]))
    spec = {"blueprint": blueprint, **({"fabrics": {"compute": fabrics}} if fabrics else {})}
    return spec, [first, first + more[0], first + sum(more)]


def walked(spec: dict[str, Any], nodes: list[int]) -> Walk | None:
    steps = [
        Step(12 * n, factory(**spec, compute=[{"name": "gpu", "nodes": count}]), count)
        for n, count in enumerate(nodes)
    ]
    try:
        return walk(CATALOG, "USD", steps)
    except Infeasible:
        return None


def laid(design: Design) -> Counter[tuple[object, ...]]:
    table = design.cables
    sides = zip(
        zip(table.a_device, table.a_port, strict=True),
        zip(table.b_device, table.b_port, strict=True),
        table.cable, table.length_m, strict=True,
    )  # fmt: skip
    return Counter((frozenset((a, b)), cable, length) for a, b, cable, length in sides)


@settings(max_examples=12, deadline=None)
@given(grown())
def test_what_is_installed_is_in_the_next_stage_as_well_or_is_listed_as_a_move(
    drawn: tuple[dict[str, Any], list[int]],
) -> None:
    found = walked(*drawn)
    if found is None:
        return
    for old, new, stage in zip(found.designs, found.designs[1:], found.stages[1:], strict=False):
        gone = laid(old) - laid(new)
        listed = Counter(move.what for move in stage.moves)
        assert sum(gone.values()) == listed["cable"] == stage.checked.cables_moved
        named = {move.name for move in stage.moves if move.what == "device"}
        now = {device.name: device for device in new.cluster.devices}
        for device in old.cluster.devices:
            there = now.get(device.name)
            stays = there is not None and (there.model, there.rack, there.u) == (
                device.model, device.rack, device.u,
            )  # fmt: skip
            assert stays == (device.name not in named)
        told = bool(moves(old.cluster, old.cables, new.cluster, new.cables))
        assert not told or stage.checked.moved > 0
        assert sum(c.cables + c.devices + c.racks + c.addresses for c in stage.causes) == len(
            stage.moves
        )


@settings(max_examples=12, deadline=None)
@given(grown())
def test_growth_takes_no_port_that_is_occupied_and_none_twice(
    drawn: tuple[dict[str, Any], list[int]],
) -> None:
    found = walked(*drawn)
    if found is None:
        return
    taken = Counter((r.where, r.name) for r in found.reserved if r.what == "port")
    assert max(taken.values(), default=1) == 1
    assert all(each.since < each.taken for each in found.reserved)
    for number, design in enumerate(found.designs):
        used = set(ends(design.cables))
        kept = {
            (each.where, each.name)
            for each in found.reserved
            if each.what == "port" and each.since <= number < each.taken
        }
        assert not kept & used


@settings(max_examples=12, deadline=None)
@given(grown())
def test_over_all_stages_no_address_belongs_to_two_and_no_unit_of_a_rack_either(
    drawn: tuple[dict[str, Any], list[int]],
) -> None:
    found = walked(*drawn)
    if found is None:
        return
    moved = {m.name.split()[0] for s in found.stages for m in s.moves if m.what != "cable"}
    owners: dict[str, tuple[str, str]] = {}
    places: dict[tuple[str | None, int], str] = {}
    for design in found.designs:
        for device in design.cluster.devices:
            if device.name in moved:
                continue
            for address in device.addresses:
                owner = owners.setdefault(address.address, (device.name, address.port))
                assert owner == (device.name, address.port)
            for u in range(device.u or 0, (device.u or 0) + device.height_u if device.u else 0):
                assert places.setdefault((device.rack, u), device.name) == device.name


@settings(max_examples=12, deadline=None)
@given(grown())
def test_what_stages_buy_less_what_they_free_is_the_last_bill_and_costs_add_up(
    drawn: tuple[dict[str, Any], list[int]],
) -> None:
    found = walked(*drawn)
    if found is None:
        return
    total: Counter[tuple[str, str]] = Counter()
    for stage in found.stages[: len(found.designs)]:
        for line in stage.bought:
            total[line.item, line.location] += line.quantity
        for line in stage.freed:
            total[line.item, line.location] -= line.quantity
        assert stage.cost is not None
        known = sum(line.each * line.quantity for line in stage.bought if line.each is not None)
        assert (stage.cost.known or 0) == pytest.approx(known)
        assert set(stage.cost.unpriced) == {x.item for x in stage.bought if x.each is None}
    bill: Counter[tuple[str, str]] = Counter()
    for last in found.designs[-1].bom:
        bill[last.item, last.location] += last.quantity
    assert +total == bill


@pytest.mark.parametrize("name", ["final-spines", "three-tiers"])
def test_a_way_that_claims_to_move_nothing_moves_nothing(name: str) -> None:
    assert way(one_to_four(), name).still
    chosen = planned(way=name, **units(1, 2, 4))
    assert (chosen.moved, [stage.moves for stage in chosen.stages]) == (0, [(), (), ()])
