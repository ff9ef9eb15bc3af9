"""Costs: sums equal their parts, what has no price is never nothing, estimates stay estimates."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.catalogs import load
from millwright.design.costing.bill import PriceBook, price_book, priced
from millwright.design.costing.total import STEP, Costed, total_cost
from millwright.design.solve import solve
from millwright.design.storing.plan import storage_plan
from millwright.model.catalog import Catalog
from millwright.model.costing import TotalCost
from millwright.model.formula import evaluate
from millwright.model.sizing import Assumption, Price
from tests.conftest import factory, superpod

CATALOG = load(None).catalog


def costs(
    spec: Any, own: dict[str, Price] | None = None, assumed: dict[str, float] | None = None
) -> TotalCost:
    design = solve(spec, CATALOG)
    known = {
        **CATALOG.assumptions,
        **{name: of(name, value) for name, value in (assumed or {}).items()},
    }
    prices = {**CATALOG.prices, **(own or {})}
    book = price_book(prices, frozenset(own or ()), spec.currency, known)
    plan = storage_plan(spec, design.cluster, design.bom, known)
    return total_cost(Costed(spec, design.cluster, design.bom, plan, known, book))


def of(name: str, value: float) -> Assumption:
    told = {"value": value, "unit": "", "source": "test", "confidence": "spec"}
    return Assumption.model_validate({"name": name, "value": told})


def price(name: str, value: float, unit: str = "USD") -> Price:
    told = {"value": value, "unit": unit, "source": "quote 17", "confidence": "spec"}
    return Price.model_validate({"name": name, "amount": told})


SMALL = superpod(1, site={"power": {"price_per_kwh": 0.1, "pue": 1.5}})


def test_a_worked_example_comes_to_the_penny() -> None:
    """31 nodes of one unit: 10.2 kW each; all prices but the servers' are one."""
    items = {line.item: price(line.item, 1.0) for line in solve(SMALL, CATALOG).bom}
    found = costs(SMALL, {**items, "dgx-h100": price("dgx-h100", 1000.0)})
    pieces = sum(line.quantity for line in found.lines if line.item != "dgx-h100")
    value = {name: number.value for name, number in found.numbers.items()}
    assert value["hardware"] == 31_000 + pieces
    assert value["spares"] == pytest.approx(value["hardware"] * 0.03)
    draw = solve(SMALL, CATALOG).cluster.power.it_known_kw
    assert draw is not None
    assert value["energy"] == pytest.approx(draw * 0.85 * 1.5 * 8760 * 0.1)
    assert value["staff"] == pytest.approx((1 + 31 / 100) * 170_000)
    assert value["total"] == pytest.approx(value["first-purchase"] + 3 * value["running"])
    assert found.own_prices == len(found.lines)
    assert found.unpriced == ()
    assert found.lines[0].source == "quote 17"


def test_sums_equal_their_parts_and_years_equal_the_whole() -> None:
    found = costs(SMALL)
    value = {name: number.value for name, number in found.numbers.items()}
    assert value["hardware"] == pytest.approx(sum(line.amount or 0 for line in found.lines))
    assert sum(year.together for year in found.years) == pytest.approx(value["total"])
    assert found.years[-1].so_far == pytest.approx(value["total"])
    for number in found.numbers.values():
        if number.formula:
            assert evaluate(number.formula, value) == pytest.approx(number.value)


def test_storage_that_grows_is_paid_in_the_year_in_which_it_grows() -> None:
    work = [{"name": "wgs", "kind": "genomics-wgs", "genomes_per_day": 10, "coverage": 30,
             "data": {"class": "phi", "retention_years": 7}}]  # fmt: skip
    found = costs(superpod(1, workloads=work))
    value = {name: number.value for name, number in found.numbers.items()}
    assert value["storage-later"] > value["storage-first"] > 0
    later = [year.bought for year in found.years[1:]]
    assert sum(later) == pytest.approx(value["storage-later"])
    assert all(amount > 0 for amount in later)


def test_a_server_without_a_price_leaves_no_sum() -> None:
    spec = superpod(1)
    design = solve(spec, CATALOG)
    plan = storage_plan(spec, design.cluster, design.bom, CATALOG.assumptions)
    book = PriceBook({}, frozenset(), "USD")
    found = total_cost(Costed(spec, design.cluster, design.bom, plan, CATALOG.assumptions, book))
    assert found.numbers == {}
    assert "dgx-h100" in found.unpriced
    assert all(line.amount is None for line in found.lines)


def test_a_lesser_item_without_a_price_makes_the_sum_the_least_and_is_named() -> None:
    spec = superpod(1)
    design = solve(spec, CATALOG)
    plan = storage_plan(spec, design.cluster, design.bom, CATALOG.assumptions)
    prices = {name: each for name, each in CATALOG.prices.items() if name != "qm9700"}
    book = PriceBook(prices, frozenset(), "USD")
    found = total_cost(Costed(spec, design.cluster, design.bom, plan, CATALOG.assumptions, book))
    assert found.unpriced == ("qm9700",)
    assert "it is the least" in found.numbers["switches"].note


def test_money_of_another_currency_is_not_taken_for_the_specs_own() -> None:
    spec = superpod(1, currency="EUR")
    assert costs(spec).numbers == {}
    rated = costs(spec, assumed={"exchange-rate": 0.5})
    dollars = costs(superpod(1))
    assert rated.currency == "EUR"
    assert rated.numbers["hardware"].value == pytest.approx(dollars.numbers["hardware"].value / 2)
    assert rated.numbers["storage-per-tb"].unit == "EUR/TB"


def test_a_price_of_the_user_without_a_currency_is_in_the_specs() -> None:
    spec = superpod(1, currency="EUR")
    own = {"dgx-h100": price("dgx-h100", 5.0, "")}
    book = price_book(own, frozenset(own), "EUR", CATALOG.assumptions)
    (server,) = [line for line in priced(solve(spec, CATALOG).bom, book) if line.unit_price]
    assert (server.item, server.unit_price, server.own) == ("dgx-h100", 5.0, True)


def test_nothing_is_said_of_what_is_simulated() -> None:
    found = costs(factory(blueprint="lab", compute=[{"name": "gpu", "nodes": 2}]))
    assert found.numbers == {}


def test_an_estimate_behind_a_sum_makes_it_an_estimate() -> None:
    found = costs(SMALL)
    assert found.numbers["total"].confidence == "estimate"
    assert found.numbers["pue"].confidence == "spec"


@settings(max_examples=20, deadline=None)
@given(st.floats(0.02, 0.5), st.floats(1.01, 2.0))
def test_what_an_input_moves_is_found_by_reckoning_anew(energy: float, pue: float) -> None:
    power = {"price_per_kwh": energy, "pue": pue}
    found = costs(superpod(1, site={"power": power}))
    total = found.numbers["total"].value
    swings = {swing.name: swing for swing in found.swings}
    by_energy = found.numbers["energy"].value * 3
    assert swings["pue"].more - total == pytest.approx(by_energy * STEP, rel=1e-6)
    assert total - swings["pue"].less == pytest.approx(by_energy * STEP, rel=1e-6)
    assert [s.spread for s in found.swings] == sorted(s.spread for s in found.swings)[::-1]
    assert "utilisation-share" not in swings


def test_every_item_that_a_published_design_buys_has_a_price() -> None:
    lacking: dict[str, tuple[str, ...]] = {}
    for name, blueprint in CATALOG.blueprints.items():
        if blueprint.simulated:
            continue
        pool = [{"name": "gpu", "nodes": 4 if "nvl72" not in blueprint.server else 18}]
        found = costs(factory(blueprint=name, compute=pool))
        if found.unpriced:
            lacking[name] = found.unpriced
    assert lacking == {}


def test_catalogue_prices_are_estimates_with_a_source(catalog: Catalog) -> None:
    for each in catalog.prices.values():
        assert each.amount.confidence == "estimate"
        assert each.amount.source in catalog.sources
