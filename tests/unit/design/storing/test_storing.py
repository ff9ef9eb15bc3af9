"""Room and speed for data, what failures leave, spares that last."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters.catalogs import load
from millwright.design.solve import solve
from millwright.design.storing.capacity import factor_at
from millwright.design.storing.failures import interval_s, lost_share, poisson_quantile
from millwright.design.storing.plan import storage_plan
from millwright.model.spec import Factory
from millwright.model.storageplan import StoragePlan
from millwright.model.workload import Growth
from tests.conftest import superpod

CATALOG = load(None).catalog
CT = {
    "name": "ct",
    "kind": "imaging-inference",
    "studies_per_day": 1200,
    "study_mib": 300,
    "data": {"class": "phi", "retention_years": 7},
}
TRAIN = {"name": "big", "kind": "training", "parameters_b": 405, "tokens_b": 1000}


def planned(spec: Factory) -> StoragePlan:
    design = solve(spec, CATALOG)
    return storage_plan(spec, design.cluster, design.bom, CATALOG.assumptions)


@pytest.mark.parametrize(
    ("tier", "units", "read", "write"),
    [("good", 4, 60, 30), ("better", 1, 40, 20), ("better", 4, 160, 80), ("best", 4, 500, 250)],
)
def test_tiers_are_those_of_the_reference(tier: str, units: int, read: int, write: int) -> None:
    plan = planned(superpod(units, storage={"tier": tier}))
    assert (plan.read_gbytes_per_s, plan.write_gbytes_per_s) == (read, write)


def test_what_the_spec_says_itself_wins_and_what_nobody_says_is_not_known() -> None:
    assert planned(superpod(1, storage={"read_gbytes_per_s": 7})).read_gbytes_per_s == 7
    silent = planned(superpod(1, workloads=[TRAIN]))
    assert (silent.tier, silent.write_gbytes_per_s, silent.checkpoints) == (None, None, ())


def test_studies_are_kept_as_long_as_they_must_and_grow() -> None:
    growth = [
        {"after_months": 12, "factor": [1.2, 1.5, 2.0]},
        {"after_months": 24, "workload": "ct", "factor": 2.0},
    ]
    (held,) = planned(superpod(1, workloads=[CT], growth=growth)).holdings
    daily = 1200 * 300 * 2**20 / 1e12 / 2
    assert held.tb[0] == pytest.approx([daily * 365] * 3, rel=1e-3)
    assert held.tb[1] == pytest.approx([daily * 365 * f for f in (2.2, 2.5, 3.0)], rel=1e-3)
    assert held.tb[2][1] == pytest.approx(daily * 365 * 4.5, rel=1e-3)


def test_data_that_is_kept_a_year_does_not_pile_up() -> None:
    short = {**CT, "data": {"class": "phi", "retention_years": 1}}
    (held,) = planned(superpod(1, workloads=[short])).holdings
    assert held.tb[0] == held.tb[2]


def test_a_checkpoint_of_405_billion_parameters_is_that_of_the_source() -> None:
    plan = planned(superpod(4, storage={"write_gbytes_per_s": 94.5}, workloads=[TRAIN]))
    (saved,) = plan.checkpoints
    assert saved.terabytes == 5.67
    assert saved.write_s == 60
    assert saved.hours_between_failures == pytest.approx(50000 / 1016, abs=0.01)
    assert saved.interval_min == pytest.approx(
        math.sqrt(2 * 60 * 50000 / 1016 * 3600) / 60, abs=0.01
    )
    assert 0.97 < saved.goodput < 1


@given(st.floats(1, 600), st.floats(3600, 1e7), st.floats(0, 3600), st.floats(0.2, 5))
def test_no_other_interval_loses_less(
    write_s: float, between_s: float, restart_s: float, other: float
) -> None:
    best = interval_s(write_s, between_s)
    least = lost_share(write_s, between_s, restart_s, best)
    assert least <= lost_share(write_s, between_s, restart_s, best * other) + 1e-12


@given(st.floats(0, 400), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_spares_last_with_the_chance_that_is_asked_and_one_fewer_would_not(
    mean: float, chance: float
) -> None:
    def lasts(keep: int) -> float:
        if not mean:
            return 1.0 if keep >= 0 else 0.0
        terms = (k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(keep + 1))
        return sum(math.exp(term) for term in terms)

    keep = poisson_quantile(mean, chance)
    assert lasts(keep) >= chance
    assert keep == 0 or lasts(keep - 1) < chance


def test_more_parts_never_need_fewer_spares() -> None:
    small, large = planned(superpod(1)), planned(superpod(4))
    few = {spare.item: spare.keep for spare in small.spares}
    assert all(few.get(spare.item, 0) <= spare.keep for spare in large.spares)
    assert {spare.kind for spare in large.spares} == {
        "node", "switch", "transceiver", "cable", "pdu",
    }  # fmt: skip


def test_raw_space_is_more_than_what_is_held_and_every_figure_has_a_source() -> None:
    plan = planned(superpod(1, workloads=[CT, TRAIN], storage={"tier": "better"}))
    held = sum(holding.tb[2][1] for holding in plan.holdings)
    assert plan.raw_tb[2][1] == pytest.approx(held / 0.8, abs=0.01)
    assert all(number.source for number in plan.numbers.values())
    assert factor_at((Growth(after_months=6, factor=2.0),), "ct", 5) == (1.0, 1.0, 1.0)


def test_what_a_workload_measured_takes_the_place_of_an_estimate_here_too() -> None:
    genomes = {
        "name": "wgs", "kind": "genomics-wgs", "genomes_per_day": 48,
        "data": {"class": "phi", "retention_years": 7},
        "measured": {"genome-gb": {"value": 66, "source": "lims-2026"}},
    }  # fmt: skip
    plan = planned(superpod(1, workloads=[genomes]))
    assert plan.holdings[0].tb[0][1] == pytest.approx(48 * 0.066 * 365, rel=1e-3)
    number = plan.numbers["wgs: genome-gb"]
    assert (number.confidence, number.source, number.unit) == ("measured", "lims-2026", "GB")
