"""What roles are templated from: a pure function of the design, never of live hosts."""

from __future__ import annotations

from typing import Literal

from millwright.deploy.sections.accelerators import Accelerators, accelerators
from millwright.deploy.sections.ground import NOTHING_ELSE, Around, Clock, Deployer, clock
from millwright.deploy.sections.parameters import Parameters, parameters
from millwright.deploy.sections.ports import OpenPort, Site, open_ports, places_of
from millwright.deploy.sections.slurm import Slurm, slurm
from millwright.deploy.sections.sources import Archive, Packages, archives, packages
from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster, Device
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
    parameters: Parameters
    services: Services
    clock: Clock
    patching: Patching
    packages: Packages


class NodeInputs(Accelerators):
    """What one host is by design."""

    name: str
    address: str
    kind: Literal["compute", "management"]
    ports: tuple[OpenPort, ...] = ()
    deployer: Deployer = Deployer()
    archives: tuple[Archive, ...] = ()


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
    nodes = _with_ports({d.name: _node(d, catalog) for d in hosts}, heads[0], cluster.networks)
    nodes = _on_ground(nodes, heads[0], spec, around)
    factory = FactoryInputs(
        name=cluster.name,
        simulated=cluster.simulated,
        head=heads[0],
        hosts=tuple(HostAddress(name=n.name, address=n.address) for n in nodes.values()),
        networks=cluster.networks,
        slurm=slurm(cluster, catalog, heads[0], hosts),
        parameters=parameters(catalog),
        services=spec.services,
        clock=clock(spec.services, nodes[heads[0]].address, cluster.networks),
        patching=spec.patching,
        packages=packages(
            spec.software.packages,
            spec.services,
            {**cluster.networks, "head": heads[0], "address": nodes[heads[0]].address},
            around.laid,
        ),
    )
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


def _with_ports(
    nodes: dict[str, NodeInputs], head: str, networks: dict[str, str]
) -> dict[str, NodeInputs]:
    site = Site(networks["inband"], nodes[head].address)
    return {
        name: node.model_copy(
            update={
                "ports": open_ports(places_of(node.kind, node.gpus, head=name == head), site),
            }
        )
        for name, node in nodes.items()
    }


def _address(device: Device) -> str:
    for address in device.addresses:
        if address.network == "inband":
            return address.address
    raise Undeployable(f"{device.name} has no in-band address")


def _node(device: Device, catalog: Catalog) -> NodeInputs:
    kind: Literal["compute", "management"] = "compute" if device.role == "compute" else "management"
    bare = NodeInputs(name=device.name, address=_address(device), kind=kind)
    server = catalog.servers.get(device.model)
    if server is None or kind == "management":
        return bare
    return bare.model_copy(update=dict(accelerators(server, device.name, catalog)))
