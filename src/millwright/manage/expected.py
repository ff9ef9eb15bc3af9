"""What a node should be by its design, as far as day 2 asks: who it is, and what it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from millwright.manage.questions import Party
from millwright.model.catalog import Catalog, FabricName, Machine, Server
from millwright.model.cluster import Cluster, Device

_ROLES = ("compute", "management")
_RDMA: tuple[FabricName, ...] = ("compute", "storage")


@dataclass(frozen=True, slots=True)
class Expected:
    """One node by its design. `vendor` is of its accelerators, empty where it has none.

    `adapters` are those that carry remote memory access, with the speed of their ports in Gb/s;
    `supplies` how many power supplies it has, None where the catalogue does not say.
    """

    node: str
    role: str
    server: str
    pool: str
    gpu: str = ""
    gpus: int = 0
    vendor: str = ""
    adapters: Mapping[str, float] | None = None
    processors: int | None = None
    memory_mib: int | None = None
    supplies: int | None = None
    head: bool = False
    sees_subnet: bool = False

    @property
    def parties(self) -> frozenset[Party]:
        """Return whom of the questions' parties the node belongs to."""
        found: set[Party] = {"all"}
        if self.gpus and self.vendor == "nvidia":
            found.add("nvidia")
        if self.gpus and self.vendor == "amd":
            found.add("amd")
        if self.adapters:
            found.add("infiniband")
        if self.head:
            found.add("head")
        if self.sees_subnet:
            found.add("subnet")
        return frozenset(found)


def expected_of(cluster: Cluster, catalog: Catalog) -> dict[str, Expected]:
    """Return every node that can be asked, by its name, in the order of the design.

    The head node is the first of the management nodes, as it is when the design is deployed.
    """
    hosts = [device for device in cluster.devices if device.role in _ROLES]
    heads = [device.name for device in hosts if device.role == "management"]
    return {
        device.name: _expected(device, cluster, catalog, head=device.name in heads[:1])
        for device in hosts
    }


def _expected(device: Device, cluster: Cluster, catalog: Catalog, *, head: bool) -> Expected:
    machine: Machine | None = catalog.servers.get(device.model)
    machine = machine or catalog.appliances.get(device.model)
    server = machine if isinstance(machine, Server) else None
    shape = server.host.value if server and server.host else None
    return Expected(
        node=device.name,
        role=device.role,
        server=device.model,
        pool=device.pool or "",
        gpu=(server.gpu or "") if server else "",
        gpus=server.gpu_count.value if server else 0,
        vendor=vendor_of(server, catalog) if server else "",
        adapters=_adapters(machine, cluster) if machine else None,
        processors=shape.sockets * shape.cores_per_socket * shape.threads_per_core
        if shape
        else None,
        memory_mib=shape.memory_mib if shape else None,
        supplies=machine.psu.value.count if machine and machine.psu else None,
        head=head,
        sees_subnet=head and _infiniband(cluster, catalog),
    )


def _infiniband(cluster: Cluster, catalog: Catalog) -> bool:
    """Return whether the compute fabric is a subnet of InfiniBand."""
    models = {d.model for d in cluster.devices if d.kind == "switch" and d.fabric == "compute"}
    return any(
        catalog.switches[model].protocol == "infiniband"
        for model in models
        if model in catalog.switches
    )


def vendor_of(server: Server, catalog: Catalog) -> str:
    """Return whose accelerators a server has: as its platform says, else its GPU's maker."""
    if server.gpu is None:
        return ""
    platforms = sorted(catalog.platforms.values(), key=lambda each: not each.servers)
    for platform in platforms:
        if server.name in platform.servers or (
            server.gpu in platform.gpus and not platform.servers
        ):
            return platform.vendor
    gpu = catalog.gpus.get(server.gpu)
    return gpu.vendor.lower() if gpu else ""


def _adapters(machine: Machine, cluster: Cluster) -> dict[str, float]:
    """Return the adapters of a machine in fabrics of this design: the slower speed is its port's.

    A fabric that the design leaves out leaves its adapters without a link.
    """
    found: dict[str, float] = {}
    for fabric in _RDMA:
        summary = cluster.fabrics.get(fabric)
        for port in machine.ports_of(fabric) if summary else ():
            if port.hca and summary:
                found[port.hca] = min(port.speed_gbps, summary.link_gbps or port.speed_gbps)
    return found
