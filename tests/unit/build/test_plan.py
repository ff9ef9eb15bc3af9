"""A burn-in covers what was designed, in order of yield, within what its feeds carry."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.build.barlint import limits_of, lint
from millwright.build.boots import BOOT
from millwright.build.bounds import bit_error_bound, failure_bound
from millwright.build.commands import filled, still_open
from millwright.build.designbars import design_bars
from millwright.build.plan import Wish, plan
from millwright.build.rounds import circle, screening
from millwright.build.schedule import timeline, turns
from millwright.errors import Infeasible
from millwright.model.buildplan import BuildPlan
from millwright.model.burnin import CLASSES, LEVELS, PARTS, Class
from millwright.model.nodeset import expanded
from millwright.probes import metrics
from millwright.probes.registry import named
from tests.unit.build.plans import CATALOG, basis

BLUEPRINTS = {"lab": 12, "dgx-superpod-h100": 12, "dgx-superpod-gb200": 18, "mi300x-400g": 8}


@st.composite
def planned(draw: st.DrawFn) -> BuildPlan:
    """Draw a burn-in of some design, now and then in racks that may carry little."""
    blueprint = draw(st.sampled_from(sorted(BLUEPRINTS)))
    nodes = draw(st.integers(1, BLUEPRINTS[blueprint]))
    limit = draw(st.sampled_from([None, 30, 45, 60]))
    site = {"site": {"rack": {"max_power_kw": limit}}} if limit else {}
    wish = Wish(draw(st.sampled_from(LEVELS)), draw(st.sampled_from(CLASSES)))
    try:
        return plan(basis(blueprint, nodes, **site), wish)
    except Infeasible:
        return plan(basis(blueprint, nodes), wish)


@settings(deadline=None, max_examples=10)
@given(planned())
def test_no_moment_draws_more_from_a_feed_than_it_carries(made: BuildPlan) -> None:
    budgets = {feed.name: feed.budget_w for feed in made.feeds}
    feed_of = {name: feed.name for feed in made.feeds for name in expanded(feed.nodes)}
    slots = list(timeline(made))
    for moment in {slot.begins for slot in slots}:
        drawn = dict.fromkeys(budgets, 0.0)
        busy = {
            n: s.turn.test.draw_w
            for s in slots
            if s.begins <= moment < s.ends
            for n in s.turn.nodes
        }
        for name, feed in feed_of.items():
            drawn[feed] += max(made.idle_w[name], busy.get(name, 0.0))
        for feed, budget in budgets.items():
            assert budget is None or drawn[feed] <= budget + 1e-3


@settings(deadline=None, max_examples=10)
@given(planned())
def test_two_starts_under_load_on_one_feed_lie_apart(made: BuildPlan) -> None:
    feed_of = {name: feed.name for feed in made.feeds for name in expanded(feed.nodes)}
    starts: dict[str, list[float]] = {}
    for slot in timeline(made):
        extra = any(slot.turn.test.draw_w > made.idle_w[name] for name in slot.turn.nodes)
        for feed in {feed_of[name] for name in slot.turn.nodes} if extra else ():
            starts.setdefault(feed, []).append(slot.begins)
    for times in starts.values():
        assert all(b - a >= made.stagger_s - 1e-6 for a, b in pairwise(sorted(times)))


@settings(deadline=None, max_examples=10)
@given(planned())
def test_every_turn_gets_its_time_and_no_node_does_two_things(made: BuildPlan) -> None:
    slots = list(timeline(made))
    assert len(slots) == len(turns(made))
    by_node: dict[str, list[tuple[float, float]]] = {}
    for slot in slots:
        for name in slot.turn.nodes:
            by_node.setdefault(name, []).append((slot.begins, slot.ends))
    for times in by_node.values():
        assert all(b[0] >= a[1] - 1e-6 for a, b in pairwise(sorted(times)))


@settings(deadline=None, max_examples=8)
@given(st.sampled_from(sorted(BLUEPRINTS)), st.integers(1, 24))
def test_every_designed_node_is_tested_and_the_same_design_gives_the_same_plan(
    blueprint: str, nodes: int
) -> None:
    given_ = basis(blueprint, nodes)
    made = plan(given_, Wish())
    computing = {d.name for d in given_.cluster.devices if d.role == "compute"}
    assert set(made.nodes()) == computing
    assert plan(basis(blueprint, nodes), Wish()) == made


def test_tests_come_by_what_they_yield_a_minute() -> None:
    made = plan(basis(), Wish())
    yields = [test.yield_per_minute for test in made.tests if test.when == "any"]
    assert yields == sorted(yields, reverse=True)
    parts = [PARTS.index(test.when) for test in made.tests]
    assert parts == sorted(parts)


def test_a_budget_of_time_leaves_out_what_yields_least_and_says_so() -> None:
    whole = plan(basis(), Wish())
    short = plan(basis(), Wish(within_s=60))
    assert short.takes_s <= 60
    before = {(out.test, out.pool) for out in whole.left_out}
    gone = [out for out in short.left_out if (out.test, out.pool) not in before]
    least = sorted(whole.tests, key=lambda each: (each.yield_per_minute, each.test, each.pool))
    assert gone
    assert [(out.test, out.pool) for out in gone] == [
        (each.test, each.pool) for each in least[: len(gone)]
    ]
    assert all("a minute, the least" in out.why for out in gone)
    kept = [each for each in whole.tests if each not in least[: len(gone)]]
    assert list(short.tests) == kept


def test_a_plan_says_which_values_have_to_come_from_each_gpu() -> None:
    made = plan(basis("dgx-superpod-h100", 4), Wish())
    burn = next(test for test in made.tests if test.test == "gpu-burn")
    speeds = next(each for each in burn.expects if each.metric == "gpu_burn_gflops")
    assert speeds.devices == tuple(f"gpu{at}" for at in range(8))
    assert burn.argv[:1] == ("gpu_burn",)


def test_racks_that_carry_too_little_have_their_nodes_take_turns() -> None:
    free = plan(basis("dgx-superpod-h100", 4), Wish())
    tight = plan(basis("dgx-superpod-h100", 4, site={"rack": {"max_power_kw": 20}}), Wish())
    assert tight.takes_s > free.takes_s


def test_a_test_that_no_feed_carries_is_left_out_and_not_waited_for() -> None:
    made = plan(basis("dgx-superpod-h100", 4, site={"rack": {"max_power_kw": 15}}), Wish())
    assert "gpu-burn" not in {test.test for test in made.tests}
    assert any("cannot carry" in out.why for out in made.left_out if out.test == "gpu-burn")


@pytest.mark.parametrize("burnin", CATALOG.burnin.values(), ids=lambda each: each.name)
def test_readers_and_metrics_of_the_catalogue_are_known(burnin: object) -> None:
    from millwright.model.burnin import BurnIn

    assert isinstance(burnin, BurnIn)
    assert burnin.reader == BOOT or named(burnin.reader) is not None
    assert [y.metric for y in burnin.yields if metrics.named(y.metric) is None] == []


@given(st.integers(0, 40), st.integers(0, 45))
def test_no_two_nodes_meet_twice_and_none_meets_itself(count: int, rounds: int) -> None:
    nodes = [f"n{at}" for at in range(count)]
    met = [frozenset(pair) for pairs in circle(nodes, rounds) for pair in pairs]
    assert len(met) == len(set(met))
    assert all(len(pair) == 2 for pair in met)
    for pairs in circle(nodes, rounds):
        names = [name for pair in pairs for name in pair]
        assert len(names) == len(set(names)) == count - count % 2


def test_screening_takes_seven_rounds_for_128_nodes_and_all_of_few() -> None:
    assert [screening(n) for n in (0, 1, 2, 3, 4, 8, 128)] == [0, 0, 1, 3, 3, 3, 7]


def test_bounds_are_those_of_the_rule_of_three() -> None:
    assert bit_error_bound(7.06, 425) == pytest.approx(1e-12, rel=0.01)
    assert failure_bound(100, 48) == pytest.approx(6.25e-4)


def test_what_fills_a_slot_is_a_number_or_a_name_and_never_an_option() -> None:
    assert filled(["-c", "{address}"], {"address": "10.0.0.1"}) == ("-c", "10.0.0.1")
    assert still_open(["-c", "{address}"]) == {"address"}
    for bad in ("-x", "a b", "$(id)", "", "a;b", "a\nb"):
        with pytest.raises(ValueError, match="cannot fill"):
            filled(["{address}"], {"address": bad})


@pytest.mark.parametrize("class_", CLASSES)
def test_nothing_but_the_address_of_a_partner_is_left_open(class_: Class) -> None:
    for blueprint in BLUEPRINTS:
        for test in plan(basis(blueprint, 4), Wish(class_=class_, confirmed=True)).tests:
            words = [*test.argv, *test.serve, *test.files.values()]
            assert still_open(words) <= {"address"}, test.test
            assert bool(still_open(test.argv)) == (test.scope == "pair")


def test_what_only_metal_can_tell_is_left_out_of_a_simulated_factory_and_said() -> None:
    made = plan(basis("lab", 2), Wish())
    assert "host-memory" not in {test.test for test in made.tests}
    (out,) = (out for out in made.left_out if out.test == "host-memory")
    assert "not testable here" in out.why
    assert "host-memory" in {t.test for t in plan(basis("dgx-superpod-h100", 2), Wish()).tests}


def test_the_memory_that_the_design_counts_on_is_a_bar() -> None:
    of = basis("dgx-superpod-h100", 2)
    (bar,) = design_bars(of.cluster, CATALOG)
    assert (bar.metric, bar.value, bar.unit) == ("memory_installed", 2_000_000, "MiB")
    assert bar.source in CATALOG.sources
    assert not lint((bar,), limits_of(CATALOG))
    assert bar.fits("dgx-h100", "bare-metal", {}, {})
    assert bar.holds(2 << 20)
    assert not bar.holds(1 << 20)
    assert not list(design_bars(basis("lab", 2).cluster, CATALOG))
