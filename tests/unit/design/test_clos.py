"""The arithmetic of Clos networks: published counts, laws and refusals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.design.fabrics.clos import (
    Leaf,
    Limits,
    TooLarge,
    divisors,
    size_tree,
    spine_births,
    spine_loads,
    spines_for,
)


@pytest.mark.parametrize(
    ("leaves", "uplinks", "ports", "spines"),
    [(8, 32, 64, 4), (16, 32, 64, 8), (24, 32, 64, 16), (32, 32, 64, 16), (32, 72, 144, 18)],
)
def test_spines_are_the_smallest_divisor_that_is_large_enough(
    leaves: int, uplinks: int, ports: int, spines: int
) -> None:
    assert spines_for([uplinks] * leaves, ports) == (spines, True)


def test_a_rail_of_gb200_has_six_half_radix_spines() -> None:
    tree = size_tree([Leaf(18)] * 8, Limits(64, 64, tiers=3))
    assert (tree.spines, tree.cores) == (6, 3)


def test_a_hundred_and_forty_a100_nodes_need_28_cores() -> None:
    leaves = [Leaf(20, rail) for _ in range(7) for rail in range(8)]
    tree = size_tree(leaves, Limits(40, 40, tiers=3))
    assert (tree.spines, tree.cores) == (80, 28)


def test_sixteen_units_of_h100_have_half_radix_spines_and_half_as_many_cores() -> None:
    tree = size_tree([Leaf(32)] * 128, Limits(64, 64))
    assert (tree.tiers, tree.spines, tree.cores) == (3, 128, 64)


def test_two_tiers_refuse_more_leaves_than_a_spine_has_ports() -> None:
    with pytest.raises(TooLarge, match=r"at most 64 leaves.*2048 endpoints.*65 leaves"):
        size_tree([Leaf(32)] * 65, Limits(64, 64, tiers=2))


def test_three_tiers_refuse_more_pods_than_a_core_has_ports() -> None:
    with pytest.raises(TooLarge, match=r"at most 64 pods.*65536 endpoints"):
        size_tree([Leaf(32)] * (64 * 32 + 1), Limits(64, 64))


@given(st.integers(1, 5000))
def test_divisors_divide_and_are_in_order(number: int) -> None:
    found = divisors(number)
    assert found == sorted(d for d in range(1, number + 1) if number % d == 0)


@given(
    leaves=st.integers(2, 200),
    uplinks=st.sampled_from([8, 16, 18, 20, 24, 28, 32, 36, 64, 72]),
    ports=st.sampled_from([32, 40, 64, 128, 144]),
)
def test_no_upper_switch_has_more_links_than_ports(leaves: int, uplinks: int, ports: int) -> None:
    if uplinks > ports // 2:
        return
    sized = [Leaf(uplinks)] * leaves
    tree = size_tree(sized, Limits(ports, ports))
    down = ports if tree.tiers == 2 else ports // 2
    loads = [load for pod in tree.pods for load in spine_loads(pod, sized)]
    assert max(loads) <= down
    assert sum(loads) == leaves * uplinks
    if tree.tiers == 3:
        assert sum(loads) <= tree.cores * ports


@given(leaves=st.integers(1, 64), more=st.integers(1, 16))
def test_spines_of_a_smaller_fabric_are_born_at_the_same_leaf(leaves: int, more: int) -> None:
    limits = Limits(128, 128, tiers=2)
    small = size_tree([Leaf(32)] * leaves, limits).pods[0]
    large = size_tree([Leaf(32)] * (leaves + more), limits).pods[0]
    sized = [Leaf(32)] * (leaves + more)
    born = spine_births(large, sized, limits)
    assert born[: small.spines] == spine_births(small, sized, limits)
