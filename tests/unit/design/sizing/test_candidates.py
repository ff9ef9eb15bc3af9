"""Candidates: what fits comes first and ranked, what does not says why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.design.sizing.candidates import Wish, candidates, three_year_cost, whole_racks
from millwright.design.sizing.derive import derive
from millwright.design.sizing.growing import loads_after
from millwright.design.solve import solve
from millwright.errors import Infeasible
from millwright.model.sizing import Candidate, Criterion
from tests.conftest import factory
from tests.unit.design.sizing.grounds import CATALOG, NOTES, TRAINING

WGS: dict[str, Any] = {"name": "wgs", "kind": "genomics-wgs", "genomes_per_day": 48}


def _wish(**keys: Any) -> Wish:
    spec = factory(**{"workloads": [NOTES, TRAINING], **keys})
    return Wish(spec, CATALOG, {}, {})


def _named(wish: Wish, name: str, by: Criterion = "kw") -> Candidate:
    return candidates(wish, by, (name,))[0]


def _rules(candidate: Candidate) -> list[str]:
    return [refusal.rule for refusal in candidate.refused]


@pytest.mark.parametrize("by", ["kw", "rack-units", "gpus", "capex", "tco"])
def test_what_fits_comes_first_and_in_the_order_of_its_figure(by: Criterion) -> None:
    found = candidates(_wish(site={"power": {"price_per_kwh": 0.1}}), by)
    fits = [not each.refused for each in found]
    assert fits == sorted(fits, reverse=True)
    figures = [each.rank(by) for each in found if not each.refused]
    known = [each for each in figures if each is not None]
    assert figures[: len(known)] == sorted(known)
    assert not any(each.server.startswith("lab") for each in found)


def test_a_site_of_few_kilowatts_a_rack_keeps_whole_racks_out() -> None:
    found = _named(_wish(site={"rack": {"max_power_kw": 34.5}}), "gb200-nvl72")
    assert _rules(found) == ["MW-D-062"]
    assert "125 kW" in found.refused[0].message


def test_a_site_that_cools_with_air_keeps_liquid_out() -> None:
    found = _named(_wish(site={"cooling": {"kind": "air"}}), "gb200-nvl72")
    assert "MW-D-067" in _rules(found)


def test_a_site_of_few_kilowatts_keeps_large_ones_out() -> None:
    found = _named(_wish(site={"power": {"available_kw": 30}}), "dgx-h100")
    assert _rules(found) == ["MW-D-060"]


def test_supplies_that_a_lost_feed_starves_keep_a_server_out_where_2n_is_asked() -> None:
    power = {"voltage_v": 415, "breaker_a": 60, "phases": 3, "feeds": 2}
    asked = _named(_wish(site={"power": {**power, "redundancy": "2N"}}), "dgx-h100")
    assert "MW-D-063" in _rules(asked)
    unasked = _named(_wish(site={"power": power}), "dgx-h100")
    assert not unasked.refused
    assert "MW-D-063" in [remark.rule for remark in unasked.remarks]


def test_a_workload_that_a_server_cannot_do_keeps_it_out() -> None:
    assert _rules(_named(_wish(workloads=[WGS]), "mi300x-8")) == ["MW-D-086"]


def test_a_price_beyond_the_budget_keeps_a_server_out() -> None:
    dear = _named(_wish(budget={"capex": 100_000}), "hgx-h100")
    assert _rules(dear) == ["MW-D-089"]
    assert not _named(_wish(budget={"capex": 1e9}), "hgx-h100").refused


def test_a_price_in_another_currency_is_not_known() -> None:
    assert _named(_wish(currency="EUR"), "hgx-h100").capex is None


def test_a_server_around_which_nothing_is_drawn_says_so() -> None:
    alone = CATALOG.model_copy(update={"blueprints": {}})
    found = _named(Wish(_wish().factory, alone, {}, {}), "dgx-h100")
    assert _rules(found) == ["MW-D-088"]


def test_machines_of_whole_racks_are_bought_by_the_rack() -> None:
    assert whole_racks(CATALOG.servers["gb200-nvl72"], 1) == 18
    assert whole_racks(CATALOG.servers["gb200-nvl72"], 19) == 36
    assert whole_racks(CATALOG.servers["dgx-h100"], 5) == 5


def test_three_years_are_servers_with_spares_and_energy() -> None:
    assert three_year_cost(1e6, 0.03, 1e6, 0.1) == 1_130_000
    found = _named(_wish(site={"power": {"price_per_kwh": 0.11, "pue": 1.35}}), "hgx-h100")
    assert found.capex is not None
    assert found.kw is not None
    energy = found.kw * 0.85 * 1.35 * 8760 * 3 * 0.11
    assert found.tco_3y == pytest.approx(found.capex * 1.03 + energy, abs=0.01)


def test_hardware_is_derived_and_can_be_designed() -> None:
    wish = _wish()
    found = derive(wish)
    pool = found.factory.compute[0]
    assert found.finding.rule == "MW-D-087"
    assert f"{pool.nodes} x {pool.server}" in found.finding.message
    cluster = solve(found.factory, CATALOG).cluster
    best = next(each for each in candidates(wish, "kw") if not each.refused)
    assert (cluster.pools[0].nodes, cluster.power.it_max_kw) == (best.nodes, best.kw)


def test_where_nothing_fits_the_reasons_are_told() -> None:
    with pytest.raises(Infeasible, match="MW-D-060") as refused:
        derive(_wish(site={"power": {"available_kw": 1}}))
    assert refused.value.rule == "MW-D-087"


@settings(max_examples=8)
@given(st.floats(1, 6))
def test_growth_never_takes_nodes_away(factor: float) -> None:
    wish = _wish()
    more = Wish(wish.factory, CATALOG, {}, {"notes": factor, "report": factor})
    for server in ("dgx-h100", "hgx-b200"):
        now, later = _named(wish, server), _named(more, server)
        assert (now.nodes or 0) <= (later.nodes or 0)


def test_growth_is_read_by_workload_by_month_and_by_case() -> None:
    spec = factory(
        workloads=[NOTES, TRAINING],
        growth=[
            {"after_months": 12, "factor": [1.2, 1.5, 2.0]},
            {"after_months": 24, "workload": "notes", "factor": 3.0},
            {"after_months": 36, "factor": 4.0},
        ],
    )
    assert loads_after(spec, 0) == {"notes": 1.0, "report": 1.0}
    assert loads_after(spec, 12) == {"notes": 1.5, "report": 1.5}
    assert loads_after(spec, 12, "high") == {"notes": 2.0, "report": 2.0}
    assert loads_after(spec, 24) == {"notes": 3.0, "report": 1.5}
    assert loads_after(spec, 36) == {"notes": 3.0, "report": 4.0}
