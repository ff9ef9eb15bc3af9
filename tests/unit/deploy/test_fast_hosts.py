"""Proofs of what makes hosts fast: right answers prove, wrong ones are told by what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from millwright.adapters.resources import folder
from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import hosts_of
from millwright.deploy.roles import ROLES, containers, fabrics, gpus, storage, tuning
from millwright.deploy.sections.fabric import Adapter, HostFabric
from millwright.deploy.sections.roce import roce
from millwright.deploy.sections.storage import NodeScratch
from millwright.model.catalog import Catalog
from tests.unit.deploy.designs import designed, lab

GOVERNOR = {"devices/system/cpu/cpu*/cpufreq/scaling_governor": "performance"}
EXCUSED = '{"refused": {"%s": "performance"}}' % next(iter(GOVERNOR))  # noqa: UP031


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("performance|\n--\n", "proven"),
        ("performance|powersave|\n--\n", "failed"),
        ("|\n--\n", "failed"),
        ("|\n--\n" + EXCUSED, "not testable"),
        ("powersave|\n--\n" + EXCUSED, "not testable"),
    ],
)
def test_every_file_of_sys_must_say_what_is_designed(text: str, standing: str) -> None:
    assert tuning.judge_sysfs(GOVERNOR, text).standing == standing


def test_a_list_of_words_is_read_by_the_one_chosen() -> None:
    wanted = {"kernel/mm/transparent_hugepage/enabled": "madvise"}
    assert tuning.judge_sysfs(wanted, "always [madvise] never|\n--\n").standing == "proven"
    told = tuning.judge_sysfs(wanted, "[always] madvise never|\n--\n")
    assert told.detail == "kernel/mm/transparent_hugepage/enabled is always"


def test_the_boot_loader_and_modules_are_told_nothing_but_the_design(catalog: Catalog) -> None:
    settings = lab(catalog).nodes["gpu1"].parameters
    line = 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX iommu=pt numa_balancing=disable"\n'
    option = "# why\noptions sunrpc tcp_max_slot_table_entries=128\n"
    assert tuning.judge_files(settings, line + option).standing == "proven"
    assert tuning.judge_files(settings, line).standing == "failed"
    more = line + option + "options nvidia NVreg_RestrictProfilingToAdminUsers=0\n"
    assert "NVreg_Restrict" in tuning.judge_files(settings, more).detail


BUS = """\
41:00.0 PCI bridge: PMC-Sierra Inc. Device 4000
\t\tACSCtl:\tSrcValid{acs} TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-
42:00.0 Infiniband controller: Mellanox Technologies MT2910 Family [ConnectX-7]
\t\t\tMaxPayload 256 bytes, MaxReadReq {size} bytes
43:00.0 Non-Volatile memory controller: Samsung Electronics Co Ltd Device a824
\t\t\tMaxPayload 256 bytes, MaxReadReq 512 bytes
"""


def test_access_control_and_read_requests_are_read_from_the_bus() -> None:
    wanted = {"acs": "off", "max-read-request": "4096"}
    assert tuning.judge_bus(wanted, BUS.format(acs="-", size=4096)).standing == "proven"
    told = tuning.judge_bus(wanted, BUS.format(acs="+", size=512))
    assert "41:00.0 has access control on (SrcValid)" in told.detail
    assert "42:00.0 asks for 512 bytes at once, and the design says 4096" in told.detail
    assert "43:00.0" not in told.detail
    assert tuning.judge_bus({}, BUS.format(acs="+", size=512)).standing == "proven"
    assert tuning.judge_bus(wanted, "").standing == "failed"


def test_a_missing_word_comes_after_a_reboot() -> None:
    wanted = ["iommu=pt", "pci=realloc=off"]
    assert tuning.judge_cmdline(wanted, "quiet iommu=pt pci=realloc=off\n--\n").standing == "proven"
    told = tuning.judge_cmdline(wanted, "quiet iommu=pt\n--\n")
    assert (told.standing, told.detail) == ("failed", "after a reboot: pci=realloc=off")
    excuse = '{"refused": {"iommu": "pt", "pci": "realloc=off"}}'
    assert tuning.judge_cmdline(wanted, f"quiet\n--\n{excuse}").standing == "not testable"


def port(name: str, rate: int = 400, state: str = "Active", layer: str = "InfiniBand") -> str:
    physical = "LinkUp" if state == "Active" else "Disabled"
    return (
        f"CA '{name}'\n\tCA type: MT4129\n\tNumber of ports: 1\n\tPort 1:\n\t\tState: {state}\n"
        f"\t\tPhysical state: {physical}\n\t\tRate: {rate}\n\t\tLink layer: {layer}\n"
    )


FABRIC = HostFabric(
    kind="infiniband",
    adapters=(Adapter(name="mlx5_0", rate_gbps=400), Adapter(name="mlx5_1", rate_gbps=400)),
    others=("mlx5_2",),
)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (port("mlx5_0") + port("mlx5_1"), ""),
        (port("mlx5_0") + port("mlx5_1") + port("mlx5_2", 200, layer="Ethernet"), ""),
        (port("mlx5_0"), "mlx5_1 is not there"),
        (port("mlx5_0") + port("mlx5_1", state="Down"), "mlx5_1 is Down/Disabled"),
        (
            port("mlx5_0") + port("mlx5_1", 200),
            "mlx5_1 runs at 200 Gb/s, and the design says 400",
        ),
        (
            port("mlx5_0") + port("mlx5_1", layer="Ethernet"),
            "mlx5_1 speaks Ethernet, and the fabric infiniband",
        ),
        (port("mlx5_0") + port("mlx5_1") + port("mlx5_9"), "mlx5_9 is in no design"),
    ],
)
def test_every_port_is_up_at_its_designed_rate(text: str, detail: str) -> None:
    verdict = fabrics.judge_ports(FABRIC, text)
    assert (verdict.standing, verdict.detail) == ("failed" if detail else "proven", detail)


QOS = """\
== mlx5_0 eth2
Global tclass=106
DCBX mode: OS controlled
Priority trust state: dscp
dscp2prio mapping:
\tprio:3 dscp:31,30,29,28,27,26,25,24,
\tprio:6 dscp:55,54,53,52,51,50,49,48,
PFC configuration:
\tpriority    0   1   2   3   4   5   6   7
\tenabled     0   0   0   1   0   0   0   0
\tbuffer      0   0   0   1   0   0   0   0
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "", ""),
        ("tclass=106", "tclass=0", "traffic class is None"),
        ("state: dscp", "state: pcp", "trust is pcp, and the table says dscp"),
        ("0   0   0   1   0   0   0   0\n\tb", "0   0   0   0   0   0   0   0\n\tb", "lossless"),
        ("prio:3", "prio:4", "priority of DSCP 26 is 4, and the table says 3"),
        ("prio:6", "prio:0", "priority of DSCP 48 is 0, and the table says 6"),
        ("mlx5_0 eth2", "mlx5_1 eth2", "mlx5_0 has no network interface"),
    ],
)
def test_adapters_are_held_to_the_one_table(
    catalog: Catalog, old: str, new: str, words: str
) -> None:
    verdict = fabrics.judge_classes(roce(catalog), ["mlx5_0"], QOS.replace(old, new))
    assert (verdict.standing == "proven", words in verdict.detail) == (not words, True)


def test_the_script_of_roce_says_the_table_to_each_adapter(tmp_path: Path) -> None:
    device = tmp_path / "sys" / "class" / "infiniband" / "mlx5_0"
    (device / "device" / "net" / "eth2").mkdir(parents=True)
    (device / "tc" / "1").mkdir(parents=True)
    notices = tmp_path / "sys" / "class" / "net" / "eth2" / "ecn" / "roce_np"
    notices.mkdir(parents=True)
    log, tools = tmp_path / "log", tmp_path / "bin"
    tools.mkdir()
    for tool in ("mlnx_qos", "cma_roce_mode", "cma_roce_tos"):
        (tools / tool).write_text(f'#!/bin/sh\necho {tool} "$@" >> {log}\n')
        (tools / tool).chmod(0o755)
    figures = {"PFC": "0,0,0,1,0,0,0,0", "DSCP": "26", "PRIORITY": "3", "TRAFFIC_CLASS": "106"}
    environment = {
        **figures,
        "ADAPTERS": "mlx5_0",
        "CNP_DSCP": "48",
        "CNP_PRIORITY": "6",
        "SYSFS": str(tmp_path / "sys"),
        "PATH": f"{tools}:{os.environ['PATH']}",
    }
    script = folder("playbooks") / "roles" / "fabric-host" / "files" / "roce"
    subprocess.run(["sh", str(script)], env=environment, check=True)
    assert log.read_text().splitlines() == [
        "mlnx_qos -i eth2 --trust=dscp --pfc=0,0,0,1,0,0,0,0",
        "mlnx_qos -i eth2 --dscp2prio=set,26,3",
        "mlnx_qos -i eth2 --dscp2prio=set,48,6",
        "cma_roce_mode -d mlx5_0 -p 1 -m 2",
        "cma_roce_tos -d mlx5_0 -t 106",
    ]
    assert (device / "tc" / "1" / "traffic_class").read_text() == "106\n"
    assert (notices / "cnp_dscp").read_text() == "48\n"
    gone = subprocess.run(
        ["sh", str(script)], env={**environment, "ADAPTERS": "mlx5_7"}, capture_output=True
    )
    assert gone.returncode == 1


def test_adapters_of_another_vendor_are_no_proof_of_their_classes(catalog: Catalog) -> None:
    spec = {"compute": [{"name": "gpu", "nodes": 1}]}
    inputs = designed(catalog, "mi300x-400g", **spec)
    name = next(name for name, node in inputs.nodes.items() if node.kind == "compute")
    last = fabrics.FABRIC_HOST.checks(name, inputs)[-1]
    assert last.judge("").standing == "not testable"


CDI = "cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n"


def test_containers_can_have_exactly_the_designed_gpus() -> None:
    names = ["0", "1", "GPU-2ec421d6-4a91-2faa-1222-9d28af258ee8", "all"]
    text = CDI + "".join(f'  - name: "{each}"\n    containerEdits: {{}}\n' for each in names)
    assert containers.judge(2, containers.NAMED, text).standing == "proven"
    assert "2 GPUs by number, and the design has 8" in (
        containers.judge(8, containers.NAMED, text).detail
    )
    listed = "".join(f"nvidia.com/gpu={each}\n" for each in names)
    assert containers.judge(2, containers.LISTED, listed).standing == "proven"
    assert containers.judge(2, containers.LISTED, "").standing == "failed"


FOLDER, ARRAY = (NodeScratch(path="/scratch", disks=count) for count in (0, 2))
MOUNTED = '{"filesystems": [{"source": "/dev/md127", "fstype": "xfs", "options": "rw,noatime"}]}'
MDSTAT = "md127 : active raid0 nvme1n1[1] nvme0n1[0]\n"


def space(
    folder_: str = "directory 1777", mounted: str = "", arrays: str = "", told: str = ""
) -> str:
    return "".join(f"{each}\n--\n" for each in (folder_, mounted, arrays)) + told


def test_space_for_jobs_is_a_folder_or_the_designed_array() -> None:
    assert storage.judge_scratch(FOLDER, space()).standing == "proven"
    assert storage.judge_scratch(FOLDER, space("directory 755")).standing == "failed"
    assert storage.judge_scratch(FOLDER, space("")).standing == "failed"
    assert storage.judge_scratch(ARRAY, space(mounted=MOUNTED, arrays=MDSTAT)).standing == "proven"
    fewer = MDSTAT.replace("nvme1n1[1] ", "")
    told = storage.judge_scratch(ARRAY, space(mounted=MOUNTED, arrays=fewer))
    assert told.detail == "/scratch stands on 1 disks, and the design has 2"
    assert storage.judge_scratch(ARRAY, space()).standing == "failed"
    excuse = '{"refused": {"disks": "2"}}'
    assert storage.judge_scratch(ARRAY, space(told=excuse)).standing == "not testable"


def test_a_mount_is_proven_by_its_options_and_what_it_gives_back(catalog: Catalog) -> None:
    said = {"name": "home", "kind": "nfs", "source": "nas:/home", "path": "/srv/home"}
    mount = lab(catalog, storage={"mounts": [said]}).factory.mounts[0]

    def judged(**told: object) -> tuple[str, str]:
        verdict = storage.judge_mount(mount, json.dumps({"refused": {}, **told}))
        return verdict.standing, verdict.detail

    options = {"fstype": "nfs4", "options": f"rw,{','.join(mount.options)},addr=10.0.0.1"}
    assert judged(mounted=options, same=True)[0] == "proven"
    assert judged(mounted=options, same=False)[0] == "failed"
    assert judged(mounted=options, error="Permission denied") == (
        "failed",
        "/srv/home: Permission denied",
    )
    fewer = {**options, "options": options["options"].replace("nconnect=8,", "")}
    assert "without nconnect=8" in judged(mounted=fewer, same=True)[1]
    assert judged(mounted=None) == ("failed", "nothing is mounted at /srv/home")
    refused = {"refused": {"nfs": "not known to this kernel"}}
    assert judged(mounted=None, **refused)[0] == "not testable"
    assert judged(mounted={**options, "fstype": "ext4"}, same=True)[0] == "failed"


def test_a_mount_is_tried_on_this_very_machine(tmp_path: Path) -> None:
    words = ["python3", "-Ic", storage.TRIED]
    told = subprocess.run([*words, str(tmp_path), "rw"], capture_output=True, check=True)
    assert json.loads(told.stdout)["mounted"] is None
    shm = subprocess.run([*words, "/dev/shm", "rw"], capture_output=True, check=True)
    found = json.loads(shm.stdout)
    assert (found["mounted"]["fstype"], found["same"]) == ("tmpfs", True)


def test_amd_s_gpus_are_counted_and_named(catalog: Catalog) -> None:
    inputs = lab(catalog, "lab-mi300x")
    ask = gpus.GPU_DRIVER.checks("gpu1", inputs)[1]
    assert ask.argv == gpus.AMD_WORDS

    def rows(count: int, name: str = "AMD Instinct MI300X") -> str:
        return json.dumps([{"gpu": at, "asic": {"market_name": name}} for at in range(count)])

    assert ask.judge(rows(8)).standing == "proven"
    assert "7 GPUs (AMD Instinct MI300X)" in ask.judge(rows(7)).detail
    assert ask.judge(rows(8, "AMD Instinct MI325X")).standing == "failed"
    assert ask.judge("{}").standing == "failed"


def roles_of(inputs: Inputs) -> set[str]:
    return {role.name for role in ROLES if hosts_of(role, inputs)}


def test_a_design_has_the_roles_that_it_has_a_use_for(catalog: Catalog) -> None:
    plain = roles_of(lab(catalog))
    assert {"cpu-numa", "kernel-cmdline", "fabric-host", "subnet-manager"} <= plain
    assert "storage-clients" not in plain
    assert "dcgm" not in roles_of(lab(catalog, "lab-mi300x"))
    assert "subnet-manager" not in roles_of(designed(catalog, "dgx-superpod-h100"))


SYSTEMS = {"debian", "ubuntu", "rocky"}
APT_ALONE = {"test-tools": {"debian", "ubuntu"}}
"""Roles that ask apt themselves have no names for systems without it."""


def test_packages_have_names_for_every_system() -> None:
    files = (folder("playbooks") / "roles").glob("*/defaults/main.yml")
    tables = [
        (file.parts[-3], key, value)
        for file in files
        for key, value in yaml.safe_load(file.read_text()).items()
        if key.endswith("_packages_by_system")
    ]
    assert {role for role, _, _ in tables} >= {"cpu-numa", "fabric-host", "container-runtime"}
    for role, key, value in tables:
        assert set(value) == APT_ALONE.get(role, SYSTEMS), (role, key)
        assert all(names for names in value.values())
