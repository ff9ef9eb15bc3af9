"""Intervals, lemons, growth, money: figures that are known beforehand, and laws."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.account.chances import (
    between_interval,
    binomial_tail,
    chi_square_quantile,
    mean_interval,
    share_interval,
)
from millwright.manage.account.forecast import Series, forecast
from millwright.manage.account.ledger import Facts, books
from millwright.manage.account.lemons import lemons, signals_of
from millwright.manage.account.reliability import reliability
from millwright.model.account import FaultLoss
from millwright.model.accounting import NOTHING, Accounting
from millwright.model.usage import Job, Outage, Period, Trouble

DAY = 86_400


@pytest.mark.parametrize(
    ("share", "degrees", "value"),
    [(0.95, 1, 3.8415), (0.95, 10, 18.3070), (0.025, 2, 0.0506), (0.975, 20, 34.1696),
     (0.5, 100, 99.3341), (0.975, 200, 241.0579)],
)  # fmt: skip
def test_quantiles_of_chi_square_are_those_of_the_tables(
    share: float, degrees: int, value: float
) -> None:
    assert chi_square_quantile(share, degrees) == pytest.approx(value, abs=1e-4)


def test_tails_of_the_binomial_are_those_of_the_tables() -> None:
    assert binomial_tail(3, 10, 0.1) == pytest.approx(0.0701908, abs=1e-7)
    assert binomial_tail(0, 10, 0.1) == 1
    assert binomial_tail(10, 10, 0.5) == pytest.approx(2**-10)


@pytest.mark.parametrize(
    ("count", "trials", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (2, 3, 0.0943, 0.9916)],
)
def test_intervals_of_shares_are_those_of_clopper_and_pearson(
    count: int, trials: int, low: float, high: float
) -> None:
    assert list(share_interval(count, trials)) == pytest.approx([low, high], abs=1e-4)


def test_without_a_failure_there_is_a_lower_end_alone() -> None:
    low, high = between_interval(1000.0, 0)
    assert low == pytest.approx(1000 / 2.9957, rel=1e-4)
    assert high is None


@given(st.floats(1, 1e6), st.integers(1, 200))
def test_an_interval_holds_its_mean_and_grows_narrow(total: float, count: int) -> None:
    low, high = mean_interval(total, count)
    assert low < total / count < high
    wide = mean_interval(total * 4, count * 4)
    assert wide[1] / wide[0] < high / low


def test_an_interval_of_95_per_cent_holds_the_truth_as_often() -> None:
    dice = random.Random(3)
    held = 0
    for _ in range(400):
        times = [dice.expovariate(1 / 7.0) for _ in range(5)]
        low, high = mean_interval(sum(times), 5)
        held += low <= 7.0 <= high
    assert 0.92 <= held / 400 <= 0.98


def test_a_lemon_is_named_and_equal_nodes_are_not() -> None:
    nodes = {f"gpu{n:03d}": 168.0 for n in range(64)}
    assert [x.node for x in lemons({"incidents": {"gpu007": 6, "gpu008": 1}}, nodes)] == ["gpu007"]
    dice = random.Random(11)
    named = 0
    for _ in range(100):
        counts = dict.fromkeys(nodes, 0)
        for _ in range(30):
            counts[dice.choice(list(nodes))] += 1
        named += bool(lemons({"incidents": counts}, nodes))
    assert named <= 8


def test_a_node_that_was_there_twice_as_long_may_have_twice_as_much() -> None:
    counts = {"incidents": {"old": 12, "new": 1}}
    assert not lemons(counts, {"old": 1000.0, "new": 80.0})
    assert lemons(counts, {"old": 500.0, "new": 500.0})[0].node == "old"


def test_a_copied_line_is_one_opinion_and_a_wide_run_blames_no_node() -> None:
    jobs = [Job(str(n), "ann", begin=0, end=10, gpus=8, nodes=("a",), excluded=("bad",))
            for n in range(50)]  # fmt: skip
    wide = Job("99", "bob", state="NODE_FAIL", begin=0, end=10, gpus=16, nodes=("a", "b"))
    found = signals_of([*jobs, wide], (), (), Period(0, DAY, DAY))
    assert found["users who exclude it"] == {"bad": 1}
    assert not found["runs ended by the node"]


def test_times_to_notice_and_to_repair_are_those_of_the_incidents() -> None:
    period = Period(0, 30 * DAY, 30 * DAY)
    troubles = [
        Trouble("1", "a", "xid:79", 0, 600, 7800),
        Trouble("2", "a", "xid:79", DAY, DAY + 1200),
        Trouble("3", "b", "xid:48", 40 * DAY, 40 * DAY),
    ]
    told = reliability(period, troubles, (), ((), 1440.0))
    assert (told.mttd.value, told.mttd.count) == (15, 2)
    assert (told.mttr.value, told.mttr.count) == (2, 1)
    assert (told.mtbf.value, told.incidents, told.open_incidents) == (720, 2, 1)
    assert dict(told.between_starts)["1 d to 7 d"] == 1


def test_without_incidents_outages_stand_in_and_nobody_knows_when_they_were_noticed() -> None:
    period = Period(0, DAY, DAY)
    outages = [Outage("a", 0, 7200, "down"), Outage("b", 0, 3600, "planned")]
    told = reliability(period, (), outages, ((), 48.0))
    assert told.mttd.value is None
    assert (told.mttr.value, told.mtbf.count) == (2, 1)
    assert "outages" in told.mttr.law


def line(days: int, slope: float, noise: float, seed: int) -> list[float]:
    """Return a straight line with a week of its own, and noise."""
    dice = random.Random(seed)
    return [100 + slope * day + (-20 if day % 7 > 4 else 0) + dice.gauss(0, noise)
            for day in range(days)]  # fmt: skip


def test_a_straight_line_is_continued_and_ordered_for_in_time() -> None:
    values = [100.0 + day for day in range(60)]
    told = forecast(Series("x", "h", date(2026, 1, 1), values, limit=200.0, lead_days=30))
    assert told.per_day == 1
    assert told.reached == (date(2026, 1, 1) + timedelta(days=100)).isoformat()
    assert told.order_by == (date(2026, 1, 1) + timedelta(days=70)).isoformat()


def test_one_wild_day_does_not_bend_the_line() -> None:
    values = [100.0 + day for day in range(60)]
    values[30] = 0.0
    told = forecast(Series("x", "h", date(2026, 1, 1), values, limit=200.0))
    assert told.per_day == pytest.approx(1, abs=0.02)
    assert told.order_by is None
    assert "not given" in told.note


def test_days_to_come_lie_within_80_per_cent_about_as_often() -> None:
    inside = 0
    for seed in range(40):
        values = line(70, 0.5, 6.0, seed)
        told = forecast(Series("x", "h", date(2026, 1, 1), values[:56], limit=1e9))
        ends = {day: (low, high) for day, _, low, high in told.points}
        for day in range(56, 70):
            name = (date(2026, 1, 1) + timedelta(days=day)).isoformat()
            if name in ends:
                inside += ends[name][0] <= values[day] <= ends[name][1]
    known = 40 * sum((date(2026, 1, 1) + timedelta(days=d)).isoformat() in ends
                     for d in range(56, 70))  # fmt: skip
    assert 0.68 <= inside / known <= 0.97


def test_a_short_history_is_no_forecast_and_a_far_limit_no_date() -> None:
    short = forecast(Series("x", "h", date(2026, 1, 1), [1.0] * 27, limit=2.0))
    assert short.reached is None
    assert "27 whole days" in short.note
    far = forecast(Series("x", "h", date(2026, 1, 1), [1.0] * 30, limit=2.0, lead_days=1))
    assert far.reached is None
    assert far.order_by is None
    assert "not reached within 60 days" in far.note


FACTS = Facts(days=7, owned_hours=1000, allocated_hours=800, effective_hours=400, node_hours_up=120,
              idle_hours=50, metered_kwh=0, metered_share=0,
              faults=(FaultLoss(fault="xid:79", outages=1, hours=10, share=1),))  # fmt: skip


def test_no_price_no_money() -> None:
    told = books(NOTHING, FACTS)
    assert (told.entries, told.rate) == ((), None)
    assert {"what the machine costs", "what lost hours cost"} <= {m.what for m in told.missing}


def test_every_amount_follows_from_its_formula() -> None:
    terms = Accounting.model_validate({
        "schema": "millwright.accounting/1", "currency": "EUR",
        "prices": {"gpu_hour": 2.0, "power_kwh": 0.2, "pue": 1.5, "node_mean_w": 5000},
        "capex": {"amount": 365_250, "years": 1},
        "value": [{"name": "reads", "unit": "studies", "quantity": 100, "value_each": 100,
                   "source": "finance"}],
    })  # fmt: skip
    amounts = {entry.name: entry.amount for entry in books(terms, FACTS).entries}
    assert amounts["written off"] == pytest.approx(7000)
    assert amounts["energy"] == pytest.approx(120 * 5 * 1.5 * 0.2)
    assert amounts["cost of the period"] == pytest.approx(7180)
    assert amounts["cost of effective GPU-hour"] == pytest.approx(7180 / 400)
    assert amounts["outages: xid:79"] == 20
    assert amounts["held and idle for long"] == 100
    assert amounts["return on what was spent"] == pytest.approx(100 * (10_000 - 7180) / 7180)
    assert all(entry.formula and entry.source for entry in books(terms, FACTS).entries)


def test_prices_want_a_currency() -> None:
    with pytest.raises(ValueError, match="currency"):
        Accounting.model_validate({"schema": "millwright.accounting/1", "prices": {"gpu_hour": 1}})
