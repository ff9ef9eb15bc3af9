"""Roles of hosts with GPUs: the vendor's driver and management, in the versions that are pinned."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, active, versions
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, with_gpus
from millwright.probes import nvidia_smi_list


def _driver(host: str, inputs: Inputs) -> Sequence[Check]:
    node = inputs.nodes[host]

    def judge(text: str) -> Verdict:
        reading = nvidia_smi_list.read(text)
        found = len(reading.facts.gpus)
        models = {gpu.name for gpu in reading.facts.gpus}
        alike = all(node.gpu_type.lower() in name.lower() for name in models)
        if found == node.gpus and alike and not reading.problems:
            return PROVEN
        told = f"{found} GPUs ({', '.join(sorted(models)) or 'none'})"
        return Verdict("failed", f"{told}, and the design has {node.gpus} x {node.gpu_type}")

    services = tuple(active(service) for service in node.services.driver)
    return (versions(node.packages.driver), Check(("nvidia-smi", "-L"), judge), *services)


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
    ("node.packages.driver", "node.services.driver"),
    _driver,
    ("the GPUs' driver",),
    reboots="a driver of another version works after a reboot",
)
DCGM = Role(
    "dcgm",
    "image",
    with_gpus,
    "the data center GPU manager",
    ("node.packages.dcgm", "node.services.dcgm"),
    _dcgm,
)
