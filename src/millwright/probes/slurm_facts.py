"""What Slurm's commands and its REST service say of nodes, jobs and partitions."""

from __future__ import annotations

from dataclasses import dataclass

_MARKS = {
    "*": "not-responding",
    "~": "powered-off",
    "#": "powering-up",
    "!": "power-down-pending",
    "%": "powering-down",
    "$": "maintenance",
    "@": "reboot-pending",
    "^": "reboot-issued",
    "-": "planned",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A name and a value of the configuration or of a record, as they are printed."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SlurmNode:
    """A node, or a list of nodes of one state as `sinfo` folds them; memory in MiB.

    `flags` are what stands beside the state: `drain`, and what its marks mean.
    """

    name: str
    state: str | None = None
    flags: tuple[str, ...] = ()
    count: int | None = None
    partitions: tuple[str, ...] = ()
    cpus: int | None = None
    cpus_allocated: int | None = None
    memory_mib: int | None = None
    memory_free_mib: int | None = None
    load: float | None = None
    gres: str | None = None
    gres_used: str | None = None
    gpus: int | None = None
    reason: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class SlurmJob:
    """A run of a job, or a step, as far as the output tells of it.

    A job that was requeued has several runs under one number, known apart by when they began;
    `begin` and `end` are as told. `restarts` is how many there were before this one.
    """

    id: str
    name: str | None = None
    state: str | None = None
    reason: str | None = None
    user: str | None = None
    account: str | None = None
    partition: str | None = None
    nodes: str | None = None
    node_count: int | None = None
    cpus: int | None = None
    gpus: int | None = None
    time: str | None = None
    exit_code: str | None = None
    begin: str | None = None
    end: str | None = None
    restarts: int | None = None


@dataclass(frozen=True, slots=True)
class SlurmPartition:
    """A partition; `default` is None where the output does not say."""

    name: str
    state: str | None = None
    default: bool | None = None
    nodes: str | None = None
    node_count: int | None = None
    cpus: int | None = None
    gpus: int | None = None
    time_limit: str | None = None


@dataclass(frozen=True, slots=True)
class SlurmAnswer:
    """What one output tells; `kind` names it (nodes, jobs, config), None where nothing is told."""

    kind: str | None
    version: str | None = None
    cluster: str | None = None
    nodes: tuple[SlurmNode, ...] = ()
    jobs: tuple[SlurmJob, ...] = ()
    partitions: tuple[SlurmPartition, ...] = ()
    settings: tuple[Setting, ...] = ()
    reservations: int | None = None


def state_of(told: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Return a state and what stands beside it: `IDLE+DRAIN`, `drain*`, `mixed-`, `drained$`."""
    words = (told or "").strip()
    if not words or words.upper() in ("N/A", "(NULL)"):
        return None, ()
    marks = words[len(words.rstrip("".join(_MARKS))) :]
    first, *more = words.rstrip("".join(_MARKS)).lower().split("+")
    flags = (*more, *(_MARKS[mark] for mark in marks))
    return first or None, flags


def gpus_of(told: str | None) -> int | None:
    """Return how many GPUs a list of resources counts: `gres/gpu=8`, `gpu:a100:8(S:0-1)`."""
    total = None
    for part in _parts(told or ""):
        name, _, number = part.partition("=") if "=" in part else part.rpartition(":")
        kind = name.removeprefix("gres/")
        if kind == "gpu" and "=" in part and number.isascii() and number.isdigit():
            # Under this name Slurm counts all; typed ones beside it are parts of that.
            return _count(number)
        if kind.partition(":")[0] == "gpu" and number.isascii() and number.isdigit():
            total = (total or 0) + _count(number)
    return total


def _count(digits: str) -> int:
    """Return a count; one that is longer than any cluster is large is told as just too large."""
    return int(digits) if len(digits) < 10 else 10**10


def _parts(told: str) -> list[str]:
    """Return the parts between commas, without what stands in brackets behind them."""
    bare, depth = "", 0
    for sign in told[:10_000]:
        depth += sign == "("
        bare += sign if depth == 0 else ""
        depth -= sign == ")" and depth > 0
    return [part.strip() for part in bare.split(",") if part.strip()]
