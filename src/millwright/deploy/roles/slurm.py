"""Roles of the scheduler: one key, accounting, the controller, and nodes with their GPUs."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, active
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, Secret, everywhere, on_compute, on_head
from millwright.deploy.roles.slurmproofs import fabric_as_designed, jobs_run, mpi_spoken


def _munge(host: str, inputs: Inputs) -> Sequence[Check]:
    del host, inputs
    return (
        active("munge"),
        Check(("sh", "-c", "munge -n | unmunge >/dev/null"), lambda _: PROVEN),
    )


def _database(host: str, inputs: Inputs) -> Sequence[Check]:
    del host, inputs

    def listens(text: str) -> Verdict:
        return PROVEN if text.strip() else Verdict("failed", "nobody listens at port 6819")

    socket = Check(("ss", "-Hltn", "sport", "=", ":6819"), listens, 20.0)
    return (active("slurmdbd", 20.0), socket)


def _controller(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    name = inputs.factory.slurm.cluster

    def answers(text: str) -> Verdict:
        return PROVEN if text.strip().endswith(" UP") else Verdict("failed", text.strip()[:200])

    def accounted(text: str) -> Verdict:
        known = text.split()
        told = f"accounting knows {', '.join(known) or 'no cluster'}, and not {name}"
        return PROVEN if name in known else Verdict("failed", told)

    words = ("sacctmgr", "--noheader", "--parsable2", "show", "cluster", "format=cluster")
    checks = (Check(("scontrol", "ping"), answers, 20.0), Check(words, accounted, 20.0))
    if inputs.factory.slurm.topology.kind == "default":
        return checks
    return (*checks, fabric_as_designed(inputs))


def _node(host: str, inputs: Inputs) -> Sequence[Check]:
    node = inputs.nodes[host]
    gres = f"gpu:{node.gpu_type}:{node.gpus}"

    def judge(text: str) -> Verdict:
        told = dict(word.split("=", 1) for word in text.split() if "=" in word)
        state = told.get("State", "nothing")
        if node.gpus and not told.get("Gres", "").startswith(gres):
            return Verdict("failed", f"Gres is {told.get('Gres')}, and the design says {gres}")
        if state.split("+")[0].rstrip("*") not in ("IDLE", "ALLOCATED", "MIXED", "COMPLETING"):
            return Verdict("failed", f"Slurm says {state}: {told.get('Reason', 'no reason')}")
        if "*" in state:
            return Verdict("failed", f"Slurm says {state}: it does not answer")
        return PROVEN

    shown = Check(("scontrol", "show", "node", host, "--oneliner"), judge, 30.0)
    return (shown, jobs_run(host, inputs))


def _mpi(host: str, inputs: Inputs) -> Sequence[Check]:
    return (mpi_spoken(host, inputs),)


MUNGE = Role(
    "munge",
    "cluster",
    everywhere,
    "the key that daemons know each other by",
    (),
    _munge,
    ("munged",),
    (Secret("munge-key", "/etc/munge/munge.key", 401, 0o400, 1024),),
)
SLURM_DATABASE = Role(
    "slurm-database",
    "cluster",
    on_head,
    "accounting: MariaDB and slurmdbd",
    ("factory.slurm.controller", "factory.slurm.database", "factory.slurm.ports.database"),
    _database,
    ("slurmdbd",),
    (Secret("slurmdbd-password", "/etc/millwright/slurmdbd.password", 0, 0o600, 24),),
)
SLURM_CONTROLLER = Role(
    "slurm-controller",
    "cluster",
    on_head,
    "slurmctld, which hands its configuration to nodes",
    ("factory.slurm", "factory.simulated"),
    _controller,
    ("slurmctld before 23.11, every daemon of Slurm from then on; jobs go on",),
)
SLURM_NODE = Role(
    "slurm-node",
    "cluster",
    on_compute,
    "slurmd with its GPUs",
    (
        "factory.slurm.controller",
        "factory.slurm.ports.controller",
        "factory.slurm.ports.node",
        "factory.slurm.settings",
        "factory.simulated",
        "node.gpu_devices",
        "node.gpus",
        "node.gpu_type",
    ),
    _node,
    ("slurmd; jobs go on",),
)
MPI = Role(
    "mpi",
    "cluster",
    on_compute,
    "MPI, started by the scheduler",
    (),
    _mpi,
)
