"""The roles that make a cluster out of hosts: in which order, on which hosts, from which inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Stage = Literal["image", "boot", "cluster"]
STAGES: Sequence[Stage] = ("image", "boot", "cluster")
Hosts = Literal["all", "compute", "gpu", "head"]


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that the engine lays on a host itself, past Ansible: where, whose, and how long."""

    name: str
    path: str
    owner: int
    mode: int
    length: int


@dataclass(frozen=True, slots=True)
class Role:
    """One play of `playbooks/`, and what the engine must know of it.

    `reads` names the variables that it is templated from: a host's role is done again when one of
    them changes, and only then. `restarts` names what its change disturbs.
    """

    name: str
    stage: Stage
    hosts: Hosts
    title: str
    reads: tuple[str, ...]
    restarts: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()


MUNGE_KEY = Secret("munge-key", "/etc/munge/munge.key", 401, 0o400, 1024)
DATABASE_PASSWORD = Secret("slurmdbd-password", "/etc/millwright/slurmdbd.password", 0, 0o600, 24)

ROLES: Sequence[Role] = (
    Role("names", "boot", "all", "hostname and names of all hosts", ("factory.hosts", "node.name")),
    Role("limits", "image", "all", "limits of memory and files", ("factory.parameters.limits",)),
    Role(
        "kernel-parameters",
        "image",
        "all",
        "kernel parameters from the one table",
        ("factory.parameters.sysctl",),
    ),
    Role(
        "gpu-driver",
        "image",
        "gpu",
        "driver, persistence and fabric manager, pinned",
        ("node.packages.driver", "node.services.driver"),
        ("the GPUs' driver",),
    ),
    Role(
        "dcgm",
        "image",
        "gpu",
        "the data center GPU manager",
        ("node.packages.dcgm", "node.services.dcgm"),
    ),
    Role(
        "munge",
        "cluster",
        "all",
        "the key that daemons know each other by",
        (),
        ("munged",),
        (MUNGE_KEY,),
    ),
    Role(
        "slurm-database",
        "cluster",
        "head",
        "accounting: MariaDB and slurmdbd",
        ("factory.slurm.cluster",),
        ("slurmdbd",),
        (DATABASE_PASSWORD,),
    ),
    Role(
        "slurm-controller",
        "cluster",
        "head",
        "slurmctld, which hands its configuration to nodes",
        ("factory.slurm", "factory.simulated"),
        ("slurmctld",),
    ),
    Role(
        "slurm-node",
        "cluster",
        "compute",
        "slurmd with its GPUs",
        ("factory.slurm.controller", "factory.simulated", "node.gpus", "node.gpu_type"),
        ("slurmd",),
    ),
)


def until(stage: Stage) -> tuple[Role, ...]:
    """Return the roles up to a stage, in their order."""
    last = STAGES.index(stage)
    return tuple(role for role in ROLES if STAGES.index(role.stage) <= last)
