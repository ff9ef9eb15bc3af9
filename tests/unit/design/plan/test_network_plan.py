"""Nothing on the network shares name, address or number with another, and growth moves none."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address
from typing import Any

import pytest

from millwright.design.export.dns import lent
from millwright.design.plan.nets import Net
from millwright.design.plan.plan import NetworkPlan, network_plan
from millwright.design.plan.routers import FIRST_ASN
from millwright.design.solve import solve
from millwright.errors import Infeasible
from millwright.model.catalog import Catalog
from millwright.model.exported import Unexportable
from tests.conftest import factory

SPECTRUM = "dgx-superpod-b300-spectrum"
LARGEST = {SPECTRUM: 2048, "dgx-superpod-h100": 2047, "dgx-superpod-gb300": 4096}
"""Nodes of 16,384 GPUs: eight of each node, four of a tray; one displaced by a fabric manager."""


def planned(catalog: Catalog, blueprint: str, nodes: int, **keys: Any) -> NetworkPlan:
    """Return the plan of a design of that many nodes."""
    domain = keys.pop("domain", None)
    spec = factory(blueprint=blueprint, compute=[{"name": "gpu", "nodes": nodes}], **keys)
    design = solve(spec, catalog)
    return network_plan(design.cluster, design.cables, catalog, spec.networks, domain)


@pytest.fixture(scope="module")
def small(catalog: Catalog) -> NetworkPlan:
    return planned(catalog, SPECTRUM, 128)


@pytest.mark.parametrize("blueprint", LARGEST)
def test_at_16384_gpus_no_two_things_share_a_name_an_address_or_a_number(
    catalog: Catalog, blueprint: str
) -> None:
    plan = planned(catalog, blueprint, LARGEST[blueprint])
    at = [address for named in plan.names for address in named.at.both]
    assert len(at) == 2 * len(plan.names) == len(set(at))
    assert len({named.name for named in plan.names}) == len(plan.names)
    for named in plan.names:
        net = plan.nets[named.net]
        assert net.v4 is not None
        assert named.at.v4 in net.v4
        assert named.at.v6 in net.v6
    numbers = Counter(router.number for router in plan.routers.values())
    assert max(numbers.values()) == 1
    for fabric, names in plan.node_descriptions.items():
        assert max(Counter(names).values()) == 1, fabric


def test_what_is_lent_to_strangers_belongs_to_nobody(small: NetworkPlan) -> None:
    for name in ("inband", "oob"):
        span = lent(small.nets[name])
        assert span is not None
        first, last = span
        owned = [named.at.v4 for named in small.names if named.net == name]
        assert not any(first <= at <= last for at in owned if at is not None)


def test_a_larger_design_leaves_names_addresses_and_numbers_as_they_are(
    catalog: Catalog, small: NetworkPlan
) -> None:
    large = planned(catalog, SPECTRUM, 192)
    kept = {named.name: named for named in large.names}
    assert [named.name for named in small.names if kept.get(named.name) != named] == []
    assert [name for name, r in small.routers.items() if large.routers.get(name) != r] == []


def test_asns_are_private_one_a_leaf_and_one_for_the_spines_of_a_plane(small: NetworkPlan) -> None:
    leaves = [r.asn for r in small.routers.values() if r.name.startswith("leaf-")]
    assert len(set(leaves)) == len(leaves) == 32
    for plane in ("1", "2"):
        spines = {r.asn for r in small.routers.values() if r.name.startswith(f"spine-p{plane}-")}
        assert len(spines) == 1
        assert not spines & set(leaves)
    assert all(FIRST_ASN <= r.asn <= 4_294_967_294 for r in small.routers.values())


def test_both_ends_of_a_cable_to_a_machine_are_in_one_link_of_two(small: NetworkPlan) -> None:
    assert len(small.links) == 128 * (8 * 2 + 2)
    for link in small.links:
        assert link.here.v4 is not None
        assert link.there.v4 is not None
        assert int(link.here.v4) % 2 == 0
        assert int(link.there.v4) == int(link.here.v4) + 1
        assert int(link.there.v6) == int(link.here.v6) + 1


def test_no_cage_is_used_whole_and_split_and_all_its_lanes_run_alike(small: NetworkPlan) -> None:
    for box in small.boxes.values():
        ways: dict[int, set[int]] = {}
        for wire in box.wires:
            ways.setdefault(wire.cage, set()).add(wire.lanes)
            assert wire.lane < wire.lanes
        assert all(len(lanes) == 1 for lanes in ways.values())
        slots = [wire.slot for wire in box.wires]
        assert len(set(slots)) == len(slots)


def test_both_ends_of_a_link_between_switches_run_at_one_speed(small: NetworkPlan) -> None:
    ends = {
        (box.device.name, wire.port): wire for box in small.boxes.values() for wire in box.wires
    }
    for (name, port), wire in ends.items():
        if wire.routed:
            other = ends[wire.peer.name, wire.peer_port]
            assert (other.peer.name, other.peer_port, other.gbps) == (name, port, wire.gbps)


def test_networks_of_the_spec_win_and_a_vlan_is_the_specs_own(catalog: Catalog) -> None:
    networks = [
        {"name": "inband", "cidr": "172.20.0.0/16", "vlan": 77},
        {"name": "compute", "cidr": "172.24.0.0/13"},
        {"name": "oob", "cidr": "fd00:1::/64"},
    ]
    plan = planned(catalog, SPECTRUM, 64, networks=networks)
    assert str(plan.nets["compute"].v4) == "172.24.0.0/13"
    assert plan.nets["inband"].vlan == 77
    assert plan.nets["oob"].v4 is None
    bmc = next(named for named in plan.names if named.name == "gpu001-bmc")
    assert bmc.at.both == (ip_address("fd00:1::1000:0:0:0"),)


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        ([{"name": "compute", "cidr": "10.40.0.0/16"}], "overlap"),
        ([{"name": "compute", "cidr": "192.168.0.0/24"}], "has 256 addresses"),
        ([{"name": "loopback", "cidr": "192.168.0.0/30"}], "has 4 addresses"),
        ([{"name": "loopback", "cidr": "fd00:9::/64"}], "known by an IPv4 address"),
        ([{"name": "inband", "cidr": "10.32.0.0/11", "vlan": 20}], "one VLAN"),
    ],
)
def test_networks_that_do_not_go_together_are_refused(
    catalog: Catalog, networks: list[dict[str, Any]], told: str
) -> None:
    with pytest.raises(Infeasible, match=told):
        planned(catalog, SPECTRUM, 64, networks=networks)


@pytest.mark.parametrize("domain", ["", "a b", "-x.org", "x..org", "a\nb", 'x"; y', "x" * 64])
def test_what_is_no_domain_is_refused(catalog: Catalog, domain: str) -> None:
    with pytest.raises(Unexportable, match="is no domain"):
        planned(catalog, "lab", 2, domain=domain)


def test_a_name_that_two_things_would_have_is_refused(catalog: Catalog) -> None:
    spec = factory(
        blueprint="dgx-superpod-h100",
        compute=[{"name": "gpu", "nodes": 2, "hostnames": "node1,node1-bmc"}],
    )
    design = solve(spec, catalog)
    with pytest.raises(Unexportable, match="would both be called node1-bmc"):
        network_plan(design.cluster, design.cables, catalog, ())


def test_ranges_that_are_chosen_keep_clear_of_the_specs(catalog: Catalog) -> None:
    plan = planned(catalog, SPECTRUM, 64, networks=[{"name": "inband", "cidr": "10.96.0.0/12"}])
    assert str(plan.nets["compute"].v4) == "10.128.0.0/11"
    assert str(plan.nets["storage"].v4) == "10.160.0.0/11"
    ranges = [net.v4 for net in plan.nets.values() if net.v4 is not None]
    assert not any(a.overlaps(b) for i, a in enumerate(ranges) for b in ranges[:i])


def test_infiniband_has_node_descriptions_and_partitions_and_no_addresses(catalog: Catalog) -> None:
    plan = planned(catalog, "dgx-superpod-h100", 31)
    assert set(plan.node_descriptions) == {"compute", "storage"}
    assert "gpu001 mlx5_0" in plan.node_descriptions["compute"]
    assert [(p.name, p.key) for p in plan.partitions] == [("pool-gpu", 0x10)]
    assert set(plan.nets) == {"inband", "oob", "loopback"}
    assert isinstance(plan.nets["inband"], Net)
