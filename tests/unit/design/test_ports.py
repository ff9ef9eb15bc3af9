"""Ports and cages of switches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.design.fabrics.ports import CagePool, negotiated, plan_at
from millwright.model.catalog import Catalog


def test_a_twin_port_switch_names_cage_and_lane(catalog: Catalog) -> None:
    plan = plan_at(catalog.switches["qm9700"], 400)
    assert plan is not None
    assert plan.names(1, 3) == ["1/1/1", "1/1/2", "1/2/1"]
    assert plan.last_names(2) == ["1/32/1", "1/32/2"]


def test_a_split_cage_has_child_names_and_a_whole_one_the_parents(catalog: Catalog) -> None:
    sn5600 = catalog.switches["sn5600"]
    split, whole = plan_at(sn5600, 400), plan_at(sn5600, 800)
    assert split is not None
    assert whole is not None
    assert split.names(2, 2) == ["swp2s0", "swp2s1"]
    assert whole.names(2, 1) == ["swp2"]


def test_ethernet_ends_agree_on_the_lower_speed(catalog: Catalog) -> None:
    assert negotiated(catalog.switches["sn4600c"], 200).gbps == 100
    assert negotiated(catalog.switches["sn5600"], 250).gbps == 200
    assert plan_at(catalog.switches["qm9700"], 800) is None


@given(st.lists(st.sampled_from([100.0, 200.0, 400.0, 800.0]), max_size=80), st.booleans())
def test_a_pool_hands_out_no_port_twice_and_mixes_no_speeds_in_a_cage(
    wishes: list[float], descending: bool
) -> None:
    from tests.unit.design.test_laws import CATALOG

    sn5600 = CATALOG.switches["sn5600"]
    pool = CagePool(5, 40, descending=descending)
    speed_of: dict[int, float] = {}
    names: list[str] = []
    for gbps in wishes:
        plan = plan_at(sn5600, gbps)
        assert plan is not None
        if not pool.room(plan):
            with pytest.raises(IndexError):
                pool.take(plan)
            continue
        name, cage = pool.take(plan)
        names.append(name)
        assert speed_of.setdefault(cage, gbps) == gbps
        assert 5 <= cage <= 40
    assert len(set(names)) == len(names)
