"""The scheduler's files: keys by release, what is refused, the fabric as a tree, and its proofs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.deploy.inputs import Inputs
from millwright.deploy.roles.health import HEALTH_CHECK
from millwright.deploy.roles.sessions import NODE_ACCESS
from millwright.deploy.roles.slurm import MPI, SLURM_CONTROLLER, SLURM_NODE
from millwright.deploy.sections.slurmsettings import Fixed, Setting, unknown
from millwright.deploy.sections.slurmsettings import settings as lines_of
from millwright.deploy.undeployable import Undeployable
from millwright.design.solve import solve
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster, Device
from millwright.model.nodeset import expanded
from millwright.model.scheduler import SlurmSetting
from millwright.model.topology import Topology, topology
from tests.conftest import factory, superpod
from tests.unit.deploy.fakes import lab_inputs

RELEASES = ("22.05", "23.02", "23.11", "24.05", "24.11", "25.05")


@dataclass(frozen=True)
class Site:
    """The catalogue with a site's own settings over it."""

    catalog: Catalog

    def sets(self, *own: SlurmSetting, packaged: str | None = None) -> tuple[Setting, ...]:
        mine = {**self.catalog.slurm_settings, **{each.name: each for each in own}}
        known = self.catalog.model_copy(update={"slurm_settings": mine})
        fixed = (Fixed("ReturnToService", "0"),)
        return lines_of(fixed, known, simulated=False, packaged=packaged)


def setting(name: str, key: str, value: str, **more: str) -> SlurmSetting:
    return SlurmSetting.model_validate({"name": name, "key": key, "value": value, **more})


@pytest.fixture
def site(catalog: Catalog) -> Site:
    return Site(catalog)


@pytest.mark.parametrize("release", RELEASES)
def test_what_is_shipped_is_known_to_every_release(catalog: Catalog, release: str) -> None:
    for simulated in (True, False):
        found = lines_of((), catalog, simulated=simulated)
        assert list(unknown(found, release)) == []
        meant = [line for line in found if line.since <= release <= line.until]
        assert len({(line.file, line.key) for line in meant}) == len(meant)
        assert "HealthCheckNodeState" in {line.key for line in meant}


def test_every_setting_names_a_source_that_there_is(catalog: Catalog) -> None:
    for each in (*catalog.slurm_settings.values(), *catalog.slurm_keys.values()):
        assert each.source in catalog.sources, each.name


def test_a_site_adds_a_key_in_any_case_and_replaces_a_value(site: Site) -> None:
    own = setting("kill", "killwait", "60"), setting("srun-ports", "SrunPortRange", "50000-50999")
    found = {line.key: line.value for line in site.sets(*own)}
    assert found["KillWait"] == "60"
    assert found["SrunPortRange"] == "50000-50999"


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (setting("x", "KilWait", "60"), "slurm.conf has no key KilWait"),
        (setting("x", "ReturnToService", "1"), "is decided by the design"),
        (setting("x", "JobCompPass", "letmein"), "is a secret"),
        (setting("x", "SlurmdTimeout", "60"), "set SlurmdTimeout of slurm.conf twice: 300 and 60"),
        (setting("x", "SuspendExcStates", "DRAIN"), "Slurm 22.05 does not know SuspendExcStates"),
    ],
)
def test_what_slurm_would_choke_on_is_refused_by_name(
    site: Site, own: SlurmSetting, said: str
) -> None:
    with pytest.raises(Undeployable, match=said):
        site.sets(own, packaged="22.05")


def test_a_near_miss_is_told(site: Site) -> None:
    with pytest.raises(Undeployable) as refused:
        site.sets(setting("x", "KilWait", "60"))
    assert "did you mean KillWait?" in refused.value.hint


def test_a_key_of_later_releases_waits_until_the_release_is_known(site: Site) -> None:
    found = site.sets(setting("x", "SuspendExcStates", "DRAIN"))
    assert list(unknown(found, "22.05")) == [
        "Slurm 22.05 does not know SuspendExcStates: it came with 23.02"
    ]
    assert list(unknown(found, "24.11")) == []
    gone = site.sets(setting("x", "LaunchType", "launch/slurm"))
    assert list(unknown(gone, "24.11")) == [
        "Slurm 24.11 does not know LaunchType: 22.05 was its last"
    ]


@pytest.mark.parametrize("value", ["a\nb", "a # b", "{{ x }}", "$(id)", "`id`", 'a"b', ""])
def test_no_value_carries_a_second_line_or_shell_text(value: str) -> None:
    with pytest.raises(ValueError, match="value"):
        setting("x", "KillWait", value)


def seen(cluster: Cluster, catalog: Catalog) -> Topology:
    return topology(cluster, catalog, compute(cluster))


def compute(cluster: Cluster) -> list[Device]:
    return [device for device in cluster.devices if device.role == "compute"]


def holds_together(found: Topology, nodes: Sequence[str]) -> None:
    """Every node hangs on one switch, and every switch but the top on one other."""
    leaves = [switch for switch in found.switches if switch.nodes]
    hung = [node for switch in leaves for node in expanded(switch.nodes)]
    assert sorted(hung) == sorted(nodes)
    tops = [switch for switch in found.switches if switch.switches]
    assert len(tops) == (len(leaves) > 1)
    for top in tops:
        assert sorted(expanded(top.switches)) == sorted(leaf.name for leaf in leaves)


@settings(max_examples=12, deadline=None)
@given(units=st.integers(1, 12))
def test_a_superpod_is_one_tree_and_its_rail_groups_are_its_leaves(
    catalog: Catalog, units: int
) -> None:
    cluster = solve(superpod(units), catalog).cluster
    found = seen(cluster, catalog)
    holds_together(found, [node.name for node in compute(cluster)])
    assert len([switch for switch in found.switches if switch.nodes]) == units
    assert found.switches[0].stands_for.startswith("leaf-")


@pytest.mark.parametrize(
    "blueprint", ["era-2-4-3-200", "era-2-8-5-200", "dgx-superpod-a100", "dgx-superpod-b300-xdr"]
)
@settings(max_examples=6, deadline=None)
@given(nodes=st.integers(33, 60))
def test_other_fabrics_hold_together_too(catalog: Catalog, blueprint: str, nodes: int) -> None:
    spec = factory(blueprint=blueprint, compute=[{"name": "gpu", "nodes": nodes}])
    cluster = solve(spec, catalog).cluster
    holds_together(seen(cluster, catalog), [node.name for node in compute(cluster)])


def test_a_rack_that_is_one_machine_is_a_block(catalog: Catalog) -> None:
    spec = factory(blueprint="dgx-superpod-gb200", compute=[{"name": "gpu", "nodes": 72}])
    cluster = solve(spec, catalog).cluster
    found = seen(cluster, catalog)
    assert (found.kind, found.block_size, len(found.blocks)) == ("block", 18, 4)
    nodes = [node for block in found.blocks for node in expanded(block.nodes)]
    assert sorted(nodes) == sorted(node.name for node in compute(cluster))


def test_two_pools_of_one_fabric_share_a_tree(catalog: Catalog) -> None:
    pools = [{"name": "gpu", "nodes": 20}, {"name": "more", "nodes": 5}]
    cluster = solve(factory(blueprint="lab", compute=pools), catalog).cluster
    holds_together(seen(cluster, catalog), [node.name for node in compute(cluster)])


def test_without_a_fabric_nothing_is_told_of_one(catalog: Catalog) -> None:
    spec = factory(blueprint="pcie-inference-l40s", compute=[{"name": "gpu", "nodes": 4}])
    assert seen(solve(spec, catalog).cluster, catalog).kind == "default"


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 20)


def test_another_topology_than_the_designed_one_is_no_success(inputs: Inputs) -> None:
    check = SLURM_CONTROLLER.checks("head-1", inputs)[-1]
    right = (
        "SwitchName=group-gpu-1 Level=0 LinkSpeed=1 Nodes=gpu[1-16]\n"
        "SwitchName=group-gpu-2 Level=0 LinkSpeed=1 Nodes=gpu[17-20]\n"
        "SwitchName=fabric Level=1 LinkSpeed=1 Nodes=gpu[1-20] Switches=group-gpu-[1-2]\n"
    )
    assert check.judge(right).standing == "proven"
    moved = right.replace("gpu[1-16]", "gpu[1-15]").replace("gpu[17-20]", "gpu[16-20]")
    assert check.judge(moved).standing == "failed"
    assert check.judge(right.split("\n", 1)[1]).standing == "failed"
    assert check.judge("").standing == "failed"
    assert check.judge("SwitchName=fabric Nodes=@all").standing == "failed"


WELL = {"job": "7", "memlock": "unlimited", "devices": list("01234567"), "accounted": "COMPLETED"}


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        (WELL, "proven"),
        ({**WELL, "memlock": "8192"}, "failed"),
        ({**WELL, "memlock": "8192", "refused": True}, "not testable"),
        ({**WELL, "memlock": "8192", "refused": True, "accounted": "no row"}, "failed"),
        ({**WELL, "devices": list("0123456")}, "failed"),
        ({**WELL, "devices": list("01234566")}, "failed"),
        ({**WELL, "accounted": "no row"}, "failed"),
        ({"state": "allocated"}, "not testable"),
        ({"state": "drained"}, "not testable"),
        ({"state": "down*"}, "failed"),
        ({"state": "idle*"}, "failed"),
        ({"trouble": "Requested nodes are busy"}, "failed"),
    ],
)
def test_a_job_on_every_node_has_what_was_designed(
    inputs: Inputs, told: dict[str, object], standing: str
) -> None:
    check = SLURM_NODE.checks("gpu3", inputs)[-1]
    assert check.asked == "head-1"
    assert check.judge(json.dumps({"gpu3": told})).standing == standing
    assert check.judge(json.dumps({"gpu4": WELL})).standing == "failed"
    assert check.judge("Traceback").standing == "failed"


def test_mpi_that_did_not_sum_up_is_no_success(inputs: Inputs) -> None:
    (check,) = MPI.checks("gpu3", inputs)
    assert check.judge('{"gpu3": {"processes": 2, "of": 40}}').standing == "proven"
    assert check.judge('{"gpu3": {"processes": 1, "of": 40}}').standing == "failed"
    assert check.judge('{"gpu3": {"state": "mixed"}}').standing == "not testable"
    assert check.judge('{"gpu3": {"state": "down*"}}').standing == "failed"
    assert check.judge('{"gpu3": 1}').standing == "failed"
    assert check.judge("[]").standing == "failed"


def test_hosts_of_a_pool_are_asked_by_one_question(inputs: Inputs) -> None:
    asked = {SLURM_NODE.checks(f"gpu{n}", inputs)[-1].argv for n in range(1, 21)}
    assert asked == {("/usr/local/lib/millwright/jobs-proof", "gpu", "gpu[1-20]", "gpu:h100:8")}


def told(inputs: Inputs, **other: tuple[str, str]) -> str:
    expected = inputs.nodes["gpu1"].health
    names = [name for name, value in dict(expected or ()).items() if value is not None]
    standing = {name: ("ok", "fine") for name in names} | other
    rows = [{"name": n, "standing": s, "told": t} for n, (s, t) in standing.items()]
    return json.dumps({"node": "gpu1", "simulated": True, "checks": rows})


def test_a_node_that_differs_or_keeps_silent_is_not_proven(inputs: Inputs) -> None:
    (check,) = HEALTH_CHECK.checks("gpu1", inputs)
    assert check.judge(told(inputs)).standing == "proven"
    wrong = check.judge(told(inputs, gpus=("FAIL", "7 GPUs of 8")))
    assert (wrong.standing, wrong.detail) == ("failed", "gpus: 7 GPUs of 8")
    blind = check.judge(told(inputs, clock=("not testable", "a container")))
    assert (blind.standing, blind.detail) == ("not testable", "not shown here: clock")
    rows = json.loads(told(inputs))
    rows["checks"] = [row for row in rows["checks"] if row["name"] != "memory"]
    assert check.judge(json.dumps(rows)).detail == "nothing was told of memory"


def test_a_node_expects_what_its_design_says(inputs: Inputs) -> None:
    expected = inputs.nodes["gpu1"].health
    assert expected is not None
    assert expected.gpus is not None
    assert expected.adapters is not None
    assert (expected.gpus.gpus, expected.gpus.gpu_model) == (8, "H100")
    assert [(a.name, a.rate_gbps) for a in expected.adapters][:2] == [
        ("mlx5_0", 400),
        ("mlx5_1", 400),
    ]
    assert inputs.nodes["head-1"].health is None


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ({"nobody": 6, "root": 0}, "not testable"),
        ({"nobody": 0, "root": 0}, "failed"),
        ({"nobody": 6, "root": 6}, "failed"),
        ({"nobody": 6}, "failed"),
        ({}, "failed"),
    ],
)
def test_a_stranger_is_kept_out_and_who_looks_after_a_node_is_not(
    inputs: Inputs, told: dict[str, int], standing: str
) -> None:
    (check,) = NODE_ACCESS.checks("gpu1", inputs)
    assert check.judge(json.dumps(told)).standing == standing
    real = inputs.model_copy(
        update={"factory": inputs.factory.model_copy(update={"simulated": False})}
    )
    (check,) = NODE_ACCESS.checks("gpu1", real)
    assert check.judge(json.dumps(told)).standing == (
        "proven" if standing != "failed" else "failed"
    )
