"""What alike nodes should have in common, read from one node: versions, parts, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.manage.assess.inventory import packages_of
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import Gravity, NodeSeen

_OWN_SETTINGS = re.compile(
    r"^(?:kernel\.(?:random\.|hostname|ns_last_pid|pty\.nr|threads-max|perf_event_max_sample|sched)"
    r"|fs\.(?:file-nr|file-max|inode|dentry|aio-nr|quota|epoll|binfmt|mqueue)|user\.|dev\.|abi\."
    r"|kernel\.(?:bootloader|osrelease|version|domainname|tainted|keys\.|cad_pid|ostype|arch)"
    r"|net\.(?:netfilter\.nf_conntrack_(?:count|max|buckets)|ipv4\.(?:tcp_mem|udp_mem|fib_sync_mem))"
    r"|net\.ipv[46]\.(?:conf|neigh)\.(?!all\.|default\.)|net\.mpls|sunrpc\.transports"
    r"|vm\.(?:stat_refresh|min_free_kbytes|user_reserve|admin_reserve))"
)
"""Settings that are a node's own, count something, or follow from how much memory it has."""
_SPEED = ("kernel.numa_balancing", "vm.", "net.core.", "net.ipv4.tcp_", "sunrpc.")


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that peers should agree on, with where it is told.

    `heart` is what a person calls it. `blocks` traits keep work from running right where they
    differ.
    """

    key: str
    heart: str
    value: str
    question: str
    needle: str = ""
    gravity: Gravity = "warning"
    blocks: bool = False


def traits_of(voice: Voice, node: NodeSeen) -> Iterator[Trait]:
    """Yield everything that a node says and its peers should say as well."""
    yield from _software(node)
    yield from _parts(node)
    yield from _accelerators(voice)
    yield from _network(node)
    yield from _files(voice, node)
    yield from _kernel(voice)
    yield from _packages(voice)
    yield from _settings(voice)


def _software(node: NodeSeen) -> Iterator[Trait]:
    told = (
        ("driver", "GPU driver", node.driver, "nvidia-smi-xml", "warning", True),
        (
            "fabric-manager",
            "fabric manager",
            node.fabric_manager,
            "fabric-manager",
            "warning",
            True,
        ),
        ("kernel", "kernel", node.kernel, "kernel", "warning", False),
        ("system", "operating system", node.system, "kernel", "warning", False),
        ("bios", "BIOS", node.bios, "dmidecode", "warning", False),
        ("bmc", "BMC firmware", node.bmc, "bmc-info", "notice", False),
    )
    for key, heart, value, question, gravity, blocks in told:
        if value:
            yield Trait(key, heart, value, question, value, gravity, blocks)  # type: ignore[arg-type]


def _parts(node: NodeSeen) -> Iterator[Trait]:
    yield from _gpus(node)
    yield from _adapters(node)
    told = (
        ("processors", "number of processors", node.processors, "lscpu", "CPU(s)"),
        ("processor", "processor", node.processor, "lscpu", "Model name"),
        (
            "memory",
            "memory in GiB",
            node.memory_mib and node.memory_mib >> 10,
            "kernel",
            "MemTotal",
        ),
        ("modules", "number of memory modules", node.modules, "dmidecode", ""),
        ("disks", "number of drives", len(node.disks), "lsblk", ""),
    )
    for key, heart, value, question, needle in told:
        if value:
            yield Trait(key, heart, f"{value}", question, needle)


def _gpus(node: NodeSeen) -> Iterator[Trait]:
    living = [gpu for gpu in node.gpus if not gpu.lost]
    if not node.gpus:
        return
    asked, models = "nvidia-smi-xml", _joined({gpu.model for gpu in living})
    yield Trait("gpu-count", "number of GPUs", f"{len(living)}", asked, "", "critical", True)
    yield Trait("gpu-model", "GPU model", models, asked, "", "critical", True)
    yield Trait("vbios", "VBIOS", _joined({gpu.vbios for gpu in living}), asked, "vbios")


def _adapters(node: NodeSeen) -> Iterator[Trait]:
    if not node.adapters:
        return
    up = sum(each.up is True for each in node.adapters)
    rates = {f"{each.rate_gbps:g}" for each in node.adapters if each.rate_gbps}
    firmware = _joined({each.firmware for each in node.adapters})
    yield Trait("adapter-count", "number of fabric adapters", f"{len(node.adapters)}", "ibstat")
    yield Trait("links-up", "fabric links up", f"{up}", "ibstat", "Down", "critical", True)
    yield Trait("link-rate", "link rate in Gb/s", _joined(rates), "ibstat", "Rate")
    yield Trait("adapter-firmware", "adapter firmware", firmware, "ibstat", "Firmware")


def _joined(values: set[str | None] | set[str]) -> str:
    return ", ".join(sorted(value for value in values if value)) or "none"


def _accelerators(voice: Voice) -> Iterator[Trait]:
    told = voice.facts("nvidia-smi-xml")
    living = [gpu for gpu in told.gpus if not gpu.lost] if told else []
    for key, heart, values in (
        ("ecc", "ECC of GPUs", {gpu.ecc for gpu in living}),
        ("mig", "MIG", {gpu.mig for gpu in living}),
        ("persistence", "persistence mode", {gpu.persistence for gpu in living}),
        ("power-limit", "power limit in W", {gpu.power.limit_w for gpu in living}),
    ):
        known = sorted({_word(each) for each in values if each is not None})
        if known:
            yield Trait(key, heart, ", ".join(known), "nvidia-smi-xml")


def _word(value: bool | float) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else f"{value:g}"


def _network(node: NodeSeen) -> Iterator[Trait]:
    for port in node.ports:
        if port.mtu and port.addresses:
            key, heart = f"mtu.{port.name}", f"MTU of {port.name}"
            yield Trait(key, heart, f"{port.mtu}", "ip-link", f'"{port.name}"')
        if port.speed_gbps and port.physical:
            speed = f"{port.speed_gbps:g}"
            yield Trait(f"speed.{port.name}", f"speed of {port.name} in Gb/s", speed, "net")


_PLACES = ("relatime", "rw", "size=", "nr_inodes=", "lowerdir=", "upperdir=", "workdir=", "uuid=")
_OWN_OPTION = ("clientaddr=", "addr=", "mountaddr=", "mountport=", *_PLACES)


def _files(voice: Voice, node: NodeSeen) -> Iterator[Trait]:
    """Yield shared file systems with their options; local ones by their place alone."""
    for mount in node.mounts:
        if mount.kind.startswith(SHARED):
            kept = sorted(o for o in mount.options if not o.startswith(_OWN_OPTION))
            value = f"{mount.source} {mount.kind} {','.join(kept)}"
            yield Trait(f"mount.{mount.path}", f"mount {mount.path}", value, "mounts", mount.path)
    units = {line.split()[0] for line in (voice.text("unit-files") or "").splitlines() if line}
    for unit in sorted(units):
        yield Trait(f"unit.{unit}", f"{unit} starts", "yes", "unit-files", unit, "notice")


SHARED = ("nfs", "lustre", "beegfs", "wekafs", "gpfs", "ceph", "glusterfs", "smb", "cifs", "9p")


def _kernel(voice: Voice) -> Iterator[Trait]:
    told = voice.object("kernel")
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    if chosen := re.search(r"\[(\w+)\]", str(told.get(path, ""))):
        yield Trait("huge-pages", "transparent huge pages", chosen[1], "kernel", path)
    if line := told.get("/proc/cmdline"):
        words = " ".join(
            word
            for word in str(line).split()
            if not word.startswith(("root=", "BOOT_IMAGE=", "ip=", "initrd=", "UUID="))
        )
        yield Trait("cmdline", "kernel command line", words, "kernel", "/proc/cmdline")
    governors = {
        str(text)
        for name, text in voice.object("cpu").items()
        if name.endswith("/cpufreq/scaling_governor")
    }
    if governors:
        yield Trait("governor", "processor governor", _joined(governors), "cpu", "governor")


def _packages(voice: Voice) -> Iterator[Trait]:
    question = "dpkg" if voice.text("dpkg") else "rpm"
    for name, version in packages_of(voice).items():
        yield Trait(f"package.{name}", f"package {name}", version, question, f"{name}\t", "notice")


def _settings(voice: Voice) -> Iterator[Trait]:
    for key, value in voice.object("sysctl").items():
        if isinstance(value, str) and not _OWN_SETTINGS.match(key):
            gravity: Gravity = "warning" if key.startswith(_SPEED) else "notice"
            yield Trait(f"sysctl.{key}", key, value, "sysctl", f'"{key}"', gravity)
    for line in (voice.text("sshd") or "").splitlines():
        key, _, value = line.partition(" ")
        if key and key not in ("hostkey", "listenaddress", "acceptenv", "subsystem"):
            yield Trait(f"sshd.{key}", f"sshd {key}", value, "sshd", f"{key} ", "notice")
