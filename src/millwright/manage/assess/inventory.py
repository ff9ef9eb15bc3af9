"""A node as it describes itself, and the role that its services and parts give away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from millwright.manage.assess.parts import adapters_of, disks_of, gpus_of, mounts_of, ports_of
from millwright.manage.assess.voice import COLLECTED, Voice
from millwright.model.assessment import NodeRole, NodeSeen

_DMI = "/sys/class/dmi/id/"
_HEADS = ("slurmctld", "slurmdbd", "kube-apiserver", "pbs_server", "sge_qmaster")
_STORES = ("nfsd", "glusterd", "ceph-osd", "beegfs-storage", "beegfs-mgmtd", "lustre", "weka")
_SERVES = ("prometheus", "grafana", "opensm", "ufm", "mariadbd", "mysqld", "slapd", "named")
_KNOWN = (
    *("slurmctld", "slurmdbd", "slurmd", "munged", "opensm", "nv-fabricmanager", "nvidia-persiste"),
    *("nv-hostengine", "dcgm-exporter", "prometheus", "node_exporter", "grafana", "chronyd"),
    *("mariadbd", "mysqld", "kubelet", "kube-apiserver", "containerd", "dockerd", "nfsd", "slapd"),
    *("sssd", "named", "dnsmasq", "auditd", "rsyslogd", "ceph-osd", "glusterd", "beegfs-storage"),
    *("prometheus-node", "grafana-server", "rpc.mountd", "sge_qmaster", "pbs_server", "ufm"),
)
"""Programs that say what a node is for; the kernel cuts their names at fifteen letters."""


def node_of(voice: Voice) -> NodeSeen:
    """Return what one node tells of itself."""
    services = _services(voice)
    gpus, adapters = gpus_of(voice), adapters_of(voice)
    role, why = _role(services, len(gpus))
    manager = voice.facts("fabric-manager")
    driver = voice.facts("nvidia-smi-xml")
    asked = [name for name in voice.heard if name != COLLECTED]
    return NodeSeen(
        node=voice.node,
        role=role,
        why_role=why,
        driver=(driver.driver if driver else None) or voice.file("kernel", _AMD),
        fabric_manager=manager.version if manager else None,
        gpus=gpus,
        adapters=adapters,
        ports=ports_of(voice),
        disks=disks_of(voice),
        mounts=mounts_of(voice),
        services=services,
        packages=len(packages_of(voice)) or None,
        answered=sum(voice.text(name) is not None for name in asked),
        asked=len(asked),
        **_machine(voice),
        **_system(voice),
    )


_AMD = "/sys/module/amdgpu/version"


def _machine(voice: Voice) -> dict[str, Any]:
    """Return maker, model and firmware: by dmidecode, or by what the kernel shows of the same."""
    firmware = voice.facts("dmidecode")
    system = firmware.system if firmware else None
    bios = firmware.bios if firmware else None
    modules = [each for each in firmware.memory if each.size_bytes] if firmware else []
    bmc = voice.facts("bmc-info")
    return {
        "vendor": (system.manufacturer if system else None) or _dmi(voice, "sys_vendor"),
        "model": (system.product if system else None) or _dmi(voice, "product_name"),
        "serial": (system.serial if system else None) or _dmi(voice, "product_serial"),
        "bios": (bios.version if bios else None) or _dmi(voice, "bios_version"),
        "bmc": bmc.setting("Firmware Revision") if bmc else None,
        "modules": len(modules) or None,
    }


def _dmi(voice: Voice, name: str) -> str | None:
    return voice.file("kernel", _DMI + name) or None


def _system(voice: Voice) -> dict[str, Any]:
    """Return what runs, and on which processors and memory."""
    cpus = voice.facts("lscpu")
    total = re.search(r"^MemTotal:\s+(\d{1,15}) kB", voice.file("kernel", _MEMINFO) or "", re.M)
    release = re.search(r'^PRETTY_NAME="?([^"\n]*)', voice.file("kernel", _RELEASE) or "", re.M)
    kernel = re.match(r"Linux version (\S{1,80})", voice.file("kernel", "/proc/version") or "")
    container = voice.object("clock").get("container")
    return {
        "system": release[1] if release else None,
        "kernel": kernel[1] if kernel else None,
        "virtual": container or (cpus.hypervisor if cpus else None) or None,
        "processor": cpus.model if cpus else None,
        "sockets": cpus.sockets if cpus else None,
        "processors": cpus.cpus if cpus else None,
        "threads_per_core": cpus.threads_per_core if cpus else None,
        "numa_nodes": cpus.numa_nodes if cpus else None,
        "memory_mib": int(total[1]) >> 10 if total else None,
    }


_MEMINFO, _RELEASE = "/proc/meminfo", "/etc/os-release"


def _services(voice: Voice) -> tuple[str, ...]:
    """Return the programs that run here and say what it is for."""
    names = {line.split()[-1] for line in (voice.text("processes") or "").splitlines() if line}
    cut = {name[:15] for name in names}
    return tuple(sorted({each for each in _KNOWN if each[:15] in cut}))


def _role(services: tuple[str, ...], gpus: int) -> tuple[NodeRole, str]:
    """Return what a node is for, and what says so."""

    def first(names: tuple[str, ...]) -> str | None:
        return next((each for each in services if each in names), None)

    if head := first(_HEADS):
        return "head", f"{head} runs"
    if gpus:
        return "compute", f"{gpus} GPUs"
    if "slurmd" in services or "kubelet" in services:
        return "compute", "it takes jobs"
    if store := first(_STORES):
        return "storage", f"{store} runs"
    if serves := first(_SERVES):
        return "service", f"{serves} runs"
    return "unknown", "no GPU, and no service that says"


def packages_of(voice: Voice) -> Mapping[str, str]:
    """Return the versions of installed packages by name; those of two architectures side by
    side."""
    found: dict[str, str] = {}
    for question, states in (("dpkg", ("ii", "hi")), ("rpm", ())):
        for line in (voice.text(question) or "").splitlines():
            cells = line.split("\t")
            if len(cells) < 3 or (states and (len(cells) < 4 or cells[3].strip() not in states)):
                continue
            name, version = cells[0], cells[1].removeprefix("(none):")
            before = found.get(name)
            found[name] = version if before in (None, version) else f"{before}, {version}"
    return found
