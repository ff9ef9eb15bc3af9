"""The lab's fabric is the designed one, and its faults are seen by the tools of InfiniBand."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from millwright.adapters.artefacts import read_cables, read_cluster, read_lock
from millwright.adapters.catalogs import load
from millwright.adapters.workspace import Workspace
from millwright.design.ibsim import network
from millwright.probes.ibnetdiscover import read
from tests.lab.rehearsal import Rehearsal, await_that

NODE = "gpu7"
End = tuple[str, int]
Links = set[frozenset[End]]


@pytest.fixture(autouse=True)
def healthy_again(lab: Rehearsal) -> Iterator[None]:
    yield
    lab.left_healthy(NODE)


def designed(lab: Rehearsal) -> Links:
    """Return the links of the design: what lies in cables.csv, by the ports of the simulator."""
    workspace = Workspace(lab.root)
    lock = read_lock(workspace)
    cables, _ = read_cables(workspace, lock)
    lines = list(
        network(read_cluster(workspace, lock), cables, load(workspace.catalog_dir).catalog)
    )
    found: Links = set()
    box = ""
    for line in lines:
        words = line.split('"')
        if line.startswith(("Switch", "Hca")):
            box = words[1]
        elif line.startswith("["):
            found.add(frozenset({(box, number(words[0])), (words[1], number(words[2]))}))
    assert len(found) == sum(fabric == "compute" for fabric in cables.fabric)
    return found


def number(text: str) -> int:
    return int(text.strip().strip("[]"))


def discovered(lab: Rehearsal, host: str = "head-1") -> Links:
    fabric = read(lab.shell(host, "ibnetdiscover")).facts
    assert fabric is not None
    return {
        frozenset({(link.a.description, link.a.port), (link.b.description, link.b.port)})
        for link in fabric.links
    }


def peer(links: Links, adapter: str) -> End:
    (end,) = [other for link in links if (adapter, 1) in link for other in link - {(adapter, 1)}]
    return end


def of_node(links: Links) -> Links:
    return {link for link in links if any(name.startswith(f"{NODE} ") for name, _ in link)}


@pytest.mark.parametrize("host", ["head-1", NODE])
def test_discovery_finds_exactly_the_designed_links(lab: Rehearsal, host: str) -> None:
    assert discovered(lab, host) == designed(lab)


def test_the_subnet_has_a_manager(lab: Rehearsal) -> None:
    assert "SMINFO_MASTER" in await_that(lambda: lab.tells(NODE, "sminfo").out)


def test_a_link_that_is_down_is_down_on_the_node_and_gone_from_the_fabric(lab: Rehearsal) -> None:
    lab.breaks(NODE, "link-down:mlx5_2")
    assert lab.faults(NODE) == ["link-down:mlx5_2"]
    assert "State: Down" in lab.shell(NODE, "ibstat", "mlx5_2")
    missing = designed(lab) - discovered(lab)
    assert [sorted(link)[0] for link in missing] == [(f"{NODE} mlx5_2", 1)]
    lab.heals(NODE, "link-down")
    assert "State: Active" in lab.shell(NODE, "ibstat", "mlx5_2")
    assert discovered(lab) == designed(lab)


def test_swapped_cables_have_each_others_peers(lab: Rehearsal) -> None:
    right = designed(lab)
    one, other = f"{NODE} mlx5_0", f"{NODE} mlx5_1"
    lab.breaks(NODE, "swapped-cables:mlx5_0+mlx5_1")
    assert lab.faults(NODE) == ["swapped-cables:mlx5_0+mlx5_1"]
    found = discovered(lab)
    assert peer(found, one) == peer(right, other)
    assert peer(found, other) == peer(right, one)
    assert found - of_node(found) == right - of_node(right)
    lab.heals(NODE, "swapped-cables")
    assert discovered(lab) == right


def test_build_cables_names_the_swapped_pair_and_the_cut_cable_and_nothing_else(
    lab: Rehearsal,
) -> None:
    words = ("build", "cables", "--format", "ibnetdiscover", "--json")
    healthy = json.loads(lab.done(*words))
    assert (healthy["links_ok"], healthy["findings"]) == (healthy["links_planned"], [])
    assert (healthy["simulated"], healthy["speeds_compared"]) == (True, False)
    lab.breaks(NODE, "link-down:mlx5_2", "swapped-cables:mlx5_0+mlx5_1")
    answer = lab.say(*words)
    document = json.loads(answer.out)
    assert answer.status == 1
    assert [each["class"] for each in document["findings"]] == ["swapped", "missing"]
    swapped, missing = document["findings"]
    assert {end["device"] for end in swapped["exchange"]} == {NODE}
    assert missing["planned"]["a"]["device"] == NODE
    assert document["links_ok"] == healthy["links_planned"] - 3
    lab.heals(NODE)
    assert json.loads(lab.done(*words))["findings"] == []


def test_faults_of_cables_come_and_go_in_any_order(lab: Rehearsal) -> None:
    right = designed(lab)
    lab.breaks(NODE, "link-down:mlx5_0", "swapped-cables:mlx5_0+mlx5_1")
    lab.heals(NODE, "link-down:mlx5_0")
    assert peer(discovered(lab), f"{NODE} mlx5_0") == peer(right, f"{NODE} mlx5_1")
    lab.breaks(NODE, "link-down:mlx5_1")
    lab.heals(NODE, "swapped-cables")
    assert [sorted(link)[0] for link in right - discovered(lab)] == [(f"{NODE} mlx5_1", 1)]
    lab.heals(NODE)
    assert discovered(lab) == right


def test_a_fabric_that_starts_anew_still_has_its_faults(lab: Rehearsal) -> None:
    right = designed(lab)
    lab.breaks(NODE, "link-down:mlx5_3")
    lab.shell("head-1", "systemctl", "restart", "lab-fabric", "lab-subnet-manager")
    assert [sorted(link)[0] for link in right - discovered(lab)] == [(f"{NODE} mlx5_3", 1)]
    lab.heals(NODE)
    assert discovered(lab) == right
