"""Roles of the compute fabric: who manages it, and the adapters of hosts in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict
from millwright.deploy.inputs import Inputs, NodeInputs
from millwright.deploy.role import Role
from millwright.deploy.sections.fabric import HostFabric
from millwright.deploy.sections.roce import Roce
from millwright.probes import ibstat

LAYERS = {"infiniband": ("IB", "InfiniBand"), "roce": ("Ethernet",)}
DRIVEN = "mlx5_"
"""Adapters of this driver are told their classes of traffic by the tools that are known here."""

ROCE = """\
for adapter; do
  for place in /sys/class/infiniband/$adapter/device/net/*; do
    echo "== $adapter ${place##*/}"
    cat /sys/class/infiniband/$adapter/tc/1/traffic_class
    mlnx_qos -i "${place##*/}"
  done
done
"""
"""Constant shell text: what each adapter was told, one after the other."""


def _manager(host: str, inputs: Inputs) -> Sequence[Check]:
    del host, inputs

    def judge(text: str) -> Verdict:
        if "SMINFO_MASTER" in text:
            return PROVEN
        return Verdict("failed", f"no master manages the subnet: {text.strip()[:120]}")

    return (Check(("sminfo",), judge, 30.0),)


def _adapters(host: str, inputs: Inputs) -> Sequence[Check]:
    fabric, roce = inputs.nodes[host].fabric, inputs.factory.roce
    ports = Check(tuple(ibstat.command()), lambda text: judge_ports(fabric, text), 30.0)
    if fabric.kind != "roce" or roce is None:
        return (ports,)
    told = [each.name for each in fabric.adapters if each.name.startswith(DRIVEN)]
    if len(told) < len(fabric.adapters):
        words = "the tools of these adapters' vendor are not known here: classes of traffic"
        return (ports, Check(("true",), lambda _: Verdict("not testable", words)))
    classes = Check(("sh", "-c", ROCE, "sh", *told), lambda text: judge_classes(roce, told, text))
    return (ports, classes)


def judge_ports(fabric: HostFabric, text: str) -> Verdict:
    """Return whether every designed port is up at its rate, and no adapter is there besides."""
    reading = ibstat.read(text)
    found = {adapter.name: adapter for adapter in reading.facts.adapters}
    wrong: list[str] = []
    for wanted in fabric.adapters:
        adapter = found.get(wanted.name)
        if adapter is None or not adapter.ports:
            wrong.append(f"{wanted.name} is not there")
            continue
        port = adapter.ports[0]
        if not port.active:
            wrong.append(f"{wanted.name} is {port.state}/{port.physical_state}")
        elif port.rate_gbps != wanted.rate_gbps:
            wrong.append(
                f"{wanted.name} runs at {port.rate_gbps or 0:g} Gb/s, and the design says "
                f"{wanted.rate_gbps:g}"
            )
        elif port.link_layer not in LAYERS[fabric.kind]:
            wrong.append(f"{wanted.name} speaks {port.link_layer}, and the fabric {fabric.kind}")
    strangers = found.keys() - {each.name for each in fabric.adapters} - set(fabric.others)
    wrong += [f"{name} is in no design" for name in sorted(strangers)]
    return Verdict("failed", "; ".join(wrong)) if wrong else PROVEN


TRUST = re.compile(r"Priority trust state: (\S+)")
PFC = re.compile(r"PFC configuration:.*?enabled((?:\s+[01]){8})", re.S)
MAPPED = re.compile(r"prio:(\d) dscp:([0-9,]+)")


def judge_classes(roce: Roce, adapters: Sequence[str], text: str) -> Verdict:
    """Return whether every adapter marks, maps and pauses as the table says."""
    wrong: list[str] = []
    parts = text.split("== ")[1:]
    heard = {part.split()[0] for part in parts if part.split()}
    wrong += [f"{name} has no network interface" for name in adapters if name not in heard]
    for part in parts:
        name = " ".join(part.split("\n", 1)[0].split())
        wrong += [f"{name}: {words}" for words in _unlike(roce, part)]
    return Verdict("failed", "; ".join(wrong[:8])) if wrong else PROVEN


def _unlike(roce: Roce, part: str) -> list[str]:
    trust, pause = TRUST.search(part), PFC.search(part)
    mapped = {
        int(dscp): int(prio)
        for prio, each in MAPPED.findall(part)
        for dscp in each.split(",")
        if dscp
    }
    pfc = ",".join(pause[1].split()) if pause else "unknown"
    told = {
        "trust": (trust[1] if trust else "unknown", "dscp"),
        "lossless priorities": (pfc, roce.pfc),
        f"priority of DSCP {roce.dscp}": (mapped.get(roce.dscp), roce.priority),
        f"priority of DSCP {roce.cnp_dscp}": (mapped.get(roce.cnp_dscp), roce.cnp_priority),
        "traffic class": (
            f"={roce.traffic_class}" in part.split("Priority trust")[0] or None,
            True,
        ),
    }
    return [
        f"{what} is {found}, and the table says {wanted}"
        for what, (found, wanted) in told.items()
        if found != wanted
    ]


def _manages(node: NodeInputs, inputs: Inputs) -> bool:
    return node.name in inputs.factory.subnet_managers


def _in_fabric(node: NodeInputs, inputs: Inputs) -> bool:
    del inputs
    return bool(node.fabric.kind)


SUBNET_MANAGER = Role(
    "subnet-manager",
    "boot",
    _manages,
    "who manages the InfiniBand subnet",
    ("factory.subnet_managers", "factory.simulated", "factory.system"),
    _manager,
    ("opensm",),
)
FABRIC_HOST = Role(
    "fabric-host",
    "boot",
    _in_fabric,
    "adapters of the fabric, each port up at its rate",
    ("node.fabric", "factory.roce", "factory.system"),
    _adapters,
)
