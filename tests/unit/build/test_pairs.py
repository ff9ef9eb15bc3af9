"""Schedules of pairs, attribution of what they show, and bisection."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.build.attribution import Measured, attributed
from millwright.build.bisection import isolated
from millwright.build.rounds import rounds_of, screening

counts = st.integers(2, 40)


def names(count: int) -> list[str]:
    """Return names of so many nodes."""
    return [f"n{at:03d}" for at in range(count)]


@settings(deadline=None)
@given(counts)
def test_everybody_meets_everybody_once_and_nobody_twice_in_a_round(count: int) -> None:
    rounds = rounds_of(names(count), "tournament")
    met = [frozenset(pair) for each in rounds for pair in each]
    assert sorted(met, key=sorted) == sorted(
        (frozenset(pair) for pair in combinations(names(count), 2)), key=sorted
    )
    assert len(rounds) == (count - 1 if count % 2 == 0 else count)
    for each in rounds:
        assert len({node for pair in each for node in pair}) == 2 * (count // 2)


@settings(deadline=None)
@given(counts, st.integers(0, 20))
def test_each_rail_goes_on_where_the_last_one_ended(count: int, rail: int) -> None:
    every = rounds_of(names(count), "tournament")
    few = screening(count)
    expected = tuple(every[(few * rail + at) % len(every)] for at in range(few))
    assert rounds_of(names(count), "rails", rail) == expected
    assert rounds_of(names(count), "screening", rail) == every[:few]


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(8, 24))
def test_a_slow_node_and_a_slow_link_are_told_apart(seed: int, count: int) -> None:
    dice = random.Random(seed)
    bad = dice.choice(names(count))
    link = tuple(sorted(dice.sample([n for n in names(count) if n != bad], 2)))
    results = []
    for each in rounds_of(names(count), "tournament"):
        for a, b in each:
            value = 390 * dice.gauss(1, 0.002)
            value *= 0.93 if bad in (a, b) else 1.0
            value *= 0.85 if (a, b) == link or (b, a) == link else 1.0
            results.append(Measured(a, b, value))
    fit = attributed(results)
    worst_node = min(fit.nodes, key=lambda node: node.percent)
    worst_link = min(fit.links, key=lambda each: each.percent)
    assert worst_node.node == bad
    assert worst_node.percent == pytest.approx(-7, abs=1)
    assert (worst_link.a, worst_link.b) == link
    assert worst_link.percent == pytest.approx(-15, abs=1.5)
    dice.shuffle(results)
    assert attributed(results).nodes == fit.nodes


def test_with_one_pair_nobody_is_decided() -> None:
    fit = attributed([Measured("a", "b", 100.0), Measured("c", "d", 390.0)])
    assert fit.links == ()
    assert len(fit.undecided) == 2


def at_scale(bad: set[str], together: tuple[str, ...] = ()) -> Callable[[tuple[str, ...]], bool]:
    """Return a test that bad nodes fail alone, and others only together."""
    return lambda group: not bad & set(group) and not (together and set(together) <= set(group))


@settings(deadline=None)
@given(st.integers(2, 64), st.data())
def test_several_faults_are_found_at_once_and_no_good_node_is_named(
    count: int, data: st.DataObject
) -> None:
    bad = data.draw(st.sets(st.sampled_from(names(count)), max_size=4))
    found = isolated(names(count), [f"good{at}" for at in range(count)], at_scale(bad))
    assert found.faulty == tuple(sorted(bad))
    assert found.boundary == ()
    assert found.padded
    depth = (count - 1).bit_length() + 1
    assert found.tests <= 1 + len(bad) * (2 * depth + 1)


@settings(deadline=None)
@given(st.integers(4, 48), st.data())
def test_what_fails_only_together_is_found_though_both_halves_pass(
    count: int, data: st.DataObject
) -> None:
    pair = data.draw(st.lists(st.sampled_from(names(count)), min_size=2, max_size=2, unique=True))
    found = isolated(names(count), [f"g{at}" for at in range(count)], at_scale(set(), tuple(pair)))
    assert found.boundary == (tuple(sorted(pair)),)
    assert found.faulty == ()


def test_a_node_that_passes_with_other_partners_is_not_named() -> None:
    seen: list[tuple[str, ...]] = []

    def once(group: tuple[str, ...]) -> bool:
        seen.append(group)
        return "n001" not in group or len([g for g in seen if "n001" in g]) > 2

    found = isolated(names(2), ["g1", "g2"], once)
    assert found.faulty == ()
    assert found.unconfirmed == ("n001",)


def test_too_few_good_nodes_for_padding_are_said() -> None:
    assert not isolated(names(8), ["g1"], at_scale({"n003"})).padded
