"""Who begins the tests of a burn-in: millwright itself over SSH, or Slurm once that runs."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from pathlib import Path

    from millwright.adapters.buildruns import BuildRun
    from millwright.adapters.slurmqueue import Queue
    from millwright.adapters.ssh import SshShell
    from millwright.build.hands import Hands
    from millwright.build.schedule import Turn
    from millwright.model.buildplan import BuildPlan
    from millwright.ports import Spool


class Watch(Protocol):
    """Who is told of turns as they begin."""

    def begun(self, turn: Turn) -> None:
        """Take that a turn begins."""


class Executors(StrEnum):
    """Who begins tests, as it is typed."""

    SSH = "ssh"
    SLURM = "slurm"


Executor = Annotated[
    Executors | None,
    typer.Option("--executor", help="Who begins tests: ssh (as ever), or slurm, as its jobs."),
]
Within = Annotated[
    float | None,
    typer.Option("--within", min=0, help="Minutes that a test may wait in Slurm's queue."),
]


@dataclass(frozen=True, slots=True)
class Begins:
    """What was asked for of a run: who begins tests, and how long one may wait for that."""

    executor: Executors
    within: float | None
    silent_s: float
    before: Executors = Executors.SSH


def begins(door: Door, said: tuple[Executors | None, float | None], silent_s: float,
           folder: Path | None = None) -> Begins:  # fmt: skip
    """Return what counts: what is said, or else what the run was begun with."""
    from millwright.adapters.buildruns import executor_of

    executor, within = said
    before = _known(executor_of(folder)) if folder else Executors.SSH
    executor = executor or before
    if within is not None and executor is not Executors.SLURM:
        raise MillwrightError(
            "--within says how long a test may wait for Slurm, and none begins it",
            hint="say --executor slurm with it",
        )
    return Begins(executor, within, silent_s, before)


def _known(name: str) -> Executors:
    try:
        return Executors(name)
    except ValueError:
        raise MillwrightError(f"nobody here begins tests as {name!r}: it is ssh or slurm") from None


@contextlib.contextmanager
def hands_of(
    door: Door, what: tuple[BuildPlan, BuildRun], watch: Watch, asked: Begins
) -> Iterator[Hands]:
    """Hand over what a run works with; an interrupt cancels its jobs where they are Slurm's."""
    from datetime import UTC, datetime

    from millwright.build.hands import Hands

    plan, kept = what
    with _shell(door) as shell:
        kept.record.secrets = shell.secrets
        spool = _spool(door, shell, kept, asked)
        if asked.executor is Executors.SSH:
            from millwright.cli.powering import cycling

            spool = cycling(door, plan, kept, spool)
        try:
            yield Hands(
                run=kept.name,
                spool=spool,
                keep=kept.record.keep,
                measured=kept.measured,
                done=kept.done,
                begun=watch.begun,
                now=time.monotonic,
                at=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                wait=time.sleep,
                scheduled=asked.executor is Executors.SLURM,
            )
        except KeyboardInterrupt:
            _interrupted(door, spool)
            raise


def _interrupted(door: Door, spool: Spool) -> None:
    from millwright.adapters.slurmspool import SlurmSpool

    if not isinstance(spool, SlurmSpool):
        door.ui.say("nodes go on by themselves; `millwright build resume` collects")
    elif why := spool.cancel():
        door.ui.say(f"jobs of this run were not cancelled: {why}")
    else:
        door.ui.say("jobs of this run are cancelled; `millwright build resume` begins them again")


@contextlib.contextmanager
def _shell(door: Door) -> Iterator[SshShell]:
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.ssh import SshShell

    workspace = workspace_of(door)
    known = known_nodes(workspace)
    with SshShell(
        known.routes, known_hosts(workspace), known.reach.become, workspace.root
    ) as shell:
        yield shell


def _spool(door: Door, shell: SshShell, kept: BuildRun, asked: Begins) -> Spool:
    from millwright.adapters.buildruns import keep_executor
    from millwright.adapters.slurmqueue import SlurmHead
    from millwright.adapters.slurmspool import SlurmSpool
    from millwright.adapters.spool import ROOT, ShellSpool

    by_slurm = asked.executor is Executors.SLURM
    head = None
    if by_slurm or asked.before is Executors.SLURM:
        head = SlurmHead(shell, head_of(door), kept.name, ROOT, kept.record.keep)
        _check_answers(head.ask(cancel=() if by_slurm else "all"))
    keep_executor(workspace_of(door), kept.folder, asked.executor.value)
    if head is None or not by_slurm:
        return ShellSpool(shell, kept.name)
    within_s = math.inf if asked.within is None else asked.within * 60.0
    inner = ShellSpool(shell, kept.name, held=True)
    return SlurmSpool(inner, head, time.monotonic, within_s)


def _check_answers(told: Queue) -> None:
    if told.silent:
        raise MillwrightError(
            f"Slurm does not answer: {told.silent}",
            hint="deploy it: millwright deploy apply; tests run over SSH with --executor ssh",
        )


def head_of(door: Door) -> str:
    """Return the host where Slurm is told. Raises MillwrightError where the design has none."""
    from millwright.cli.buildplan import basis_of

    for device in basis_of(door).cluster.devices:
        if device.role == "management" and not device.external:
            return device.name
    raise MillwrightError("the design has no management host, which Slurm would be told on")


def queue_of(door: Door, folder: Path) -> Queue | None:
    """Return how a run's jobs stand in Slurm, where that begins them; only the head is asked."""
    from millwright.adapters.buildruns import executor_of
    from millwright.adapters.slurmqueue import SlurmHead
    from millwright.adapters.spool import ROOT

    if executor_of(folder) != Executors.SLURM:
        return None
    with _shell(door) as shell:
        return SlurmHead(shell, head_of(door), folder.name, ROOT, lambda answer: None).ask()


def queue_document(queue: Queue) -> dict[str, object]:
    """Return the jobs of a run that are not over, as JSON tells them."""
    jobs = [
        {"job": j.id, "state": j.state, "reason": j.reason, "turn": j.turn[0], "node": j.turn[1]}
        for j in queue.jobs.values()
        if not j.over
    ]
    return {"silent": queue.silent or None, "jobs": jobs}


def queue_lines(queue: Queue) -> Iterator[str]:
    """Yield the jobs that stand in Slurm alike, with its reason."""
    from millwright.model.nodeset import folded

    if queue.silent:
        yield f"UNKNOWN how jobs stand: {queue.silent}"
    groups: dict[tuple[str, str, str], list[str]] = {}
    for job in queue.jobs.values():
        if not job.over:
            groups.setdefault((job.turn[0], job.state, job.reason), []).append(job.turn[1])
    for (key, state, reason), names in groups.items():
        why = f": {reason}" if reason not in ("", "None") else ""
        yield f"{key:20} {folded(names)} ({len(names)})  {state.lower()} in Slurm{why}"
