"""The main job on the four-unit SuperPOD, and what it refuses."""

from __future__ import annotations

from collections import Counter

import pytest

from millwright.design.document import design_document, refusal_document
from millwright.design.solve import Design, solve
from millwright.errors import Infeasible
from millwright.model.catalog import Catalog
from tests.conftest import factory, superpod


@pytest.fixture(scope="module")
def pod(catalog: Catalog) -> Design:
    return solve(superpod(4), catalog)


def test_four_units_of_h100_are_the_published_factory(pod: Design) -> None:
    cluster = pod.cluster
    compute = cluster.fabrics["compute"]
    assert (cluster.nodes, cluster.gpus) == (127, 1016)
    assert (compute.leaf_switches, compute.spine_switches) == (32, 16)
    assert compute.node_leaf_links + compute.manager_links == 1020
    assert compute.leaf_spine_links == 1024
    assert (cluster.racks.total, cluster.racks.management) == (38, 6)


def test_the_whole_published_bill_is_there(pod: Design) -> None:
    bill = {(line.item, line.location): line.quantity for line in pod.bom}
    assert bill["fibre-mmf-400g", "compute"] == 2040
    assert bill["splitter-mmf-400g", "compute"] == 2
    assert bill["switch-osfp-2x400g-mmf", "compute"] == 1536
    assert bill["node-osfp-2x400g-mmf", "compute"] == 508
    assert bill["qsfp112-400g-mmf", "compute-manager"] == 4
    assert bill["raritan-px3-5878i2r", "compute"] == 96
    assert bill["raritan-px3-5747v-v2", "management"] == 12
    fabrics = Counter(pod.cables.fabric)
    assert (fabrics["inband"], fabrics["oob"]) == (304, 333)


def test_rails_follow_the_port_map_and_not_the_cage_number(pod: Design) -> None:
    rows = {
        (a, port): (b, rail)
        for a, port, b, rail in zip(
            pod.cables.a_device,
            pod.cables.a_port,
            pod.cables.b_device,
            pod.cables.rail,
            strict=True,
        )
    }
    assert rows["gpu001", "OSFP1/1"] == ("leaf-01-8", 8)
    assert rows["gpu001", "OSFP4/2"] == ("leaf-01-1", 1)
    assert rows["gpu127", "OSFP4/2"] == ("leaf-04-1", 1)


def test_both_ports_of_a_cage_carry_the_same_kind_of_fibre(pod: Design) -> None:
    kinds: dict[tuple[str, str], set[str]] = {}
    table = pod.cables
    for fabric, device, port, cable in zip(
        table.fabric, table.b_device, table.b_port, table.cable, strict=True
    ):
        if fabric == "compute":
            cage = "/".join(port.split("/")[:2])
            kinds.setdefault((device, cage), set()).add(cable)
    assert all(len(found) == 1 for found in kinds.values())


def test_the_manager_keeps_a_port_on_each_appliance_when_a_leaf_dies(pod: Design) -> None:
    table = pod.cables
    reached: dict[str, set[str]] = {}
    for a, b in zip(table.a_device, table.b_device, strict=True):
        if a.startswith("ufm-compute") and b.startswith("leaf"):
            reached.setdefault(a, set()).add(b)
    assert all(len(leaves) == 2 for leaves in reached.values())
    assert len(reached) == 2


def test_the_two_links_that_make_room_for_splitters_are_told(pod: Design) -> None:
    assert [f.severity for f in pod.cluster.findings if f.rule == "MW-D-014"] == ["warn"]


def test_nodes_without_a_manager_fill_every_place(catalog: Catalog) -> None:
    none = {"compute": {"manager": "none"}, "storage": {"manager": "none"}}
    cluster = solve(superpod(4, fabrics=none), catalog).cluster
    assert (cluster.nodes, cluster.fabrics["compute"].node_leaf_links) == (128, 1024)


def test_gpus_round_up_to_nodes_and_say_so(catalog: Catalog) -> None:
    spec = factory(blueprint="dgx-superpod-h100", compute=[{"name": "gpu", "gpus": 250}])
    cluster = solve(spec, catalog).cluster
    assert (cluster.nodes, cluster.gpus) == (32, 256)
    assert any(finding.rule == "MW-D-007" for finding in cluster.findings)


def test_two_planes_halve_the_links_and_double_the_switches(catalog: Catalog) -> None:
    compute = solve(superpod(4, "b300-spectrum"), catalog).cluster.fabrics["compute"]
    assert (compute.planes, compute.link_gbps) == (2, 400)
    assert (compute.leaf_switches, compute.spine_switches) == (64, 32)
    assert {link.plane for link in compute.links} == {1, 2}


def test_a_second_pool_has_names_of_its_own(catalog: Catalog) -> None:
    pools = [{"name": "gpu", "nodes": 40}, {"name": "edge2", "server": "hgx-h100", "nodes": 8}]
    spec = factory(blueprint="dgx-superpod-h100", compute=pools)
    names = {device.name for device in solve(spec, catalog).cluster.devices}
    assert {"gpu040", "edge2-008", "edge2-leaf-01-1", "leaf-01-1"} <= names


def test_workloads_without_hardware_are_refused_with_the_reason(catalog: Catalog) -> None:
    spec = factory(workloads=[{"name": "train", "kind": "training"}])
    with pytest.raises(Infeasible, match="workloads") as refused:
        solve(spec, catalog)
    document = refusal_document("test", refused.value)
    assert document["nodes"] is None
    assert document["findings"][0]["rule"] == "MW-D-001"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"compute": {"tiers": 2, "manager": "none"}}, "two tiers join at most 64 leaves"),
        ({"compute": {"switch": "qm8790", "manager": "none"}}, "no ports of 400 Gb/s"),
        ({"compute": {"tiers": 1, "manager": "none"}}, "one tier of qm9700"),
    ],
)
def test_what_cannot_be_built_is_refused_with_the_limit(
    catalog: Catalog, keys: dict[str, object], reason: str
) -> None:
    with pytest.raises(Infeasible, match=reason):
        solve(superpod(12, fabrics=keys), catalog)


def test_uneven_spines_are_built_and_the_count_that_would_fit_is_named(catalog: Catalog) -> None:
    none = {"compute": {"spines": 17, "manager": "none"}, "storage": {"manager": "none"}}
    cluster = solve(superpod(4, fabrics=none), catalog).cluster
    assert cluster.fabrics["compute"].spine_switches == 32
    small = {"compute": {"spines": 48, "manager": "none"}, "storage": {"manager": "none"}}
    found = [f for f in solve(superpod(4, fabrics=small), catalog).cluster.findings]
    assert any(f.rule == "MW-D-012" for f in found)


def test_a_small_site_network_is_refused_and_named(catalog: Catalog) -> None:
    tight = [{"name": "oob", "cidr": "10.9.0.0/26"}]
    with pytest.raises(Infeasible, match=r"network oob \(10.9.0.0/26\) has room for"):
        solve(superpod(4, networks=tight), catalog)


def test_overlapping_site_networks_are_refused(catalog: Catalog) -> None:
    both = [{"name": "oob", "cidr": "10.0.0.0/8"}, {"name": "inband", "cidr": "10.1.0.0/16"}]
    with pytest.raises(Infeasible, match="overlap"):
        solve(superpod(1, networks=both), catalog)


def test_few_clocks_and_a_small_network_have_a_number_each(catalog: Catalog) -> None:
    few = solve(superpod(1, services={"ntp": ["192.0.2.1"]}), catalog).cluster.findings
    assert [(f.rule, f.severity) for f in few if f.where == "services.ntp"] == [
        ("MW-D-042", "warn")
    ]
    small = [{"name": "oob", "cidr": "10.0.0.0/29"}, {"name": "inband", "cidr": "10.1.0.0/16"}]
    with pytest.raises(Infeasible) as caught:
        solve(superpod(1, networks=small), catalog)
    assert caught.value.rule == "MW-D-040"


def test_what_is_not_computed_is_null_and_never_zero(catalog: Catalog) -> None:
    spec = factory(blueprint="lab", compute=[{"name": "gpu", "nodes": 4}])
    document = design_document(solve(spec, catalog).cluster)
    assert document["power"]["it_max_kw"] is None
    assert document["cooling"]["heat_kw"] is None


def test_the_lab_says_that_it_is_simulated(catalog: Catalog) -> None:
    spec = factory(blueprint="lab", compute=[{"name": "gpu", "nodes": 4}])
    cluster = solve(spec, catalog).cluster
    assert cluster.simulated
    assert all(device.simulated for device in cluster.devices)
    assert {"gpu1", "gpu4", "head-1"} <= {device.name for device in cluster.devices}


def test_an_assembly_that_does_not_fit_its_cage_is_told(catalog: Catalog) -> None:
    told = [f.message for f in solve(superpod(1, "b200"), catalog).cluster.findings]
    assert any("aoc-200g has no plug for the osfp-finned cages of sn5600" in text for text in told)
    fitting = solve(superpod(1), catalog).cluster.findings
    assert not [f for f in fitting if f.rule == "MW-D-032"]


def test_steps_of_the_spines_are_told_before_anything_is_built(catalog: Catalog) -> None:
    (found,) = [f for f in solve(superpod(4), catalog).cluster.findings if f.rule == "MW-D-024"]
    assert "4 from scalable unit 1 on, 8 from scalable unit 2 on, 16 from scalable unit 3" in (
        found.message
    )
