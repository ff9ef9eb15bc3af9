"""What racks and site draw and give off, and what a site refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.design.site.circuits import wire
from millwright.design.site.figures import figures_of
from millwright.design.site.loads import Load
from millwright.design.solve import Design, solve
from millwright.errors import Infeasible
from millwright.model.machines import PowerSupplies
from millwright.model.site import SitePower
from millwright.units import airflow_cfm, btu_per_h, circuit_kva, tons_of_cooling
from tests.conftest import factory, superpod
from tests.unit.design.test_laws import CATALOG, asked

FIGURES = figures_of(CATALOG)
HOSPITAL: dict[str, Any] = {
    "rack": {"height_u": 48, "max_power_kw": 34.5, "max_weight_kg": 1360},
    "power": {
        "available_kw": 600,
        "voltage_v": 415,
        "phases": 3,
        "breaker_a": 60,
        "feeds": 2,
        "redundancy": "2N",
        "pue": 1.35,
    },
    "cooling": {"kind": "air", "available_kw": 600, "supply_c": 22},
}


def designed(blueprint: str, nodes: int, **site: Any) -> Design:
    spec = factory(blueprint=blueprint, compute=[{"name": "gpu", "nodes": nodes}], site=site)
    return solve(spec, CATALOG)


def refused(blueprint: str, nodes: int, **site: Any) -> Infeasible:
    with pytest.raises(Infeasible) as caught:
        designed(blueprint, nodes, **site)
    return caught.value


def rules(design: Design) -> set[str]:
    return {finding.rule for finding in design.cluster.findings}


def box(watts: int, count: int, required: int) -> Load:
    supplies = PowerSupplies(count=count, watts=3300, required=required)
    return Load("box", watts, None, False, "spec", 100.0, 0.0, supplies)


@settings(max_examples=60, deadline=None)
@given(asked(), st.sampled_from([None, 1, 2, 3]), st.sampled_from([None, 0, 1600]))
def test_heat_equals_power_and_sums_equal_their_parts(
    spec: dict[str, Any], feeds: int | None, altitude_m: float | None
) -> None:
    site = {"power": {"feeds": feeds}, "altitude_m": altitude_m}
    cluster = solve(factory(**spec, site=site), CATALOG).cluster
    power, cooling = cluster.power, cluster.cooling
    loads = [rack.load for rack in cluster.rack_units if rack.load is not None]
    assert sum(round(load.known_max_kw * 1000) for load in loads) == round(
        (power.it_known_kw or 0) * 1000
    )
    for load in loads:
        assert load.air_kw + load.liquid_kw == pytest.approx(load.known_max_kw)
    if power.it_max_kw is None:
        assert cooling.heat_kw is None
        return
    assert cooling.heat_kw == power.it_max_kw
    assert (cooling.heat_air_kw or 0) + (cooling.heat_liquid_kw or 0) == pytest.approx(
        cooling.heat_kw
    )
    assert power.it_typical_kw is None or power.it_typical_kw <= power.it_max_kw


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(200, 15000), st.integers(1, 12)), min_size=1, max_size=6),
    st.integers(2, 4),
    st.integers(0, 6),
    st.data(),
)
def test_never_more_than_degraded_where_a_lost_feed_leaves_too_few_supplies(
    machines: list[tuple[int, int]], feeds: int, pdus: int, data: st.DataObject
) -> None:
    loads = [box(w, n, data.draw(st.integers(1, n))) for w, n in machines]
    strong = SitePower(feeds=feeds, voltage_v=415, breaker_a=6300)
    wired = wire(loads, strong, (None, pdus), FIGURES)
    short = any(
        load.supplies.count - -(-load.supplies.count // feeds) < load.supplies.required
        for load in loads
        if load.supplies
    )
    assert (wired.redundancy == "degraded") == short
    if not short:
        assert wired.redundancy == ("2N" if feeds == 2 else "N+1")


def test_the_published_figures_of_two_b200_in_a_rack_are_met() -> None:
    assert round(btu_per_h(28.6)) == 97587
    assert tons_of_cooling(28.6) == pytest.approx(8.13, abs=0.01)
    assert airflow_cfm(28.6, 20) == pytest.approx(4518, abs=1)
    assert circuit_kva(380, 32, 3) * 0.8 == pytest.approx(16.8, abs=0.05)
    assert circuit_kva(415, 60, 3) * 0.8 == pytest.approx(34.5, abs=0.01)
    rack = next(r for r in designed("dgx-superpod-b200", 32).cluster.rack_units if r.load)
    assert rack.load is not None
    assert rack.load.max_kw == 28.6


def test_two_feeds_are_degraded_for_h100_and_three_are_not() -> None:
    two = designed("dgx-superpod-h100", 8, power={"feeds": 2, "redundancy": "2N"})
    assert two.cluster.power.redundancy == "degraded"
    (told,) = [f.message for f in two.cluster.findings if f.rule == "MW-D-063"]
    assert "3 of 6 supplies of dgx-h100 live, and it needs 4" in told
    three = designed("dgx-superpod-h100", 8, power={"feeds": 3})
    racks = [r.load.redundancy for r in three.cluster.rack_units if r.load and r.kind == "compute"]
    assert set(racks) == {"N+1"}


def test_nothing_is_said_of_redundancy_where_feeds_are_not_said() -> None:
    assert designed("dgx-superpod-h100", 8).cluster.power.redundancy is None


def test_a_site_of_400_kw_refuses_a_megawatt_and_says_how_many_nodes_fit() -> None:
    why = refused("dgx-superpod-h100", 100, power={"available_kw": 400})
    assert why.rule == "MW-D-060"
    assert "and the site gives 400 kW" in why.message
    nodes = int(why.hint.split()[0])
    fits = designed("dgx-superpod-h100", nodes, power={"available_kw": 400})
    assert (fits.cluster.power.it_max_kw or 0) <= 400
    assert nodes > 20


def test_four_10u_servers_their_pdus_and_a_switch_do_not_stand_in_42u() -> None:
    why = refused("dgx-superpod-b300-xdr", 8, rack={"height_u": 42, "nodes": 4, "reserved_u": 1})
    assert why.rule == "MW-D-062"
    assert "40U high, and a rack has 42U, of which 6U are PDUs and 1U are kept free" in why.message
    assert "3 of them fit" in why.hint
    assert "a rack of 47U holds 4" in why.hint
    assert (
        designed(
            "dgx-superpod-b300-xdr", 8, rack={"height_u": 47, "nodes": 4, "reserved_u": 1}
        ).cluster.racks.compute
        == 2
    )


def test_fewer_servers_stand_in_a_rack_that_gives_less() -> None:
    design = designed("dgx-superpod-h100", 12, **HOSPITAL)
    assert design.cluster.racks.compute == 4
    assert "MW-D-021" in rules(design)
    for rack in design.cluster.rack_units:
        assert rack.load is not None
        assert rack.load.known_max_kw <= 34.5


def test_management_racks_keep_to_the_limit_too() -> None:
    site = {"rack": {"max_power_kw": 12}}
    for rack in designed("dgx-superpod-h100", 62, **site).cluster.rack_units:
        assert rack.load is not None
        assert rack.load.known_max_kw <= 12


def test_a_rack_that_cannot_bear_one_server_is_refused_with_the_numbers() -> None:
    heavy = refused("dgx-superpod-h100", 4, rack={"max_weight_kg": 300})
    assert (heavy.rule, "weigh 521.8 kg" in heavy.message) == ("MW-D-062", True)
    hungry = refused("dgx-superpod-gb300", 36, rack={"max_power_kw": 60})
    assert "draw up to 142 kW, and a rack has 60 kW" in hungry.message


def test_liquid_does_not_go_where_there_is_only_air() -> None:
    why = refused("dgx-superpod-gb300", 36, cooling={"kind": "air"})
    assert why.rule == "MW-D-067"
    wet = designed("dgx-superpod-gb300", 36, cooling={"kind": "hybrid"}).cluster.cooling
    assert (wet.heat_liquid_kw, wet.coolant_l_per_min) == (241.4, 363.2)


def test_thin_air_cools_less_and_a_site_on_a_mountain_is_refused() -> None:
    cool = {"available_kw": 260, "supply_c": 34}
    low = designed("dgx-superpod-h100", 20, cooling=cool, altitude_m=900)
    assert low.cluster.cooling.altitude_factor == 1
    why = refused("dgx-superpod-h100", 20, cooling=cool, altitude_m=2400)
    assert why.rule == "MW-D-061"
    warm = designed("dgx-superpod-h100", 4, cooling=cool, altitude_m=2400)
    told = [f for f in warm.cluster.findings if f.rule == "MW-D-066"]
    assert [finding.severity for finding in told] == ["warn"]
    assert (warm.cluster.cooling.airflow_cfm or 0) > (
        designed("dgx-superpod-h100", 4).cluster.cooling.airflow_cfm or 0
    )


def test_what_nobody_says_is_no_number() -> None:
    silent = CATALOG.servers["dgx-h100"].model_copy(update={"power_max_w": None})
    known = CATALOG.model_copy(update={"servers": {**CATALOG.servers, "dgx-h100": silent}})
    cluster = solve(superpod(1), known).cluster
    assert (cluster.power.it_max_kw, cluster.cooling.heat_kw) == (None, None)
    assert cluster.power.unknown == ("dgx-h100",)
    assert (cluster.power.it_known_kw or 0) > 0
    assert "MW-D-068" in {finding.rule for finding in cluster.findings}


def test_phases_of_a_circuit_are_balanced() -> None:
    wired = wire([box(9000, 6, 4)] * 3, SitePower(feeds=3), (None, 3), FIGURES)
    assert wired.imbalance == 0
    assert wired.worst_w == 9000 * 3 / 2


def test_an_overloaded_breaker_is_told_after_the_loss_of_a_feed() -> None:
    power = {"voltage_v": 415, "breaker_a": 16, "feeds": 2}
    design = designed("dgx-superpod-b200", 4, power=power, rack={"max_power_kw": 40})
    assert design.cluster.power.redundancy == "degraded"
    assert "MW-D-064" in rules(design)


def test_a_pdu_without_enough_outlets_is_told() -> None:
    few = CATALOG.pdus["raritan-px3-5878i2r"]
    assert few.outlets_c19 is not None
    one = few.model_copy(update={"outlets_c19": few.outlets_c19.model_copy(update={"value": 1})})
    known = CATALOG.model_copy(update={"pdus": {**CATALOG.pdus, few.name: one}})
    told = solve(superpod(1), known).cluster.findings
    assert any("8 supplies hang on a PDU with 1 outlets (C19)" in f.message for f in told)


def test_two_feeds_are_not_called_2n_where_nobody_says_what_a_circuit_bears() -> None:
    silent = wire([box(9000, 6, 3)], SitePower(feeds=2), (None, 2), FIGURES)
    assert silent.redundancy is None
    said = SitePower(feeds=2, voltage_v=415, breaker_a=32)
    assert wire([box(9000, 6, 3)], said, (None, 2), FIGURES).redundancy == "2N"
