"""The scheduler, as the design has it."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.sections.accelerators import device_set, gres_type, platform_of
from millwright.deploy.sections.ports import PORTS
from millwright.deploy.sections.slurmsettings import PACKAGED, Fixed, Setting, settings
from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog, Server
from millwright.model.cluster import Cluster, Device, PoolSize
from millwright.model.nodeset import folded
from millwright.model.topology import Topology, topology


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


class SlurmPorts(Frozen):
    """Where the daemons listen."""

    controller: int
    node: int
    database: int


class Slurm(Frozen):
    """The scheduler's part of the inputs."""

    cluster: str
    controller: str
    ports: SlurmPorts
    partitions: tuple[Partition, ...]
    nodes: tuple[SlurmNodes, ...]
    topology: Topology
    settings: tuple[Setting, ...]
    """Of slurm.conf and cgroup.conf."""
    database: tuple[Setting, ...]
    """Of slurmdbd.conf and MariaDB."""


PROGRAMS = "/usr/local/lib/millwright"
"""Where this tool's own programs lie on hosts."""


def slurm(
    cluster: Cluster, catalog: Catalog, hosts: Sequence[Device], os: str | None = None
) -> Slurm:
    """Return the scheduler of a design; its controller is the first management host.

    Raises Undeployable where a server's processors are unknown, or a setting of the catalogue is
    not for the Slurm of the hosts' distribution `os`.
    """
    head = next(host.name for host in hosts if host.role == "management")
    partitions = partitions_of(cluster, hosts)
    nodes = [
        slurm_nodes(pool, catalog, [host.name for host in hosts if host.pool == pool.name])
        for pool in cluster.pools
    ]
    seen = topology(cluster, catalog, hosts)
    ports = SlurmPorts(
        controller=_port("slurm-controller"),
        node=_port("slurm-node"),
        database=_port("slurm-database"),
    )
    fixed = (
        *_daemons(cluster.name, head, ports),
        *_jobs(min(_memory_per_cpu_mib(each) for each in nodes)),
        *_seen(seen),
    )
    lines = settings(
        fixed, catalog, simulated=cluster.simulated, packaged=PACKAGED.get(os) if os else None
    )
    accounting = ("slurmdbd.conf", "mariadb.cnf")
    return Slurm(
        cluster=cluster.name,
        controller=head,
        ports=ports,
        partitions=partitions,
        nodes=tuple(nodes),
        topology=seen,
        settings=tuple(line for line in lines if line.file not in accounting),
        database=tuple(line for line in lines if line.file in accounting),
    )


def partitions_of(cluster: Cluster, hosts: Sequence[Device]) -> tuple[Partition, ...]:
    """Return a partition for each pool, the first one for whoever names none."""
    return tuple(
        Partition(
            name=pool.name,
            nodes=folded(host.name for host in hosts if host.pool == pool.name),
            default=pool.name == cluster.pools[0].name,
        )
        for pool in cluster.pools
    )


def _port(role: str) -> int:
    return next(row.first for row in PORTS if row.role == role)


def _daemons(name: str, head: str, ports: SlurmPorts) -> tuple[Fixed, ...]:
    return (
        Fixed("ClusterName", name),
        Fixed("SlurmctldHost", head),
        Fixed("SlurmctldPort", str(ports.controller)),
        Fixed("SlurmdPort", str(ports.node)),
        Fixed("SlurmUser", "slurm"),
        Fixed("AuthType", "auth/munge"),
        Fixed("CredType", "cred/munge"),
        Fixed("SlurmctldParameters", "enable_configless"),
        Fixed("StateSaveLocation", "/var/lib/slurm/slurmctld"),
        Fixed("SlurmdSpoolDir", "/var/lib/slurm/slurmd"),
        Fixed("SlurmctldLogFile", "/var/log/slurm/slurmctld.log"),
        Fixed("SlurmdLogFile", "/var/log/slurm/slurmd.log"),
        Fixed("AccountingStorageType", "accounting_storage/slurmdbd"),
        Fixed("AccountingStorageHost", head),
        Fixed("AccountingStoragePort", str(ports.database)),
        Fixed("AccountingStorageTRES", "gres/gpu"),
    )


def _jobs(memory_per_cpu_mib: int) -> tuple[Fixed, ...]:
    return (
        # A node that was lost comes back when somebody says so and not by itself.
        Fixed("ReturnToService", "0"),
        Fixed("RebootProgram", "/usr/sbin/reboot"),
        Fixed("GresTypes", "gpu"),
        # Without it, a job that does not say its memory gets all of a node and keeps others off.
        Fixed("DefMemPerCPU", str(memory_per_cpu_mib)),
        Fixed("HealthCheckProgram", f"{PROGRAMS}/node-health-drain"),
        Fixed("Prolog", f"{PROGRAMS}/prolog"),
        Fixed("Epilog", f"{PROGRAMS}/epilog"),
    )


def _seen(seen: Topology) -> tuple[Fixed, ...]:
    if seen.kind == "default":
        return ()
    if seen.kind == "tree":
        return (Fixed("TopologyPlugin", "topology/tree"),)
    return (
        Fixed("TopologyPlugin", "topology/tree", until="23.02"),
        Fixed("TopologyPlugin", "topology/block", since="23.11"),
    )


def _memory_per_cpu_mib(nodes: SlurmNodes) -> int:
    processors = nodes.sockets * nodes.cores_per_socket * nodes.threads_per_core
    return nodes.memory_mib // processors


def slurm_nodes(pool: PoolSize, catalog: Catalog, names: Sequence[str]) -> SlurmNodes:
    """Return the nodes of a pool. Raises Undeployable where nobody knows their processors."""
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
        names=folded(names),
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
