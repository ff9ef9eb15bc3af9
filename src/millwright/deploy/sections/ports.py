"""The one table of ports: which role listens where, and who may speak to it.

Packet rules are generated from it, and a scan of every host must find what it says, no more and no
less. A role that brings a listener brings its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from millwright.deploy.sections.storage import Mounted
from millwright.model.base import Frozen

Protocol = Literal["tcp", "udp"]
Place = Literal["everywhere", "head", "compute", "gpus", "nfs-3", "simulated-head"]
Source = Literal["operators", "inband", "head"]
"""`operators`: where people come from, and the in-band network; `head`: the head node only."""


@dataclass(frozen=True, slots=True)
class Row:
    """Ports of one role.

    `listens` is false for a range that must be open and where nobody need listen: what jobs and
    answers use. Listeners on the loopback address have no row: nobody else reaches them.
    """

    role: str
    protocol: Protocol
    first: int
    last: int
    on: Place
    source: Source
    why: str
    listens: bool = True


def row(role: str, port: str, on: Place, source: Source, why: str) -> Row:
    """Return the row of one listener; `port` reads like `tcp/22`."""
    protocol, _, number = port.partition("/")
    assert protocol in ("tcp", "udp"), port
    return Row(
        role, "tcp" if protocol == "tcp" else "udp", int(number), int(number), on, source, why
    )


PORTS: Sequence[Row] = (
    row("reach", "tcp/22", "everywhere", "operators", "SSH: people, this tool, fan-out trees"),
    row("package-mirror", "tcp/3142", "head", "inband", "packages, through one cache"),
    row("time-server", "udp/123", "head", "inband", "time"),
    Row("storage-clients", "tcp", 111, 111, "nfs-3", "inband", "NFS 3: locks, called back", False),
    Row("storage-clients", "udp", 111, 111, "nfs-3", "inband", "NFS 3: locks, called back", False),
    row("slurm-database", "tcp/6819", "head", "inband", "accounting"),
    row("slurm-controller", "tcp/6817", "head", "inband", "the controller of Slurm"),
    row("slurm-node", "tcp/6818", "compute", "inband", "nodes of Slurm, who pass messages on"),
    Row("network", "udp", 68, 68, "everywhere", "inband", "answers of DHCP", False),
    Row("fabric", "udp", 7070, 7169, "simulated-head", "inband", "SIMULATED fabric", False),
    row("central-logging", "tcp/514", "head", "inband", "lines of all hosts"),
    row("alertmanager", "tcp/9093", "head", "head", "alerts; for the head node itself"),
    row("prometheus", "tcp/9090", "head", "head", "metrics; for the head node itself"),
    row("node-exporter", "tcp/9100", "everywhere", "head", "figures of hosts"),
    row("gpu-exporter", "tcp/9400", "gpus", "head", "figures of GPUs"),
    Row("jobs", "tcp", 29400, 29500, "compute", "inband", "rendezvous of training", False),
    Row("jobs", "tcp", 61001, 63000, "everywhere", "inband", "srun, by SrunPortRange", False),
    Row("jobs", "tcp", 32768, 60999, "everywhere", "inband", "MPI, NCCL and srun", False),
    Row("jobs", "udp", 32768, 60999, "everywhere", "inband", "MPI, NCCL and srun", False),
)
"""In the order of roles. Jobs use ephemeral ports, and torchrun's own for their rendezvous."""


class OpenPort(Frozen):
    """Ports that one host has open; `sources` are networks, and none means anybody."""

    role: str
    protocol: Protocol
    first: int
    last: int
    sources: tuple[str, ...]
    listens: bool
    why: str


@dataclass(frozen=True, slots=True)
class PortSite:
    """What places and sources mean in one factory: networks, and the head node's address."""

    inband: str
    head_address: str
    operators: tuple[str, ...] = ()


def open_ports(places: frozenset[Place], site: PortSite) -> tuple[OpenPort, ...]:
    """Return what a host has open that is at these places of the table.

    Where the site does not say where its people come from, SSH is open to anybody who has a key.
    """
    return tuple(
        OpenPort(
            role=each.role,
            protocol=each.protocol,
            first=each.first,
            last=each.last,
            sources=_networks(each.source, site),
            listens=each.listens,
            why=each.why,
        )
        for each in PORTS
        if each.on in places
    )


def _networks(source: Source, site: PortSite) -> tuple[str, ...]:
    if source == "inband":
        return (site.inband,)
    if source == "head":
        return (f"{site.head_address}/32",)
    return (*site.operators, site.inband) if site.operators else ()


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a factory, and of a host in it, decides where in the table the host is."""

    gpus: int = 0
    head: bool = False
    simulated: bool = False
    nfs_3: bool = False


def asks_port_mapper(mounts: Sequence[Mounted]) -> bool:
    """Return whether hosts mount by a version of NFS that asks a port mapper."""
    return any(each.type == "nfs" and "vers=3" in each.options for each in mounts)


def places_of(kind: str, traits: Traits) -> frozenset[Place]:
    """Return at which places of the table a host is."""
    head, simulated, gpus = traits.head, traits.simulated, traits.gpus
    found: set[Place] = {"everywhere"}
    if traits.nfs_3:
        found.add("nfs-3")
    if head:
        found |= {"head", "simulated-head"} if simulated else {"head"}
    if kind == "compute":
        found.add("compute")
    if gpus:
        found.add("gpus")
    return frozenset(found)
