"""The roles that make a cluster out of hosts, in the order in which they are done."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.role import STAGES, Role, Stage
from millwright.deploy.roles import (
    burnin,
    clocks,
    containers,
    fabrics,
    firewall,
    gpus,
    ground,
    hardening,
    health,
    hosts,
    identity,
    keeping,
    logs,
    monitoring,
    openings,
    people,
    pictures,
    sessions,
    slurm,
    sources,
    storage,
    trust,
    tuning,
)

ROLES: Sequence[Role] = (
    ground.BOOTSTRAP,
    openings.OPENINGS,
    trust.SITE_CA,
    sources.PACKAGE_MIRROR,
    sources.PACKAGE_SOURCES,
    hosts.NAMES,
    clocks.TIME_SERVER,
    clocks.TIME,
    hosts.LIMITS,
    hosts.KERNEL_PARAMETERS,
    tuning.CPU_NUMA,
    gpus.GPU_DRIVER,
    gpus.DCGM,
    containers.CONTAINER_RUNTIME,
    storage.LOCAL_SCRATCH,
    fabrics.SUBNET_MANAGER,
    fabrics.FABRIC_HOST,
    burnin.TEST_TOOLS,
    storage.STORAGE_CLIENTS,
    people.USERS,
    identity.IDENTITY,
    slurm.MUNGE,
    slurm.SLURM_DATABASE,
    health.HEALTH_CHECK,
    slurm.SLURM_CONTROLLER,
    slurm.SLURM_NODE,
    logs.CENTRAL_LOGGING,
    monitoring.ALERTMANAGER,
    monitoring.PROMETHEUS,
    monitoring.SLURM_METRICS,
    monitoring.NODE_EXPORTER,
    monitoring.GPU_EXPORTER,
    pictures.GRAFANA,
    slurm.MPI,
    sessions.NODE_ACCESS,
    keeping.BACKUP,
    hardening.HARDENING,
    firewall.FIREWALL,
    tuning.KERNEL_CMDLINE,
)
"""The last one may want a reboot, which nobody here does: nothing else waits for it."""


def until(stage: Stage) -> tuple[Role, ...]:
    """Return the roles up to a stage, in their order."""
    last = STAGES.index(stage)
    return tuple(role for role in ROLES if STAGES.index(role.stage) <= last)
