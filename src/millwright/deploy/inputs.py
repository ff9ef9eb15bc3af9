"""What roles are templated from: a pure function of the design, never of live hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from millwright.deploy.sections.accelerators import Accelerators, accelerators
from millwright.deploy.sections.access import Access, access
from millwright.deploy.sections.authorities import Trusted, trusted
from millwright.deploy.sections.backup import Backup
from millwright.deploy.sections.fabric import HostFabric, host_fabric, subnet_managers
from millwright.deploy.sections.ground import NOTHING_ELSE, Around, Clock, Deployer, clock
from millwright.deploy.sections.hardening import Closed, closed
from millwright.deploy.sections.health import NodeHealth, health
from millwright.deploy.sections.identity import Directory, directory
from millwright.deploy.sections.logs import Logs, logs
from millwright.deploy.sections.monitoring import (
    Job,
    Monitoring,
    Watched,
    jobs,
    monitoring,
    watched,
)
from millwright.deploy.sections.parameters import (
    NodeParameters,
    Parameters,
    node_parameters,
    parameters,
)
from millwright.deploy.sections.patients import wished
from millwright.deploy.sections.ports import (
    OpenPort,
    PortSite,
    asks_port_mapper,
    open_ports,
    places_of,
)
from millwright.deploy.sections.ports import Traits as PortTraits
from millwright.deploy.sections.roce import Roce, roce
from millwright.deploy.sections.slurm import Slurm, slurm
from millwright.deploy.sections.sources import Archive, Packages, archives, packages
from millwright.deploy.sections.storage import Mounted, NodeScratch, mounts, node_scratch
from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster, Device
from millwright.model.parameters import Traits
from millwright.model.platform import System
from millwright.model.site import Patching, Services
from millwright.model.spec import Factory


class HostAddress(Frozen):
    """A host's name, and where it is in-band."""

    name: str
    address: str


class FactoryInputs(Frozen):
    """What is the same for all hosts."""

    name: str
    simulated: bool
    head: str
    hosts: tuple[HostAddress, ...]
    networks: dict[str, str]
    slurm: Slurm
    backup: Backup = Backup()
    parameters: Parameters
    services: Services
    authorities: tuple[Trusted, ...] = ()
    identity: Directory | None = None
    access: Access = Access()
    clock: Clock
    patching: Patching
    packages: Packages
    system: System = "debian"
    subnet_managers: tuple[str, ...] = ()
    roce: Roce | None = None
    mounts: tuple[Mounted, ...] = ()
    monitoring: Monitoring
    logs: Logs


class NodeInputs(Accelerators):
    """What one host is by design."""

    name: str
    address: str
    kind: Literal["compute", "management"]
    pool: str = ""
    health: NodeHealth | None = None
    ports: tuple[OpenPort, ...] = ()
    forwards: bool = False
    closed: tuple[Closed, ...] = ()
    deployer: Deployer = Deployer()
    archives: tuple[Archive, ...] = ()
    parameters: NodeParameters = NodeParameters()
    fabric: HostFabric = HostFabric()
    scratch: NodeScratch | None = None
    nvlink_peers: tuple[str, ...] = ()
    watched: Watched = Watched()
    log_senders: dict[str, str] = {}


class Inputs(Frozen):
    """Everything that roles read."""

    factory: FactoryInputs
    nodes: dict[str, NodeInputs]


def inputs_of(
    cluster: Cluster, catalog: Catalog, spec: Factory, around: Around = NOTHING_ELSE
) -> Inputs:
    """Return what the roles of a design read; `around` is what the workspace says beside it.

    Raises Undeployable, naming it, where the design has no head node, the catalogue does not know
    a server's processors, or no platform carries its GPUs.
    """
    hosts = [device for device in cluster.devices if _is_host(device)]
    heads = [device.name for device in hosts if device.role == "management"]
    if not heads:
        raise Undeployable("the design has no management host, and a head node is needed")
    design = Design(cluster, catalog, spec)
    nodes = {d.name: design.node(d) for d in hosts}
    nodes = _on_ground(nodes, heads[0], spec, around)
    nodes = _seen(nodes, hosts, heads[0], catalog)
    factory = FactoryInputs(
        name=cluster.name,
        simulated=cluster.simulated,
        head=heads[0],
        hosts=tuple(HostAddress(name=n.name, address=n.address) for n in nodes.values()),
        networks=cluster.networks,
        slurm=slurm(cluster, catalog, hosts, spec.software.os),
        parameters=parameters(catalog),
        services=spec.services,
        access=access(catalog, around),
        clock=clock(spec.services, nodes[heads[0]].address, cluster.networks),
        patching=spec.patching,
        packages=packages(
            spec.software.packages,
            spec.services,
            {**cluster.networks, "head": heads[0], "address": nodes[heads[0]].address},
            around.laid,
        ),
        monitoring=monitoring(_jobs(nodes, heads[0]), catalog, spec.services),
        logs=logs(heads[0], nodes[heads[0]].address, catalog, spec.services),
    )
    factory = factory.model_copy(update=design.shared(nodes))
    nodes = _closed(nodes, factory, around, catalog)
    return Inputs(factory=factory, nodes=nodes)


def _on_ground(
    nodes: dict[str, NodeInputs], head: str, spec: Factory, around: Around
) -> dict[str, NodeInputs]:
    wishes, server = spec.software.packages, nodes[head].address
    return {
        name: node.model_copy(
            update={
                "deployer": around.deployer(name),
                "archives": archives(wishes, server, around.laid, head=name == head),
            }
        )
        for name, node in nodes.items()
    }


def _is_host(device: Device) -> bool:
    return device.role in ("compute", "management") and not device.external


def _closed(
    nodes: dict[str, NodeInputs], factory: FactoryInputs, around: Around, catalog: Catalog
) -> dict[str, NodeInputs]:
    """Return hosts with what they have open, and with what closes the rest of them."""
    head, simulated = factory.head, factory.simulated
    site = PortSite(factory.networks["inband"], nodes[head].address, factory.access.operators)

    def own(node: NodeInputs) -> dict[str, object]:
        gateway = node.name in around.gateways
        seen = node.gpus if node.watched.gpu_exporter else 0
        traits = PortTraits(seen, node.name == head, simulated, asks_port_mapper(factory.mounts))
        places = places_of(node.kind, traits)
        return {
            "ports": open_ports(places, site),
            "forwards": gateway,
            "closed": closed(catalog, gateway=gateway),
        }

    return {name: node.model_copy(update=own(node)) for name, node in nodes.items()}


def _seen(
    nodes: dict[str, NodeInputs], hosts: list[Device], head: str, catalog: Catalog
) -> dict[str, NodeInputs]:
    """Return hosts with what they tell of themselves; the head node knows every address."""
    found = {}
    for device in hosts:
        node, server = nodes[device.name], catalog.servers.get(device.model)
        place = "head" if device.name == head else node.kind
        own = watched(node, server, place, catalog, device.simulated)
        found[device.name] = node.model_copy(update={"watched": own})
    senders = {node.address: node.name for node in nodes.values()}
    found[head] = found[head].model_copy(update={"log_senders": senders})
    return found


def _jobs(nodes: dict[str, NodeInputs], head: str) -> tuple[Job, ...]:
    exporting = [name for name, node in nodes.items() if node.watched.gpu_exporter]
    return jobs({name: node.address for name, node in nodes.items()}, exporting, head)


def _address(device: Device) -> str:
    for address in device.addresses:
        if address.network == "inband":
            return address.address
    raise Undeployable(f"{device.name} has no in-band address")


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that a host's inputs are computed from."""

    cluster: Cluster
    catalog: Catalog
    spec: Factory

    @property
    def system(self) -> System:
        """Return which distribution names packages; the roles were run on Debian."""
        name = (self.spec.software.os or "debian").partition("-")[0]
        return "ubuntu" if name == "ubuntu" else "rocky" if name == "rocky" else "debian"

    def shared(self, nodes: dict[str, NodeInputs]) -> dict[str, object]:
        """Return what the site, fabrics and storage say to all hosts."""
        uses_roce = any(node.fabric.kind == "roce" for node in nodes.values())
        return {
            "system": self.system,
            "authorities": trusted(self.spec.services),
            "identity": directory(self.spec.services),
            "subnet_managers": subnet_managers(self.cluster, self.catalog),
            "roce": roce(self.catalog) if uses_roce else None,
            "mounts": mounts(self.spec, self.catalog),
        }

    def node(self, device: Device) -> NodeInputs:
        """Return what a host is; raises Undeployable where the catalogue lacks something of it."""
        address, server = _address(device), self.catalog.servers.get(device.model)
        if server is None or device.role == "management":
            management = NodeInputs(name=device.name, address=address, kind="management")
            settings = node_parameters(self.catalog, Traits())
            return management.model_copy(update={"parameters": settings})
        pool = device.pool or ""
        bare = NodeInputs(name=device.name, address=address, kind="compute", pool=pool)
        gpus = accelerators(server, device.name, self.catalog, self.system)
        software = self.spec.software
        fabric = host_fabric(self.cluster, self.catalog, server, software.ofed, self.system)
        traits = Traits(
            computes=True,
            platform=gpus.platform,
            vendor=gpus.vendor,
            fabric=fabric.kind,
            wished=wished(self.spec, self.catalog, pool),
        )
        own: dict[str, object] = {
            "parameters": node_parameters(self.catalog, traits),
            "fabric": fabric,
            "health": health(server, gpus),
            "scratch": node_scratch(self.spec.storage.scratch, server),
            "nvlink_peers": self._peers(device) if server.rack_scale else (),
        }
        return bare.model_copy(update={**dict(gpus), **own})

    def _peers(self, device: Device) -> tuple[str, ...]:
        """Return the addresses of the trays that share one NVLink domain: those of one rack."""
        return tuple(
            _address(each)
            for each in self.cluster.devices
            if each.role == "compute" and each.rack == device.rack and each.model == device.model
        )
