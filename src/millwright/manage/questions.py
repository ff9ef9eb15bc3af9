"""What a look at day 2 asks of a node, all of it in one round trip.

To ask more: add a `Question` to `QUESTIONS`. `id` names the answer in a `Recording` and its file
(`NODE/ID.txt`), and never changes its meaning. `argv` is a list of words that only reads; several
files or a tool for each device are one of `programs`. `tool` is the name of its reader in
`probes/registry`, empty where the answer is read by who asked. `command_s` bounds it on the node,
where four run side by side, the longest first: one that hangs costs itself alone. `of` says who
has to answer; a command that is not there answers 127 in no time. No answer may hold a secret:
what could, is read by a program that leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from millwright.manage import programs, walks
from millwright.probes import (
    amd_smi,
    dcgmi_discovery,
    dcgmi_health,
    dmesg,
    dmidecode,
    fabric_manager,
    ibnetdiscover,
    ibstat,
    ip_link,
    ipmi_sel,
    ipmitool,
    lsblk,
    lscpu,
    lspci,
    nvidia_smi_nvlink,
    nvidia_smi_topo,
    nvidia_smi_xml,
    redfish,
    slurm,
    snmpwalk,
    sysfs_infiniband,
    syslog,
)

Party = Literal["all", "nvidia", "amd", "head", "infiniband", "subnet"]
"""Who is asked: all nodes; those with accelerators of a vendor; those that run the scheduler;
those with adapters of a fabric for RDMA, InfiniBand or RoCE; and one that sees a whole subnet."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as the module says."""

    id: str
    argv: tuple[str, ...]
    tool: str = ""
    command_s: float = 15.0
    of: Party = "all"


def _files(id_: str, *patterns: str, tool: str = "", of: Party = "all") -> Question:
    return Question(id_, programs.words(programs.FILES, *patterns), tool, of=of)


def _question(
    id_: str, argv: Sequence[str], tool: str = "", command_s: float = 15.0, of: Party = "all"
) -> Question:
    return Question(id_, tuple(argv), tool, command_s, of)


_PSEUDO = (
    *("proc", "sysfs", "cgroup", "cgroup2", "devpts", "devtmpfs", "mqueue", "hugetlbfs", "bpf"),
    *("debugfs", "tracefs", "securityfs", "pstore", "configfs", "fusectl", "autofs", "efivarfs"),
    *("binfmt_misc", "rpc_pipefs", "nsfs", "ramfs", "squashfs", "selinuxfs"),
)
_GUARDED = (
    *("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d", "/root", "/root/.ssh"),
    *("/root/.ssh/id_*", "/root/.ssh/authorized_keys", "/etc/ssh/ssh_host_*_key"),
    *("/etc/munge/munge.key", "/etc/slurm/*.key", "/etc/slurm/slurmdbd.conf", "/etc/krb5.keytab"),
    *("/etc/ssl/private/*", "/etc/kubernetes/admin.conf", "/etc/chrony/chrony.keys"),
    *("/etc/ssh/sshd_config", "/etc/crontab", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily"),
    *("/etc/cron.weekly", "/etc/cron.monthly", "/etc/cron.allow", "/etc/at.allow"),
    "/boot/grub/grub.cfg",
)
"""Files and folders of which others than their owner should not see much."""
_REMAPPED = "gpu_uuid,gpu_bus_id," + ",".join(
    f"remapped_rows.{word}" for word in ("correctable", "uncorrectable", "pending", "failure")
)
_UNIT = (
    "Id,LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState,"
    "ActiveEnterTimestamp,ExecMainStartTimestamp,ExecMainPID"
)
_RDMA, _NET, _PCI = "/sys/class/infiniband/*", "/sys/class/net/*", "/sys/bus/pci/devices/*"
_EDAC, _CPU, _RAS = "/sys/devices/system/edac/mc/mc*", "/sys/devices/system/cpu", "/device/ras/*"

QUESTIONS: Sequence[Question] = (
    _question("clock", programs.words(programs.CLOCK)),
    _question("nvidia-smi-xml", nvidia_smi_xml.command(), nvidia_smi_xml.TOOL, 30, "nvidia"),
    _question(
        "remapped-rows",
        ["nvidia-smi", f"--query-remapped-rows={_REMAPPED}", "--format=csv"],
        "nvidia-smi-csv",
        of="nvidia",
    ),
    _question("nvlink-status", nvidia_smi_nvlink.command(), nvidia_smi_nvlink.TOOL, of="nvidia"),
    _question(
        "nvlink-errors",
        nvidia_smi_nvlink.command(errors=True),
        nvidia_smi_nvlink.TOOL,
        of="nvidia",
    ),
    _question("nvidia-smi-topo", nvidia_smi_topo.command(), nvidia_smi_topo.TOOL, of="nvidia"),
    _question("dcgmi-discovery", dcgmi_discovery.command(), dcgmi_discovery.TOOL, of="nvidia"),
    _question("dcgmi-health", dcgmi_health.command(), dcgmi_health.TOOL, of="nvidia"),
    _question("fabric-manager", fabric_manager.command(), fabric_manager.TOOL, of="nvidia"),
    _question("amd-smi-static", amd_smi.command("static"), amd_smi.TOOL, 30, "amd"),
    _question("amd-smi-metric", amd_smi.command("metric"), amd_smi.TOOL, 30, "amd"),
    _files(
        "amd-ras",
        f"/sys/class/drm/card*{_RAS}_err_count",
        f"/sys/class/drm/card*{_RAS}pages",
        of="amd",
    ),
    _question("dmesg", dmesg.command(), dmesg.TOOL),
    _question(
        "journalctl",
        [*syslog.command(), "--dmesg", "--lines", "20000"],
        syslog.TOOL,
    ),
    _question("ibstat", ibstat.command(), ibstat.TOOL, of="infiniband"),
    _files(
        "sysfs-infiniband",
        *(f"{_RDMA}/{name}" for name in ("fw_ver", "hca_type", "board_id", "node_guid")),
        *(f"{_RDMA}/ports/*/{name}" for name in ("state", "phys_state", "rate", "link_layer")),
        *(f"{_RDMA}/ports/*/{name}/*" for name in ("counters", "hw_counters")),
        tool=sysfs_infiniband.TOOL,
        of="infiniband",
    ),
    _files(
        "roce",
        f"{_NET}/ecn/roce_*/enable/*",
        f"{_RDMA}/tc/*/traffic_class",
        f"{_RDMA}/ports/*/gid_attrs/types/[0-3]",
        "/etc/nccl.conf",
        of="infiniband",
    ),
    _files(
        "net",
        *(f"{_NET}/{name}" for name in ("operstate", "carrier", "carrier_changes", "speed", "mtu")),
        *(f"{_NET}/{name}" for name in ("carrier_down_count", "duplex", "type", "address")),
        f"{_NET}/statistics/*",
        f"{_NET}/bonding/*",
        f"{_NET}/device/numa_node",
    ),
    _question("ip-link", ip_link.command(), ip_link.TOOL),
    _question("ip-addr", ["ip", "-j", "addr"], ip_link.TOOL),
    _question("ip-route", ["ip", "-j", "route"]),
    _question("ethtool", programs.words(programs.PORTS, "-i", "-S", "-g", "-k", "-c"), "", 60),
    _question("lspci", lspci.command(), lspci.TOOL),
    _files(
        "pcie",
        *(f"{_PCI}/{name}" for name in ("class", "vendor", "device", "numa_node")),
        *(
            f"{_PCI}/{when}_link_{what}"
            for when in ("current", "max")
            for what in ("width", "speed")
        ),
        f"{_PCI}/aer_dev_*",
    ),
    _question("lscpu", lscpu.command(), lscpu.TOOL),
    _files(
        "cpu",
        f"{_CPU}/cpu*/cpufreq/scaling_governor",
        f"{_CPU}/cpu*/cpufreq/energy_performance_preference",
        f"{_CPU}/cpu*/thermal_throttle/*_count",
        f"{_CPU}/cpu0/cpuidle/state*/*",
        f"{_CPU}/cpuidle/current_driver",
        f"{_CPU}/smt/active",
        f"{_CPU}/vulnerabilities/*",
        "/sys/devices/system/node/node*/meminfo",
    ),
    _files("edac", f"{_EDAC}/*_count", f"{_EDAC}/dimm*/dimm_*", f"{_EDAC}/mc_name"),
    _question("lsblk", lsblk.command(), lsblk.TOOL),
    _question("disks", programs.words(programs.DISKS, "10"), "", 60),
    _question("mounts", programs.words(programs.MOUNTS, "5", *_PSEUDO), "", 20),
    _files("mdstat", "/proc/mdstat"),
    _files(
        "kernel",
        *(f"/proc/{name}" for name in ("cmdline", "version", "meminfo", "vmstat", "swaps")),
        *(f"/proc/{name}" for name in ("modules", "uptime", "self/limits", "pressure/*")),
        "/etc/os-release",
        "/sys/kernel/mm/transparent_hugepage/*",
        "/sys/block/*/queue/scheduler",
        "/sys/block/*/queue/nr_requests",
        "/sys/block/*/queue/read_ahead_kb",
        "/sys/class/bdi/*/read_ahead_kb",
        "/sys/module/nvidia/version",
        "/sys/module/amdgpu/version",
        "/sys/class/dmi/id/*_serial",
        "/sys/class/dmi/id/*_version",
        "/sys/class/dmi/id/*_name",
        "/sys/class/dmi/id/*_vendor",
    ),
    _files("mountstats", "/proc/self/mountstats"),
    _question("sysctl", programs.words(programs.SYSCTL)),
    _question("dmidecode", dmidecode.command(), dmidecode.TOOL),
    _question("ipmi-sel", ipmi_sel.command(), ipmi_sel.TOOL, 60),
    _question("ipmitool", ipmitool.command(), ipmitool.TOOL, 60),
    _question("chronyc", ["chronyc", "-n", "-c", "tracking"]),
    _question("chronyc-sources", ["chronyc", "-n", "-c", "sources"]),
    _question("timedatectl", ["timedatectl", "show"]),
    _question("units", ["systemctl", "show", f"--property={_UNIT}", "*.service", "*.timer"]),
    _question(
        "unit-files",
        ["systemctl", "list-unit-files", "--no-legend", "--no-pager", "--state=enabled"],
    ),
    _question("processes", ["ps", "-eo", "pid=,ppid=,user:32=,state=,etimes=,rss=,comm="]),
    _question(
        "dpkg",
        [
            "dpkg-query",
            "-W",
            "-f=${Package}\\t${Version}\\t${Architecture}\\t${db:Status-Abbrev}\\n",
        ],
    ),
    _question(
        "rpm", ["rpm", "-qa", "--qf", "%{NAME}\\t%{EPOCH}:%{VERSION}-%{RELEASE}\\t%{ARCH}\\n"]
    ),
    _question("dpkg-log", ["tail", "-n", "400", "/var/log/dpkg.log"]),
    _question("package-lock", programs.words(programs.LOCK)),
    _question("bmc-info", ipmitool.command("mc", "info"), ipmitool.TOOL, 30),
    _question("people", programs.words(programs.PEOPLE)),
    _question("modes", programs.words(programs.MODES, *_GUARDED)),
    _files("policy", "/etc/login.defs", "/etc/issue", "/etc/issue.net", "/etc/security/limits.d/*"),
    _question("listening", ["ss", "-H", "-l", "-t", "-u", "-n", "-p"]),
    _question("sshd", ["sshd", "-T"]),
    _question("ibnetdiscover", ibnetdiscover.command(), ibnetdiscover.TOOL, 120, "subnet"),
    _question("slurm-nodes", slurm.command("nodes"), slurm.TOOL, 30, "head"),
    _question("slurm-config", slurm.command("config"), slurm.TOOL, of="head"),
    _question("slurm-partitions", slurm.command("partition"), slurm.TOOL, of="head"),
    _question("slurm-ping", ["scontrol", "ping"], of="head"),
    _question("sinfo", ["sinfo", "--Node", "--long"], slurm.TOOL, of="head"),
    _question("squeue", ["squeue", "--all", "--long"], slurm.TOOL, of="head"),
    _question("snmp", walks.words(), command_s=90, of="head"),
    _question("sacctmgr", ["sacctmgr", "-nP", "show", "cluster"], of="head"),
)
"""Every question, in the order in which their answers are best read."""

OUT_OF_BAND = Question("redfish", (), redfish.TOOL, 30.0)
"""What the management controller of a node is asked, by whoever reaches it; no node is."""
DEVICE = Question("snmpwalk", (), snmpwalk.TOOL, 30.0)
"""What an agent of a switch or a power strip told, recorded by whoever asked it."""
_BY_ID = {question.id: question for question in (*QUESTIONS, OUT_OF_BAND, DEVICE)}
_SCHEDULER = "slurmctld"


def by_id(id_: str) -> Question:
    """Return the question of a name. Raises KeyError where there is none."""
    return _BY_ID[id_]


def aliases() -> Mapping[str, str]:
    """Return the question that a tool's output answers, by the tool's name, where it is just one.

    So a folder that somebody filled by hand, NODE/TOOL.txt, is a recording as well.
    """
    found: dict[str, list[str]] = {}
    for question in _BY_ID.values():
        if question.tool:
            found.setdefault(question.tool, []).append(question.id)
    return {tool: ids[0] for tool, ids in found.items() if len(ids) == 1}


def for_node(
    parties: frozenset[Party] | None, questions: Sequence[Question] = QUESTIONS
) -> dict[str, Question]:
    """Return what a node is asked, by the question's name.

    `parties` is what the design says that the node is; None where nobody knows, and then it is
    asked everything, the scheduler's questions only if it turns out to run the scheduler.
    """
    if parties is None:
        return {each.id: _if_it_runs(each) for each in questions}
    return {each.id: each for each in questions if each.of == "all" or each.of in parties}


def _if_it_runs(question: Question) -> Question:
    if question.of not in ("head", "subnet"):
        return question
    argv = programs.words(programs.WHERE, _SCHEDULER, *question.argv)
    return Question(question.id, argv, question.tool, question.command_s, question.of)
