"""Laws that hold for every design, whatever is asked for."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.catalogs import load
from millwright.design.fabrics.ports import plan_at, speeds, spelled
from millwright.design.growth import moves
from millwright.design.solve import Design, solve
from millwright.errors import Infeasible
from millwright.model.catalog import Switch
from millwright.model.cluster import CableTable, Device
from tests.conftest import factory

CATALOG = load(None).catalog

COUNTS = (
    "leaf_switches",
    "spine_switches",
    "core_switches",
    "node_leaf_links",
    "leaf_spine_links",
    "spine_core_links",
)

SIZES = {
    "dgx-superpod-h100": 200,
    "dgx-superpod-b200": 140,
    "dgx-superpod-b300-spectrum": 160,
    "dgx-superpod-b300-xdr": 200,
    "dgx-superpod-gb200": 300,
    "dgx-superpod-gb300": 300,
    "dgx-superpod-a100": 120,
    "dgx-basepod-b200": 8,
    "era-2-4-3-200": 32,
    "era-2-8-5-200": 32,
    "era-2-8-9-400": 64,
    "era-2-8-9-800": 64,
    "mi300x-400g": 96,
    "pcie-inference-l40s": 64,
    "lab": 12,
}


@st.composite
def asked(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a spec: a blueprint of some size, now and then with a key of its own."""
    blueprint = draw(st.sampled_from(sorted(SIZES)))
    nodes = draw(st.integers(1, SIZES[blueprint]))
    spec: dict[str, Any] = {
        "blueprint": blueprint,
        "compute": [{"name": "gpu", "nodes": nodes}],
    }
    if blueprint.startswith("dgx-superpod-h") and draw(st.booleans()):
        spec["fabrics"] = {
            "compute": draw(
                st.sampled_from(
                    [{"manager": "none"}, {"oversubscription": 2.0}, {"spines": 32}, {"tiers": 3}]
                )
            )
        }
    return spec


def designed(spec: dict[str, Any]) -> Design:
    return solve(factory(**spec), CATALOG)


def ends(cables: CableTable) -> list[tuple[str, str]]:
    return [
        *zip(cables.a_device, cables.a_port, strict=True),
        *zip(cables.b_device, cables.b_port, strict=True),
    ]


@settings(max_examples=60, deadline=None)
@given(asked())
def test_no_port_is_used_twice_and_every_end_is_a_device(spec: dict[str, Any]) -> None:
    design = designed(spec)
    used = ends(design.cables)
    assert len(set(used)) == len(used)
    names = [device.name for device in design.cluster.devices]
    assert len(set(names)) == len(names)
    assert {device for device, _ in used} <= set(names)


@settings(max_examples=60, deadline=None)
@given(asked())
def test_no_port_is_used_whole_and_split(spec: dict[str, Any]) -> None:
    used = set(ends(designed(spec).cables))
    for device, port in used:
        parent = port.rpartition("/")[0] if "/" in port else port.rpartition("s")[0]
        assert (device, parent) not in used, f"{device} {parent} is used whole and as {port}"


def _ports_of(switch: Switch) -> set[str]:
    names = {"mgmt0"}
    for gbps in speeds(switch):
        plan = plan_at(switch, gbps)
        assert plan is not None
        names |= set(plan.names(1, plan.ports))
    count = switch.uplink_count.value if switch.uplink_count else 0
    cages = range(switch.cage_count.value + 1, switch.cage_count.value + count + 1)
    return names | {spelled(switch.uplink_port_name, cage, 1) for cage in cages}


@settings(max_examples=60, deadline=None)
@given(asked())
def test_every_port_of_a_switch_is_one_that_its_model_has(spec: dict[str, Any]) -> None:
    design = designed(spec)
    switches = {d.name: d.model for d in design.cluster.devices if d.kind == "switch"}
    ports = {model: _ports_of(CATALOG.switches[model]) for model in set(switches.values())}
    for device, port in ends(design.cables):
        known = ports.get(switches.get(device, ""), {port})
        assert port in known or port.rpartition("/")[0] in known, f"{device} has no {port}"


@settings(max_examples=40, deadline=None)
@given(asked())
def test_every_nic_of_every_node_has_one_cable(spec: dict[str, Any]) -> None:
    design = designed(spec)
    blueprint = CATALOG.blueprints[spec["blueprint"]]
    if blueprint.fabrics.compute is None:
        return
    server = CATALOG.servers[blueprint.server]
    legs = blueprint.fabrics.compute.planes
    per_node = Counter(
        a
        for fabric, a in zip(design.cables.fabric, design.cables.a_device, strict=True)
        if fabric == "compute"
    )
    for device in design.cluster.devices:
        if device.role == "compute":
            assert per_node[device.name] == len(server.ports_of("compute")) * legs


@settings(max_examples=60, deadline=None)
@given(asked())
def test_every_leaf_reaches_every_spine_of_its_pod_equally_or_a_finding_says_so(
    spec: dict[str, Any],
) -> None:
    design = designed(spec)
    by_name = {device.name: device for device in design.cluster.devices}
    links: dict[str, Counter[str]] = {}
    table = design.cables
    for fabric, a, b in zip(table.fabric, table.a_device, table.b_device, strict=True):
        if (by_name[a].role, by_name[b].role) == ("leaf", "spine") and fabric != "oob":
            links.setdefault(a, Counter())[b] += 1
    told = any(finding.rule == "MW-D-012" for finding in design.cluster.findings)
    for leaf, reached in links.items():
        first = by_name[next(iter(reached))]
        pod = [
            d.name
            for d in design.cluster.devices
            if (d.role, d.fabric, d.plane, d.pod) == ("spine", first.fabric, first.plane, first.pod)
        ]
        assert told or (set(reached) == set(pod) and len(set(reached.values())) == 1), leaf


@settings(max_examples=60, deadline=None)
@given(asked())
def test_racks_overlap_nowhere_and_addresses_are_given_once(spec: dict[str, Any]) -> None:
    design = designed(spec)
    filled: set[tuple[str | None, int]] = set()
    heights = {rack.name: rack.height_u for rack in design.cluster.rack_units}
    addresses: set[str] = set()
    for device in design.cluster.devices:
        for address in device.addresses:
            assert address.address not in addresses
            addresses.add(address.address)
        if device.u is None or device.rack is None:
            continue
        units = {(device.rack, u) for u in range(device.u, device.u + device.height_u)}
        assert not units & filled
        filled |= units
        assert device.u + device.height_u - 1 <= heights[device.rack]


@settings(max_examples=30, deadline=None)
@given(asked())
def test_solving_twice_gives_the_same(spec: dict[str, Any]) -> None:
    first, second = designed(spec), designed(spec)
    assert first.cluster == second.cluster
    assert first.cables == second.cables
    assert first.bom == second.bom


def _place(device: Device) -> tuple[object, ...]:
    return device.model, device.rack, device.u, device.addresses


@settings(max_examples=80, deadline=None)
@given(asked(), st.integers(1, 40))
def test_growth_lowers_no_count_and_moves_nothing_that_no_finding_lists(
    spec: dict[str, Any], more: int
) -> None:
    nodes = spec["compute"][0]["nodes"]
    larger = {**spec, "compute": [{"name": "gpu", "nodes": nodes + more}]}
    try:
        old, new = designed(spec), designed(larger)
    except Infeasible:
        return
    assert new.cluster.nodes > old.cluster.nodes
    assert new.cluster.racks.total >= old.cluster.racks.total
    for name, fabric in old.cluster.fabrics.items():
        for field in COUNTS:
            assert getattr(new.cluster.fabrics[name], field) >= getattr(fabric, field), field
    told = " ".join(m.message for m in moves(old.cluster, old.cables, new.cluster, new.cables))
    now = {device.name: device for device in new.cluster.devices}
    for device in old.cluster.devices:
        if device.name not in now or _place(now[device.name]) != _place(device):
            assert device.name in told
    before = dict(zip(ends(old.cables), [*ends(old.cables)], strict=True))
    peers_old, peers_new = _peers(old.cables), _peers(new.cables)
    for end in before:
        if peers_new.get(end) != peers_old[end]:
            assert f"{' '.join(end)}:" in told


def _peers(cables: CableTable) -> dict[tuple[str, str], tuple[str, str]]:
    both = ends(cables)
    half = len(cables)
    a, b = both[:half], both[half:]
    return {**dict(zip(a, b, strict=True)), **dict(zip(b, a, strict=True))}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_growth_within_a_spine_set_moves_no_device_at_all(units: int, more: int) -> None:
    def pod(count: int) -> Design:
        return designed(
            {
                "blueprint": "dgx-superpod-h100",
                "compute": [{"name": "gpu", "scalable_units": count}],
                "fabrics": {"compute": {"spines": 16}},
            }
        )

    small, large = sorted((min(units, 4), min(units + more, 4)))
    old, new = pod(small), pod(large)
    assert moves(old.cluster, old.cables, new.cluster, new.cables) == ()
