"""What roles are templated from: a pure function of the design, never of live hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from millwright.errors import MillwrightError
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog, Server
from millwright.model.cluster import Cluster, Device, PoolSize
from millwright.model.nodeset import folded
from millwright.model.platform import Stack


class HostAddress(Frozen):
    """A host's name, and where it is in-band."""

    name: str
    address: str


class SlurmNodes(Frozen):
    """Nodes alike, as Slurm describes them: processors and memory as their system counts them."""

    names: str
    sockets: int
    cores_per_socket: int
    threads_per_core: int
    memory_mib: int
    gres: str


class Partition(Frozen):
    """A partition of Slurm: one pool of the design."""

    name: str
    nodes: str
    default: bool


class Slurm(Frozen):
    """The scheduler's part of the inputs."""

    cluster: str
    controller: str
    partitions: tuple[Partition, ...]
    nodes: tuple[SlurmNodes, ...]


class Sysctl(Frozen):
    """A kernel parameter, with who says so."""

    key: str
    value: str
    source: str


class Limit(Frozen):
    """A limit of users and services."""

    domain: str
    type: str
    item: str
    value: str


class Parameters(Frozen):
    """Host parameters from the catalogue's one table."""

    sysctl: tuple[Sysctl, ...]
    limits: tuple[Limit, ...]


class FactoryInputs(Frozen):
    """What is the same for all hosts."""

    name: str
    simulated: bool
    head: str
    hosts: tuple[HostAddress, ...]
    networks: dict[str, str]
    slurm: Slurm
    parameters: Parameters


class Package(Frozen):
    """A package and the version that it is pinned to."""

    name: str
    version: str


class NodePackages(Frozen):
    """Vendor packages of a host, by role."""

    driver: tuple[Package, ...] = ()
    dcgm: tuple[Package, ...] = ()


class NodeServices(Frozen):
    """Vendor services of a host, by role."""

    driver: tuple[str, ...] = ()
    dcgm: tuple[str, ...] = ()


class NodeInputs(Frozen):
    """What one host is by design."""

    name: str
    address: str
    kind: Literal["compute", "management"]
    gpus: int = 0
    gpu_type: str = ""
    vendor: str = ""
    packages: NodePackages = NodePackages()
    services: NodeServices = NodeServices()


class Inputs(Frozen):
    """Everything that roles read."""

    factory: FactoryInputs
    nodes: dict[str, NodeInputs]


class Undeployable(MillwrightError):
    """The design lacks what a deployment needs to know."""


def inputs_of(cluster: Cluster, catalog: Catalog) -> Inputs:
    """Return what the roles of a design read.

    Raises Undeployable, naming it, where the design has no head node, the catalogue does not know
    a server's processors, or no platform carries its GPUs.
    """
    hosts = [device for device in cluster.devices if _is_host(device)]
    heads = [device.name for device in hosts if device.role == "management"]
    if not heads:
        raise Undeployable("the design has no management host, and a head node is needed")
    nodes = {device.name: _node(device, catalog) for device in hosts}
    factory = FactoryInputs(
        name=cluster.name,
        simulated=cluster.simulated,
        head=heads[0],
        hosts=tuple(HostAddress(name=n.name, address=n.address) for n in nodes.values()),
        networks=cluster.networks,
        slurm=_slurm(cluster, catalog, heads[0], hosts),
        parameters=_parameters(catalog),
    )
    return Inputs(factory=factory, nodes=nodes)


def _is_host(device: Device) -> bool:
    return device.role in ("compute", "management") and not device.external


def _address(device: Device) -> str:
    for address in device.addresses:
        if address.network == "inband":
            return address.address
    raise Undeployable(f"{device.name} has no in-band address")


def _node(device: Device, catalog: Catalog) -> NodeInputs:
    kind: Literal["compute", "management"] = "compute" if device.role == "compute" else "management"
    server = catalog.servers.get(device.model)
    bare = NodeInputs(name=device.name, address=_address(device), kind=kind)
    if server is None or server.gpu is None or kind == "management":
        return bare
    platform = next((p for p in catalog.platforms.values() if server.gpu in p.gpus), None)
    if platform is None:
        raise Undeployable(
            f"no platform of the catalogue carries the GPU {server.gpu} of {device.name}",
            hint="add one under `platforms` in catalog/*.yaml",
        )
    driver = catalog.stacks[platform.driver]
    management = catalog.stacks[platform.management] if platform.management else None
    return bare.model_copy(
        update={
            "gpus": server.gpu_count.value,
            "gpu_type": _gres_type(server.gpu),
            "vendor": platform.vendor,
            "packages": NodePackages(driver=_pinned(driver), dcgm=_pinned(management)),
            "services": NodeServices(
                driver=driver.services, dcgm=management.services if management else ()
            ),
        }
    )


def _pinned(stack: Stack | None) -> tuple[Package, ...]:
    if stack is None:
        return ()
    return tuple(Package(name=name, version=stack.version.value) for name in stack.packages)


def _gres_type(gpu: str) -> str:
    return gpu.partition("-")[0]


def _slurm(cluster: Cluster, catalog: Catalog, head: str, hosts: Sequence[Device]) -> Slurm:
    partitions, nodes = [], []
    for pool in cluster.pools:
        names = folded(device.name for device in hosts if device.pool == pool.name)
        first = pool.name == cluster.pools[0].name
        partitions.append(Partition(name=pool.name, nodes=names, default=first))
        nodes.append(_slurm_nodes(pool, catalog.servers[pool.server], names))
    return Slurm(
        cluster=cluster.name, controller=head, partitions=tuple(partitions), nodes=tuple(nodes)
    )


def _slurm_nodes(pool: PoolSize, server: Server, names: str) -> SlurmNodes:
    if server.host is None:
        raise Undeployable(
            f"the catalogue does not know the processors and memory of {server.name}",
            hint="add `host` to it in catalog/*.yaml: sockets, cores_per_socket, threads_per_core, "
            "memory_mib",
        )
    shape = server.host.value
    gpus = server.gpu_count.value
    return SlurmNodes(
        names=names,
        sockets=shape.sockets,
        cores_per_socket=shape.cores_per_socket,
        threads_per_core=shape.threads_per_core,
        memory_mib=shape.memory_mib,
        gres=f"gpu:{_gres_type(server.gpu)}:{gpus}" if server.gpu and gpus else "",
    )


def _parameters(catalog: Catalog) -> Parameters:
    table = catalog.parameters.values()
    return Parameters(
        sysctl=tuple(
            Sysctl(key=p.key, value=p.value.value, source=p.source)
            for p in table
            if p.kind == "sysctl"
        ),
        limits=tuple(
            Limit(domain="*", type="-", item=p.key, value=p.value.value)
            for p in table
            if p.kind == "limit"
        ),
    )
