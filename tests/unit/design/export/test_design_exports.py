"""The design in the words of networks and records: known keys alone, from the one plan."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from millwright.deploy.export.slurm import slurm
from millwright.deploy.sections.roce import roce
from millwright.design.export.dns import dns
from millwright.design.export.frr import frr
from millwright.design.export.netbox import netbox
from millwright.design.export.network import network
from millwright.design.export.nvue import nvue
from millwright.design.export.nvueroce import roce_settings
from millwright.design.export.topograph import topograph
from millwright.model.catalog import Catalog
from millwright.model.exported import NOT_VALIDATED, Unexportable
from millwright.model.nodeset import expanded
from millwright.model.survey import Survey
from tests.unit.deploy.shapes import attributes, wrong
from tests.unit.design.export.designs import SPECTRUM, Drawn, drawn, texts

FOLDER = Path(__file__).parent.parent / "attributes"
BLUEPRINTS = {SPECTRUM: 64, "dgx-superpod-h100": 31, "dgx-superpod-gb200": 72, "era-2-8-9-400": 8}


@pytest.fixture(scope="module", params=BLUEPRINTS)
def pod(request: pytest.FixtureRequest, catalog: Catalog) -> Drawn:
    return drawn(catalog, request.param, BLUEPRINTS[request.param])


@pytest.fixture(scope="module")
def spectrum(catalog: Catalog) -> Drawn:
    return drawn(catalog, SPECTRUM, 64)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def lists(pod: Drawn) -> dict[str, list[dict[str, str]]]:
    """Return NetBox's lists by their names, without the numbers."""
    files = texts(netbox(pod.cluster, pod.cables, pod.plan, pod.catalog))
    return {p[3:-4]: rows(t) for p, t in files.items() if p.endswith(".csv")}


def test_netbox_lists_have_columns_of_its_forms_and_all_that_these_require(pod: Drawn) -> None:
    known = attributes("netbox", FOLDER)
    for name, held in lists(pod).items():
        assert set(held[0]) <= set(known[name]), name
        for column in known["required"].get(name, ["name", "slug"]):
            assert all(row[column] for row in held), (name, column)


def test_netbox_finds_everything_that_a_row_refers_to_in_an_earlier_list(pod: Drawn) -> None:
    held = lists(pod)
    export = netbox(pod.cluster, pod.cables, pod.plan, pod.catalog)
    types = [yaml.safe_load(t) for p, t in texts(export).items() if p.endswith(".yaml")]
    ports = {kind["model"]: {i["name"] for i in kind["interfaces"]} for kind in types}
    makers = {row["name"] for row in held["manufacturers"]}
    assert {kind["manufacturer"] for kind in types} <= makers
    racks, roles = ({row["name"] for row in held[k]} for k in ("racks", "device-roles"))
    has: dict[str, set[str]] = {}
    for row in held["devices"]:
        assert row["role"] in roles
        assert row["rack"] in {*racks, ""}
        has[row["name"]] = set(ports[row["device_type"]])
    for row in held["interfaces"]:
        assert row["name"] not in has[row["device"]]
        has[row["device"]].add(row["name"])
    for row in held["ip-addresses"]:
        assert row["interface"] in has[row["device"]]
    plugged = []
    for row in held["cables"]:
        for side in "ab":
            end = (row[f"side_{side}_device"], row[f"side_{side}_name"])
            assert end[1] in has[end[0]]
            plugged.append(end)
    assert len(set(plugged)) == len(plugged) == 2 * len(pod.cables)


def test_netbox_words_are_choices_that_it_has(pod: Drawn) -> None:
    known = attributes("netbox", FOLDER)
    export = netbox(pod.cluster, pod.cables, pod.plan, pod.catalog)
    for path, text in texts(export).items():
        if path.endswith(".yaml"):
            kind = yaml.safe_load(text)
            assert set(kind) <= set(known["device-type"])
            assert {i["type"] for i in kind["interfaces"]} <= set(known["interface-types"])
    held = lists(pod)
    assert {row["type"] for row in held["interfaces"]} <= set(known["interface-types"])
    assert {row["type"] for row in held["cables"]} <= set(known["cable-types"])
    assert export.state == NOT_VALIDATED
    units = [(r["rack"], r["position"]) for r in held["devices"] if r["position"]]
    assert len(set(units)) == len(units)


def test_nvue_has_known_keys_alone(pod: Drawn) -> None:
    shape = attributes("nvue", FOLDER)
    export = nvue(pod.plan, pod.classes)
    for path, text in texts(export).items():
        assert NOT_VALIDATED in text
        (document,) = yaml.safe_load(text)
        assert list(wrong(document["set"], shape, path)) == []


def test_every_lane_of_a_split_cage_has_its_own_stanza_and_speed(spectrum: Drawn) -> None:
    files = texts(nvue(spectrum.plan, spectrum.classes))
    (document,) = yaml.safe_load(files["leaf-p1-01-1/startup.yaml"])
    ports = document["set"]["interface"]
    assert ports["swp1"]["link"] == {"breakout": {"2x": {"lanes-per-port": "4"}}}
    for lane in ("swp1s0", "swp1s1", "swp33s0", "swp33s1"):
        assert ports[lane]["link"]["speed"] == "400G"
    for box in spectrum.plan.boxes.values():
        (held,) = yaml.safe_load(files[f"{box.device.name}/startup.yaml"])
        assert {wire.port for wire in box.wires} <= set(held["set"]["interface"])


def test_both_ends_of_a_segment_come_to_one_number(spectrum: Drawn) -> None:
    files = texts(nvue(spectrum.plan, spectrum.classes))
    seen: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for path, text in files.items():
        for each in yaml.safe_load(text)[0]["set"]["interface"].values():
            segment = each.get("evpn", {}).get("multihoming", {}).get("segment")
            if segment:
                key = (segment["mac-address"], segment["local-id"])
                seen.setdefault(key, []).append((path, each["description"]))
    assert seen
    for ends in seen.values():
        assert len({path for path, _ in ends}) == 2
        assert len({peer for _, peer in ends}) == 1


def test_frr_and_nvue_tell_the_same_peers_numbers_and_addresses(pod: Drawn) -> None:
    routes = texts(frr(pod.plan))
    settings = texts(nvue(pod.plan, pod.classes))
    for name, router in pod.plan.routers.items():
        text = routes[f"{name}/frr.conf"]
        (document,) = yaml.safe_load(settings[f"{name}/startup.yaml"])
        bgp = document["set"]["vrf"]["default"]["router"]["bgp"]
        peers = [line.split()[1] for line in text.splitlines() if " interface peer-group " in line]
        assert peers == list(bgp.get("neighbor", {}))
        assert f"router bgp {router.asn}\n" in text
        assert document["set"]["router"]["bgp"]["autonomous-system"] == router.asn
        said = {w for line in text.splitlines() if " address " in line for w in line.split()}
        loopback = document["set"]["interface"]["lo"]["ip"]["address"]
        assert set(loopback) <= said


def test_switches_are_set_up_for_the_marks_that_hosts_send(catalog: Catalog) -> None:
    hosts = roce(catalog)
    assert roce_settings(tuple(catalog.traffic_classes.values())) == {
        "roce": {"enable": "on", "mode": "lossless"}
    }
    assert (hosts.dscp // 8, hosts.cnp_dscp // 8) == (3, 6) == (hosts.priority, hosts.cnp_priority)


def changed(catalog: Catalog, name: str, **keys: Any) -> tuple[Any, ...]:
    """Return the table with other numbers in one class."""
    found = []
    for each in catalog.traffic_classes.values():
        document = each.model_dump()
        for key, value in keys.items() if each.name == name else ():
            document[key] = {"value": value, "source": "test", "confidence": "measured"}
        found.append(type(each).model_validate(document))
    return tuple(found)


def test_another_priority_of_the_table_reaches_the_switches_whole(catalog: Catalog) -> None:
    table = changed(catalog, "roce", priority=4, switch_priority=4, ecn_from_bytes=300_000)
    assert roce_settings(table) == {
        "roce": {"enable": "on", "mode": "lossless"},
        "mapping": {"default-global": {"trust": "both", "dscp": {"26": {"switch-priority": 4}}}},
        "egress-queue-mapping": {
            "default-global": {
                "switch-priority": {"3": {"traffic-class": 0}, "4": {"traffic-class": 3}}
            }
        },
        "pfc": {"default-global": {"switch-priority": {"4": {}}}},
        "congestion-control": {
            "default-global": {
                "traffic-class": {
                    "3": {"ecn": "enable", "min-threshold": 300_000, "max-threshold": 1_500_000}
                }
            }
        },
    }


def test_a_table_whose_sides_differ_is_refused(catalog: Catalog) -> None:
    with pytest.raises(Unexportable, match="DSCP 26 has priority 4 on hosts and 3 on switches"):
        roce_settings(changed(catalog, "roce", priority=4))


def test_the_plan_tells_both_sides_of_the_table(spectrum: Drawn) -> None:
    document = json.loads(texts(network(spectrum.plan, spectrum.classes))["network.json"])
    assert document["roce"]["hosts"] == document["roce"]["switches"]
    assert document["roce"]["hosts"]["lossless"] == [3]
    assert len(document["names"]) == len(spectrum.plan.names)


def test_topograph_loads_its_model_by_its_own_rules(pod: Drawn) -> None:
    if pod.cluster.fabrics["compute"].carried_by:
        with pytest.raises(Unexportable, match="no compute fabric"):
            topograph(pod.cluster, pod.catalog)
        return
    text = texts(topograph(pod.cluster, pod.catalog))["model.yaml"]
    model = yaml.safe_load(text)
    assert list(wrong(model, attributes("topograph", FOLDER))) == []
    children = [c for s in model["switches"].values() for c in s.get("switches", ())]
    assert len(set(children)) == len(children)
    assert set(children) <= set(model["switches"])
    placed = [
        n for s in model["switches"].values() for t in s.get("nodes", ()) for n in expanded(t)
    ]
    assert sorted(placed) == sorted(model["nodes"])
    for name, block in model.get("capacity_blocks", {}).items():
        for node in (n for term in block["nodes"] for n in expanded(term)):
            assert model["nodes"][node]["capacity_block"] == name
    assert NOT_VALIDATED in text


def test_slurm_places_every_node_once(pod: Drawn) -> None:
    if pod.cluster.fabrics["compute"].carried_by:
        with pytest.raises(Unexportable, match="neither processors"):
            slurm(pod.cluster, pod.catalog)
        return
    files = texts(slurm(pod.cluster, pod.catalog))
    tree = [line for line in files["topology.conf"].splitlines() if not line.startswith("#")]
    said = [line.split("Nodes=")[1] for line in tree if "Nodes=" in line]
    placed = [name for nodes in said for name in expanded(nodes)]
    compute = sorted(d.name for d in pod.cluster.devices if d.role == "compute")
    assert sorted(placed) == compute
    document = yaml.safe_load(files["topology.yaml"])
    assert document[0]["cluster_default"] is True
    named = [line for line in files["nodes.conf"].splitlines() if line.startswith("NodeName=")]
    assert sorted(expanded(named[0].split()[0].removeprefix("NodeName="))) == compute


def test_leases_are_reserved_where_a_survey_knows_the_machine(spectrum: Drawn) -> None:
    survey = Survey.model_validate(
        {"gateway": "10.32.0.1", "hosts": {"gpu001": {"macs": ["AA:bb:cc:00:00:01"]}}}
    )
    export = dns(spectrum.plan, spectrum.cluster, survey, 7)
    text = texts(export)["dnsmasq.conf"]
    assert "dhcp-host=aa:bb:cc:00:00:01,set:inband,10.34.0.0,gpu001\n" in text
    assert "dhcp-option=tag:inband,option:router,10.32.0.1\n" in text
    assert "gpu001" not in next(u.hosts for u in export.unknown if u.what == "MAC address")
    assert {u.what for u in export.unknown} == {"MAC address", "MAC address of controllers"}
    with pytest.raises(Unexportable, match="gateway"):
        dns(spectrum.plan, spectrum.cluster, Survey.model_validate({"gateway": "192.0.2.1"}), 1)


def test_every_name_leads_to_its_addresses_and_they_lead_back(pod: Drawn) -> None:
    files = texts(dns(pod.plan, pod.cluster, Survey(), 1))
    zone = files[f"zones/{pod.plan.domain}.zone"]
    assert all(f"{n.name} IN AAAA {n.at.v6}\n" in zone for n in pod.plan.names)
    back = sum(text.count(" IN PTR ") for text in files.values())
    assert back == sum(len(named.at.both) for named in pod.plan.names)


def test_what_has_no_router_has_no_configuration_of_routers(catalog: Catalog) -> None:
    pod = drawn(catalog, "lab", 2)
    without = replace(pod.plan, routers={})
    with pytest.raises(Unexportable, match="no switch of this design routes"):
        frr(without)
