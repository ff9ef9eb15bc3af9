"""A host's adapters in the fabrics of the design, and who manages their subnet."""

from __future__ import annotations

from typing import Literal

from millwright.deploy.sections.accelerators import Package
from millwright.model.base import Figure, Frozen
from millwright.model.catalog import Catalog, FabricName, Server
from millwright.model.cluster import Cluster
from millwright.model.platform import System

Kind = Literal["", "infiniband", "roce"]


class Adapter(Frozen):
    """One adapter as its driver names it, and how fast its port must run."""

    name: str
    rate_gbps: Figure


class HostFabric(Frozen):
    """Adapters by the protocol of the compute fabric.

    `adapters` carry remote memory access and are proven; `others` are in the machine as well.
    """

    kind: Kind = ""
    adapters: tuple[Adapter, ...] = ()
    others: tuple[str, ...] = ()
    stack: tuple[Package, ...] = ()
    stack_services: tuple[str, ...] = ()


def protocol(cluster: Cluster, catalog: Catalog, fabric: FabricName) -> Kind:
    """Return what a fabric's switches speak; nothing where there is no such fabric."""
    summary = cluster.fabrics.get(fabric)
    if summary is None:
        return ""
    carrier = summary.carried_by or fabric
    for device in cluster.devices:
        if device.kind == "switch" and device.fabric == carrier and device.role != "access":
            spoken = catalog.switches[device.model].protocol
            return "infiniband" if spoken == "infiniband" else "roce"
    return ""


def host_fabric(
    cluster: Cluster, catalog: Catalog, server: Server, ofed: str | None, system: System
) -> HostFabric:
    """Return the adapters of a server in this design; `ofed` names the stack that drives them.

    Ports of the storage fabric count where it speaks what the compute fabric speaks.
    """
    kind = protocol(cluster, catalog, "compute")
    if not kind:
        return HostFabric()
    fabrics: tuple[FabricName, ...] = ("compute",)
    if kind == "infiniband" and protocol(cluster, catalog, "storage") == kind:
        fabrics = ("compute", "storage")
    found = {
        port.hca: Adapter(name=port.hca, rate_gbps=_rate(cluster, fabric, port.speed_gbps))
        for fabric in fabrics
        for port in server.ports_of(fabric)
        if port.hca is not None
    }
    others = {port.hca for port in server.ports if port.hca} - found.keys()
    stack = catalog.stacks[ofed] if ofed else None
    return HostFabric(
        kind=kind,
        adapters=tuple(found[name] for name in sorted(found)),
        others=tuple(sorted(others)),
        stack=tuple(
            Package(name=name, version=stack.version.value) for name in stack.packages_on(system)
        )
        if stack
        else (),
        stack_services=stack.services if stack else (),
    )


def _rate(cluster: Cluster, fabric: str, speed_gbps: float) -> float:
    """Return how fast a port runs: an adapter split over planes shows each plane's share."""
    planes = max(cluster.fabrics[fabric].planes, 1)
    return speed_gbps if planes == 1 else cluster.fabrics[fabric].link_gbps


def subnet_managers(cluster: Cluster, catalog: Catalog) -> tuple[str, ...]:
    """Return the management hosts that run a subnet manager, two at most.

    Nobody does where a fabric manager is designed, or where no management host has a port in the
    fabric: its switches manage it then. The head node of a simulated factory has one without.
    """
    if protocol(cluster, catalog, "compute") != "infiniband":
        return ()
    if any(d.role == "fabric-manager" and d.fabric in (None, "compute") for d in cluster.devices):
        return ()
    hosts = [d for d in cluster.devices if d.role == "management" and not d.external]
    if cluster.simulated:
        return tuple(d.name for d in hosts[:1])
    able = [d.name for d in hosts if d.model in catalog.appliances]
    models = {d.name: catalog.appliances[d.model] for d in hosts if d.name in able}
    return tuple(name for name in able if models[name].ports_of("compute"))[:2]
