"""Odd wishes: whatever a valid spec asks of the fabrics is drawn rightly or refused in words."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.design.solve import solve
from millwright.errors import Infeasible
from tests.conftest import factory
from tests.unit.design.test_laws import CATALOG, ends

SWITCHES = st.sampled_from(sorted(CATALOG.switches))


def wishes(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


COMPUTE = wishes(
    switch=st.sampled_from(["qm9700", "sn5600", "q3400-ra"]),
    nodes_per_rail_group=st.sampled_from([1, 4, 16, 32, 64, 100]),
    oversubscription=st.sampled_from([1.0, 1.333, 2.0, 64.0]),
    planes=st.sampled_from([1, 2, 4]),
    rail_optimized=st.booleans(),
    dual_tor=st.booleans(),
    manager=st.sampled_from(["ufm", "none"]),
    tiers=st.sampled_from([1, 2, 3]),
    spines=st.sampled_from([1, 3, 7, 16, 100]),
    uplinks_per_leaf=st.sampled_from([1, 7, 32, 60, 4096]),
    min_leaves=st.sampled_from([1, 2, 5]),
    isl_ratio=st.sampled_from([1.0, 2.0, 64.0]),
    spine_scope=st.sampled_from(["plane", "rail", "rail-and-unit"]),
)
STORAGE = wishes(
    oversubscription=st.sampled_from([1.0, 1.333, 4.0]),
    node_ports_per_leaf=st.sampled_from([1, 32, 63, 4096]),
    storage_links_per_unit=st.sampled_from([0, 8, 200]),
    separate_storage_leaves=st.booleans(),
    spines=st.sampled_from([1, 5, 64]),
    shared_with=st.just("inband"),
)
INBAND = wishes(
    switch=SWITCHES,
    cores=st.sampled_from([0, 1, 2, 3, 16]),
    nodes_per_pair=st.sampled_from([1, 5, 48, 4096]),
    reserved_ports=st.sampled_from([0, 10, 512]),
    isl_links=st.sampled_from([0, 1, 64]),
    uplinks_per_core=st.sampled_from([1, 4, 64]),
    site_uplinks=st.sampled_from([0, 1, 64]),
)
OOB = wishes(
    switch=SWITCHES,
    nodes_per_switch=st.sampled_from([1, 7, 48, 4096]),
    min_switches=st.sampled_from([1, 8]),
    uplinks=st.sampled_from([0, 1, 8]),
    spare_ports=st.sampled_from([0, 5, 300]),
)
POOLS = st.lists(
    st.fixed_dictionaries(
        {"nodes": st.sampled_from([1, 5, 31, 32, 33, 100])},
        optional={"server": st.sampled_from(["dgx-h100", "hgx-b200", "dgx-b300", "lab-node"])},
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(
    blueprint=st.sampled_from(sorted(CATALOG.blueprints)),
    pools=POOLS,
    fabrics=wishes(compute=COMPUTE, storage=STORAGE, inband=INBAND, oob=OOB),
)
def test_a_valid_spec_is_drawn_without_collision_or_refused_in_words(
    blueprint: str, pools: list[dict[str, Any]], fabrics: dict[str, Any]
) -> None:
    named = [{"name": f"pool{n}", **pool} for n, pool in enumerate(pools)]
    try:
        design = solve(factory(blueprint=blueprint, compute=named, fabrics=fabrics), CATALOG)
    except Infeasible as refusal:
        told = refusal
    else:
        used = ends(design.cables)
        names = [device.name for device in design.cluster.devices]
        assert len(set(used)) == len(used)
        assert len(set(names)) == len(names)
        assert {device for device, _ in used} <= set(names)
        return
    assert told.message
    assert told.where
