"""Roles of hosts with GPUs: the vendor's driver and management, in the versions that are pinned."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, active, versions
from millwright.deploy.inputs import Inputs, NodeInputs
from millwright.deploy.role import Role, with_gpus
from millwright.probes import amd_smi, nvidia_smi_list


def _driver(host: str, inputs: Inputs) -> Sequence[Check]:
    node = inputs.nodes[host]
    listed = _amd if node.vendor == "amd" else _nvidia

    def judge(text: str) -> Verdict:
        names, problems = listed(text)
        alike = all(node.gpu_type.lower() in name.lower() for name in names)
        if len(names) == node.gpus and alike and not problems:
            return PROVEN
        told = f"{len(names)} GPUs ({', '.join(sorted(set(names))) or 'none'})"
        return Verdict("failed", f"{told}, and the design has {node.gpus} x {node.gpu_type}")

    services = tuple(active(service) for service in node.services.driver)
    asked = AMD_WORDS if node.vendor == "amd" else tuple(nvidia_smi_list.command())
    return (versions(node.packages.driver), Check(asked, judge), *services)


AMD_WORDS = ("amd-smi", "static", "--asic", "--json")
"""`list` tells no product names."""


def _nvidia(text: str) -> tuple[list[str], bool]:
    reading = nvidia_smi_list.read(text)
    return [gpu.name for gpu in reading.facts.gpus], bool(reading.problems)


def _amd(text: str) -> tuple[list[str], bool]:
    reading = amd_smi.read(text)
    return [gpu.name or "unnamed" for gpu in reading.facts.gpus], bool(reading.problems)


def _with_dcgm(node: NodeInputs, inputs: Inputs) -> bool:
    del inputs
    return bool(node.packages.dcgm)


def _dcgm(host: str, inputs: Inputs) -> Sequence[Check]:
    node = inputs.nodes[host]

    def judge(text: str) -> Verdict:
        head = text.split("\n", 1)[0].strip()
        wanted = f"{node.gpus} GPUs found."
        return PROVEN if head == wanted else Verdict("failed", f"DCGM says: {head[:120]}")

    return (versions(node.packages.dcgm), Check(("dcgmi", "discovery", "-l"), judge))


GPU_DRIVER = Role(
    "gpu-driver",
    "image",
    with_gpus,
    "driver, persistence and fabric manager, pinned",
    ("node.packages.driver", "node.services.driver", "node.vendor", "node.nvlink_peers"),
    _driver,
    ("the GPUs' driver",),
    reboots="a driver of another version works after a reboot",
    drains=True,
)
DCGM = Role(
    "dcgm",
    "image",
    _with_dcgm,
    "the data center GPU manager",
    ("node.packages.dcgm", "node.services.dcgm"),
    _dcgm,
)
