"""Kubernetes: inputs of Kubespray and of the GPU and network operators, from the same design.

Nothing here is executed by us. A driver is installed once: where a role of ours installs it on the
host, the operator's own driver is off, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from millwright.deploy.export.kubespray import kubespray
from millwright.deploy.export.operators import amd_operator, gpu_operator, network_operator
from millwright.deploy.export.roster import Host, Roster
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.model.exported import Export, Unexportable, Unknown
from millwright.model.spec import Factory

Vendor = Literal["nvidia", "amd", ""]


@dataclass(frozen=True, slots=True)
class Workers:
    """A pool that Kubernetes runs: whose accelerators, who drives them, and which NICs."""

    pool: str
    gpu: str
    vendor: Vendor
    host_driver: bool
    nvidia_nics: bool


@dataclass(frozen=True, slots=True)
class Runtime:
    """What Kubernetes is given of a factory; `infiniband` is the compute fabric's protocol."""

    workers: tuple[Workers, ...]
    infiniband: bool

    def of(self, vendor: Vendor) -> tuple[Workers, ...]:
        """Return the pools with a vendor's accelerators."""
        return tuple(each for each in self.workers if each.vendor == vendor)


def runtime(cluster: Cluster, spec: Factory, catalog: Catalog, every_pool: bool) -> Runtime:
    """Return what Kubernetes runs: pools with `runtime: kubernetes`, or all of them.

    Raises Unexportable where no pool is meant for it.
    """
    wanted = {p.name for p in spec.compute if every_pool or p.runtime == "kubernetes"}
    workers = tuple(
        _workers(pool.name, pool.server, catalog) for pool in cluster.pools if pool.name in wanted
    )
    if not workers:
        raise Unexportable(
            "no pool of this factory runs Kubernetes",
            hint="say `runtime: kubernetes` in a pool of factory.yaml, or --all for every pool",
        )
    models = {d.model for d in cluster.devices if d.kind == "switch" and d.fabric == "compute"}
    switches = [catalog.switches[model] for model in models if model in catalog.switches]
    return Runtime(workers, any(switch.protocol == "infiniband" for switch in switches))


def _workers(pool: str, server: str, catalog: Catalog) -> Workers:
    model = catalog.servers[server]
    gpu = model.gpu or ""
    maker = catalog.gpus[gpu].vendor.lower() if gpu in catalog.gpus else ""
    vendors: dict[str, Vendor] = {"nvidia": "nvidia", "amd": "amd"}
    return Workers(
        pool=pool,
        gpu=gpu,
        vendor=vendors.get(maker, ""),
        host_driver=any(gpu in platform.gpus for platform in catalog.platforms.values()),
        nvidia_nics=any((port.hca or "").startswith("mlx5") for port in model.ports),
    )


def kubernetes(
    roster: Roster, run: Runtime, networks: Sequence[str], only: frozenset[str] | None
) -> Export:
    """Return every file; `only` chooses workers, an odd number of management hosts stays the
    control plane, and the others have no part in it.

    Raises Unexportable where nobody can be the control plane, or no worker is left.
    """
    pools = {workers.pool for workers in run.workers}
    management = tuple(host for host in roster.hosts if host.kind == "management")
    control = management[: 5 if len(management) >= 5 else 3 if len(management) >= 3 else 1]
    nodes = tuple(
        host
        for host in roster.hosts
        if host.kind == "compute" and host.pool in pools and (only is None or host.name in only)
    )
    if not control:
        raise Unexportable("the design has no management host, and a control plane is needed")
    if not nodes:
        raise Unexportable(
            "none of the chosen nodes runs Kubernetes", hint=f"its pools are {sorted(pools)}"
        )
    there = {host.pool for host in nodes}
    run = replace(run, workers=tuple(w for w in run.workers if w.pool in there))
    chosen = replace(roster, hosts=(*control, *nodes))
    files = [*kubespray(chosen, networks)]
    if run.of("nvidia"):
        files += gpu_operator(chosen, host_driver=_host_driver(run))
    if any(workers.nvidia_nics for workers in run.workers):
        alone = not run.of("nvidia") and not run.of("amd")
        files += network_operator(chosen, infiniband=run.infiniband, alone=alone)
    if run.of("amd"):
        files += amd_operator(chosen, alone=not run.of("nvidia"))
    return Export("kubernetes", chosen.names, tuple(files), _unknown(chosen, run, management))


def _host_driver(run: Runtime) -> bool:
    """Return who drives NVIDIA's GPUs; raises Unexportable where it is not one and the same."""
    drivers = {workers.host_driver for workers in run.of("nvidia")}
    if len(drivers) > 1:
        own = [workers.pool for workers in run.of("nvidia") if workers.host_driver]
        raise Unexportable(
            f"a role of ours drives the GPUs of {', '.join(own)}, and those of other pools not",
            hint="one operator drives all or none: export them apart, with --only",
        )
    return drivers.pop()


def _unknown(roster: Roster, run: Runtime, management: Sequence[Host]) -> tuple[Unknown, ...]:
    found = list(roster.unknown)
    if len(management) < 3:
        means = f"etcd runs on 1 of {len(management)} management hosts: it must not fail"
        found.append(Unknown("redundancy", (), means, "design three management hosts"))
    if not roster.dns:
        means = "Kubespray takes its own default name servers"
        found.append(Unknown("dns", (), means, "say services.dns in factory.yaml"))
    for workers in run.workers:
        where = f"pool {workers.pool}"
        if not workers.vendor:
            means = f"no operator is known for {workers.gpu or 'servers without GPUs'}"
            found.append(Unknown(where, (), means, "install its device plugin by hand"))
        elif workers.vendor == "amd" and not workers.host_driver:
            means = "no role installs amdgpu there, and the operator is told not to"
            found.append(Unknown(where, (), means, "install the driver with the system"))
    means = "versions of Kubernetes and of charts are those that you install"
    found.append(Unknown("versions", (), means, "pin the ones that you accept"))
    return tuple(found)
