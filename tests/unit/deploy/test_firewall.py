"""Hosts are closed but for the table of ports; what is too many or too few is named."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

import pytest

from millwright.deploy.inputs import Inputs, NodeInputs
from millwright.deploy.roles.firewall import SCAN, listeners, same_rules, scanned, told
from millwright.deploy.roles.firewallrules import rules_of, wanted_rules
from millwright.deploy.sections.ports import OpenPort
from millwright.model.catalog import Catalog
from tests.unit.deploy.fakes import lab_inputs

HEARD = """\
udp   UNCONN 0 0    127.0.0.1:323      0.0.0.0:*   users:(("chronyd",pid=1,fd=5))
tcp   LISTEN 0 80   127.0.0.1:3306     0.0.0.0:*   users:(("mariadbd",pid=9,fd=1))
tcp   LISTEN 0 128  [::]:22            [::]:*      users:(("sshd",pid=35,fd=4))
tcp   LISTEN 0 128  0.0.0.0:22         0.0.0.0:*   users:(("sshd",pid=35,fd=3))
tcp   LISTEN 0 4096 *:6818             *:*         users:(("slurmd",pid=7,fd=7))
udp   UNCONN 0 0    127.0.0.53%lo:53   0.0.0.0:*   users:(("resolved",pid=3,fd=3))
tcp   LISTEN 0 5    0.0.0.0:40001      0.0.0.0:*   users:(("a.out",pid=70,fd=3))
"""
STRAY = 'tcp LISTEN 0 5 0.0.0.0:8080 0.0.0.0:* users:(("python3",pid=99,fd=3))\n'


def port(role: str, number: int, *sources: str, last: int = 0, listens: bool = True) -> OpenPort:
    return OpenPort(
        role=role,
        protocol="tcp",
        first=number,
        last=last or number,
        sources=sources,
        listens=listens,
        why="",
    )


PORTS = (
    port("reach", 22),
    port("slurm-node", 6818, "10.1.0.0/16"),
    port("exporter", 9100, "10.1.0.9/32"),
    port("jobs", 32768, "10.1.0.0/16", last=60999, listens=False),
)


@pytest.fixture
def node(catalog: Catalog) -> NodeInputs:
    return lab_inputs(catalog, 2).nodes["gpu1"]


def test_who_listens_for_the_host_itself_is_left_out() -> None:
    assert listeners(HEARD) == (
        ("tcp", 22, "sshd"),
        ("tcp", 6818, "slurmd"),
        ("tcp", 40001, "a.out"),
    )


def test_a_listener_too_many_and_one_too_few_are_named() -> None:
    ports = (PORTS[0], PORTS[1], PORTS[3])
    assert told(listeners(HEARD), ports).standing == "proven"
    more = told(listeners(HEARD + STRAY), ports)
    assert (more.standing, "python3 listens at tcp/8080" in more.detail) == ("failed", True)
    less = told(listeners(HEARD), PORTS)
    assert (less.standing, "nobody listens at tcp/9100 (exporter)" in less.detail) == (
        "failed",
        True,
    )


def test_a_scan_must_find_what_the_table_opens_for_who_scans() -> None:
    well = frozenset({22, 6818, 40001})
    assert scanned(well, PORTS, "10.1.0.3", "gpu2").standing == "proven"
    assert "does not reach tcp/9100" in scanned(well, PORTS, "10.1.0.9", "head").detail
    assert "gpu2 reaches tcp/9100" in scanned(well | {9100}, PORTS, "10.1.0.3", "gpu2").detail
    assert "gpu2 reaches tcp/8080" in scanned(well | {8080}, PORTS, "10.1.0.3", "gpu2").detail
    assert scanned(well, PORTS, "192.0.2.1", "away").standing == "failed"


def test_the_scan_asks_the_next_host_of_the_ring() -> None:
    own = platform.node().split(".")[0]
    begun = "import socket; server = socket.create_server(('127.0.0.1', 0))\n"
    near = "range(server.getsockname()[1] - 3, server.getsockname()[1] + 1)"
    script = begun + SCAN.replace("range(1, 65536)", near)
    words = [sys.executable, "-Ic", script, "away=192.0.2.1", f"{own}=192.0.2.2", "x=127.0.0.1"]
    said = subprocess.run(words, capture_output=True, check=True, timeout=30).stdout
    found = json.loads(said)
    assert found["host"] == "x"
    assert found["open"]


def listing(node: NodeInputs, inband: str) -> dict[str, object]:
    """Return rules as nft would list them: names of protocols, handles, a set's own order."""
    entries: list[object] = [{"metainfo": {"version": "1.0.6"}}, {"table": {"name": "millwright"}}]
    for chain, rule in wanted_rules(node.ports, node.forwards, inband):
        if isinstance(rule, dict):
            entries.append({"chain": {"name": chain, "handle": 1, "table": "millwright", **rule}})
        else:
            text = json.dumps(rule).replace('"right": 58', '"right": "ipv6-icmp"')
            expr = json.loads(
                text.replace('["established", "related"]', '["related", "established"]')
            )
            entries.append({"rule": {"chain": chain, "handle": 7, "comment": "x", "expr": expr}})
    return {"nftables": entries}


def test_rules_in_force_are_those_of_the_table(node: NodeInputs) -> None:
    document = listing(node, "10.1.0.0/16")
    assert rules_of(document) == wanted_rules(node.ports, node.forwards, "10.1.0.0/16")
    assert same_rules(json.dumps(document), node, "10.1.0.0/16").standing == "proven"
    open_wide = json.dumps(document).replace('"drop"', '"accept"')
    assert same_rules(open_wide, node, "10.1.0.0/16").standing == "failed"
    fewer = {"nftables": document["nftables"][:-1]}  # type: ignore[index]
    assert "missing" in same_rules(json.dumps(fewer), node, "10.1.0.0/16").detail
    assert same_rules("nothing", node, "10.1.0.0/16").standing == "unknown"


def test_gateways_lead_on_and_others_do_not(node: NodeInputs) -> None:
    policies = {True: "accept", False: "drop"}
    for forwards, policy in policies.items():
        rules = dict(wanted_rules(node.ports, forwards, "10.1.0.0/16")[:2])
        assert rules["forward"]["policy"] == policy
        assert rules["input"]["policy"] == "drop"


def test_one_host_scans_its_neighbour(catalog: Catalog) -> None:
    from millwright.deploy.roles.firewall import FIREWALL

    inputs: Inputs = lab_inputs(catalog, 3)
    asked = {host: FIREWALL.checks(host, inputs)[-1].asked for host in inputs.nodes}
    assert sorted(asked.values()) == sorted(inputs.nodes)
    assert all(host != asker for host, asker in asked.items())


def test_the_scan_is_the_same_question_for_all(catalog: Catalog) -> None:
    from millwright.deploy.roles.firewall import FIREWALL

    inputs = lab_inputs(catalog, 3)
    assert len({FIREWALL.checks(host, inputs)[-1].argv for host in inputs.nodes}) == 1
