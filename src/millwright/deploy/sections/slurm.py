"""The scheduler, as the design has it."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.sections.accelerators import device_set, gres_type, platform_of
from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog, Server
from millwright.model.cluster import Cluster, Device, PoolSize
from millwright.model.nodeset import folded


class SlurmNodes(Frozen):
    """Nodes alike, as Slurm describes them: processors and memory as their system counts them."""

    names: str
    sockets: int
    cores_per_socket: int
    threads_per_core: int
    memory_mib: int
    gres: str
    devices: str = ""
    """The device files of the GPUs, as gres.conf names several: `/dev/nvidia[0-7]`."""


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


def slurm(cluster: Cluster, catalog: Catalog, head: str, hosts: Sequence[Device]) -> Slurm:
    """Return partitions and nodes; raises Undeployable where a server's processors are unknown."""
    partitions, nodes = [], []
    for pool in cluster.pools:
        names = folded(device.name for device in hosts if device.pool == pool.name)
        first = pool.name == cluster.pools[0].name
        partitions.append(Partition(name=pool.name, nodes=names, default=first))
        nodes.append(_slurm_nodes(pool, catalog, names))
    return Slurm(
        cluster=cluster.name, controller=head, partitions=tuple(partitions), nodes=tuple(nodes)
    )


def _slurm_nodes(pool: PoolSize, catalog: Catalog, names: str) -> SlurmNodes:
    server = catalog.servers[pool.server]
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
        gres=f"gpu:{gres_type(server.gpu)}:{gpus}" if server.gpu and gpus else "",
        devices=_devices(server, catalog),
    )


def _devices(server: Server, catalog: Catalog) -> str:
    platform = platform_of(server, server.name, catalog)
    return device_set(platform.vendor, server.gpu_count.value) if platform else ""
