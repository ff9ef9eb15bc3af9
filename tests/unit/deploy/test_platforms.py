"""What hosts are given by what they are: platforms, parameters, fabrics, mounts."""

from __future__ import annotations

from typing import Any

import pytest

from millwright.deploy.sections.accelerators import device_set, platform_of
from millwright.deploy.sections.parameters import NodeParameters, node_parameters
from millwright.deploy.sections.roce import roce
from millwright.deploy.sections.storage import merged, unit_of
from millwright.deploy.undeployable import Undeployable
from millwright.model.catalog import Catalog
from millwright.model.parameters import Traits
from millwright.model.platform import Parameter
from millwright.model.roce import TrafficClass, disagreements, host_side, switch_side
from tests.unit.deploy.designs import designed, lab


@pytest.mark.parametrize(
    ("server", "platform"),
    [
        ("dgx-a100", "hgx-ampere"),
        ("dgx-h100", "hgx-hopper"),
        ("dgx-b200", "hgx-blackwell"),
        ("hgx-b300", "hgx-blackwell"),
        ("gb200-nvl72", "nvl72-blackwell"),
        ("gb300-nvl72", "nvl72-blackwell"),
        ("pcie-l40s-8", "pcie-ada-blackwell"),
        ("pcie-rtxpro6000-8", "pcie-ada-blackwell"),
        ("mi300x-8", "instinct-cdna3"),
        ("mi325x-8", "instinct-cdna3"),
        ("mi355x-8", "instinct-cdna4"),
    ],
)
def test_every_server_has_its_platform(catalog: Catalog, server: str, platform: str) -> None:
    found = platform_of(catalog.servers[server], server, catalog)
    assert found is not None
    assert found.name == platform


def test_every_gpu_of_the_catalogue_is_carried_but_the_simulated_one(catalog: Catalog) -> None:
    carried = {gpu for platform in catalog.platforms.values() for gpu in platform.gpus}
    assert set(catalog.gpus) - carried == {"simulated-gpu"}


def driver(catalog: Catalog, server: str) -> set[str]:
    node = lab(catalog, server).nodes["gpu1"]
    return {package.name for package in node.packages.driver} | set(node.services.driver)


def test_fabric_manager_is_where_nvswitches_are_in_the_node(catalog: Catalog) -> None:
    manager = "nvidia-fabricmanager"
    assert manager in driver(catalog, "lab-node")
    assert {manager, "nvlsm", "libnvsdm"} <= driver(catalog, "lab-b200")
    stacks = {name: p.stacks for name, p in catalog.platforms.items()}
    tray, cards = (
        {word for s in stacks[name] for word in catalog.stacks[s].packages}
        for name in ("nvl72-blackwell", "pcie-ada-blackwell")
    )
    assert manager not in tray | cards
    assert "nvidia-imex" in tray - cards


def test_amd_s_nodes_have_amd_s_driver_and_no_dcgm(catalog: Catalog) -> None:
    node = lab(catalog, "lab-mi300x").nodes["gpu1"]
    assert [p.name for p in node.packages.driver] == ["amdgpu-dkms", "amd-smi-lib", "rocm"]
    assert (node.vendor, node.packages.dcgm, node.services.driver) == ("amd", (), ())
    assert node.gpu_devices[0] == "/dev/dri/renderD128"


def test_slurm_is_told_each_vendor_s_device_files(catalog: Catalog) -> None:
    assert lab(catalog).factory.slurm.nodes[0].devices == "/dev/nvidia[0-7]"
    amd = lab(catalog, "lab-mi300x").factory.slurm.nodes[0].devices
    assert amd == "/dev/dri/renderD[128-135]"
    assert device_set("nvidia", 1) == "/dev/nvidia0"


def test_names_of_packages_follow_the_system(catalog: Catalog) -> None:
    rocky = lab(catalog, software={"os": "rocky-9"})
    assert rocky.factory.system == "rocky"
    assert rocky.nodes["gpu1"].packages.driver[0].name == "kmod-nvidia-open-dkms"
    debian = lab(catalog, software={"os": "ubuntu-24.04"}).nodes["gpu1"].packages.driver
    assert debian[0].name == "nvidia-kernel-open-dkms"


def keys(settings: NodeParameters, kind: str) -> dict[str, str]:
    return {each.key: each.value for each in getattr(settings, kind)}


def of(catalog: Catalog, platform: str, **traits: Any) -> NodeParameters:
    vendor = catalog.platforms[platform].vendor
    return node_parameters(catalog, Traits(True, platform, vendor, **traits))


def test_values_of_nvl72_are_on_nvl72_only(catalog: Catalog) -> None:
    tray, other = of(catalog, "nvl72-blackwell"), of(catalog, "hgx-hopper")
    assert keys(tray, "sysctl")["net.core.rmem_max"] == "2147483647"
    assert "net.core.rmem_max" not in keys(other, "sysctl")
    assert "nvidia.NVreg_CreateImexChannel0" in keys(tray, "module")
    assert "nvidia.NVreg_CreateImexChannel0" not in keys(other, "module")
    assert "acs" in keys(other, "pcie")
    assert "acs" not in keys(tray, "pcie")
    assert "iommu" not in keys(tray, "cmdline")


def test_multi_rail_answers_are_for_roce_only(catalog: Catalog) -> None:
    name = "net.ipv4.conf.all.arp_ignore"
    assert name in keys(of(catalog, "hgx-hopper", fabric="roce"), "sysctl")
    assert name not in keys(of(catalog, "hgx-hopper", fabric="infiniband"), "sysctl")
    assert name not in {each.key for each in lab(catalog).factory.parameters.sysctl}


def test_the_kernel_s_command_line_is_by_platform(catalog: Catalog) -> None:
    assert keys(of(catalog, "hgx-hopper"), "cmdline") == {
        "iommu": "pt",
        "numa_balancing": "disable",
    }
    assert keys(of(catalog, "instinct-cdna3"), "cmdline")["pci"] == "realloc=off"


def test_a_head_node_has_no_parameters_of_computing(catalog: Catalog) -> None:
    head = lab(catalog).nodes["head-1"].parameters
    assert (head.cmdline, head.module, head.sysfs, head.pcie) == ((), (), (), ())
    assert head.sysctl == lab(catalog).factory.parameters.sysctl


PROFILING: dict[str, Any] = {"software": {"parameters": ["profiling-for-users"]}}
OPTION = "nvidia.NVreg_RestrictProfilingToAdminUsers"


def test_profiling_for_users_is_set_on_wish_only(catalog: Catalog) -> None:
    assert OPTION not in keys(lab(catalog).nodes["gpu1"].parameters, "module")
    wished = lab(catalog, **PROFILING).nodes["gpu1"].parameters
    assert keys(wished, "module")[OPTION] == "0"


PATIENTS = {"name": "reads", "kind": "imaging-inference", "data": {"class": "phi"}}


def test_profiling_for_users_is_refused_where_patients_data_is(catalog: Catalog) -> None:
    with pytest.raises(Undeployable, match="refused on the pool gpu.*the workload reads"):
        lab(catalog, **PROFILING, workloads=[PATIENTS])
    feed = {"name": "pacs", "protocol": "dicom"}
    with pytest.raises(Undeployable, match="the feed pacs"):
        lab(catalog, **PROFILING, feeds=[feed])
    tiers = [{"name": "clinical"}, {"name": "research"}]
    apart = {"name": "gpu", "nodes": 2, "server": "lab-node", "tier": "research"}
    clinical = {**PATIENTS, "tier": "clinical"}
    found = lab(catalog, **PROFILING, workloads=[clinical], tiers=tiers, compute=[apart])
    assert OPTION in keys(found.nodes["gpu1"].parameters, "module")


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("cmdline", "iommu", "pt quiet"),
        ("cmdline", "iommu", "$(reboot)"),
        ("module", "nvidia", "1"),
        ("sysfs", "../etc/passwd", "1"),
        ("sysctl", "net.*.x", "1"),
    ],
)
def test_a_parameter_is_of_its_kind(kind: str, key: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"parameter|pattern"):
        Parameter.model_validate({"name": "x", "kind": kind, "key": key, "value": value})


def test_no_key_stands_twice_in_the_table_for_one_host(catalog: Catalog) -> None:
    for name, platform in catalog.platforms.items():
        for fabric in ("", "infiniband", "roce"):
            found = node_parameters(catalog, Traits(True, name, platform.vendor, fabric))
            for kind in type(found).model_fields:
                told = [each.key for each in getattr(found, kind)]
                assert len(told) == len(set(told))


def test_every_parameter_of_the_table_has_a_source_that_is_known(catalog: Catalog) -> None:
    assert {each.source for each in catalog.parameters.values()} <= set(catalog.sources)


def test_adapters_are_those_of_the_design(catalog: Catalog) -> None:
    superpod = designed(catalog, "dgx-superpod-h100").nodes["gpu001"].fabric
    assert superpod.kind == "infiniband"
    assert len(superpod.adapters) == 10
    assert {each.rate_gbps for each in superpod.adapters} == {400}
    assert superpod.others == ("mlx5_2", "mlx5_8")
    spectrum = designed(catalog, "dgx-superpod-b300-spectrum").nodes["gpu001"].fabric
    assert (spectrum.kind, len(spectrum.adapters)) == ("roce", 8)
    assert spectrum.adapters[0].rate_gbps == 400


def test_a_subnet_manager_is_where_no_fabric_manager_is(catalog: Catalog) -> None:
    assert lab(catalog).factory.subnet_managers == ("head-1",)
    assert designed(catalog, "dgx-superpod-h100").factory.subnet_managers == ()


def table(catalog: Catalog, **roce_keys: int | bool) -> dict[str, TrafficClass]:
    raw = catalog.traffic_classes["roce"].model_dump()
    changed = {
        key: {**raw[key], "value": value} if isinstance(raw[key], dict) else value
        for key, value in roce_keys.items()
    }
    entry = TrafficClass.model_validate({**raw, **changed})
    return {**catalog.traffic_classes, "roce": entry}


def test_both_sides_of_roce_come_from_one_table_and_agree(catalog: Catalog) -> None:
    classes = list(catalog.traffic_classes.values())
    assert disagreements(host_side(classes), switch_side(classes)) == ()
    told = roce(catalog)
    assert (told.dscp, told.priority, told.traffic_class) == (26, 3, 106)
    assert (told.cnp_dscp, told.cnp_priority, told.pfc) == (48, 6, "0,0,0,1,0,0,0,0")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"switch_priority": 5}, "DSCP 26 has priority 3 on hosts and 5 on switches"),
        ({"switch_lossless": False}, "without loss are 3 on hosts and none on switches"),
        ({"traffic_class": 104}, "traffic class 104 is not DSCP 26"),
        ({"priority": 6, "switch_priority": 6}, "share priority 6"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    catalog: Catalog, changed: dict[str, int | bool], words: str
) -> None:
    other = catalog.model_copy(update={"traffic_classes": table(catalog, **changed)})
    with pytest.raises(Undeployable, match=words):
        roce(other)


MOUNT = {"name": "home", "kind": "nfs", "source": "nas:/home", "path": "/srv/users-1/home"}


def test_mounts_are_those_of_the_spec_over_their_kind_s(catalog: Catalog) -> None:
    own = {**MOUNT, "options": ["nconnect=16", "soft"], "read_only": True}
    (found,) = lab(catalog, storage={"mounts": [own]}).factory.mounts
    assert found.unit == r"srv-users\x2d1-home.mount"
    assert {"ro", "vers=4.2", "nconnect=16", "soft"} <= set(found.options)
    assert not {"nconnect=8", "hard"} & set(found.options)
    assert lab(catalog).factory.mounts == ()


def test_two_file_systems_want_two_places(catalog: Catalog) -> None:
    twice = [MOUNT, {**MOUNT, "name": "again"}]
    with pytest.raises(Undeployable, match="two file systems want /srv/users-1/home"):
        lab(catalog, storage={"mounts": twice})
    with pytest.raises(Undeployable, match="own scratch space"):
        lab(catalog, storage={"mounts": [{**MOUNT, "path": "/scratch"}]})


def test_options_are_laid_over_by_key() -> None:
    assert merged(["hard", "rsize=1"], ["rsize=2"]) == ("hard", "rsize=2")
    assert unit_of("/scratch") == "scratch.mount"


def test_disks_are_touched_by_the_spec_s_word_only(catalog: Catalog) -> None:
    plain = designed(catalog, "dgx-superpod-h100").nodes["gpu001"].scratch
    assert plain is not None
    assert (plain.path, plain.disks) == ("/scratch", 0)
    said = {"scratch": {"disks": "stripe"}}
    striped = designed(catalog, "dgx-superpod-h100", storage=said).nodes["gpu001"].scratch
    assert striped is not None
    assert striped.disks == 8
