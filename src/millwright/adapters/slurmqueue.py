"""Slurm's queue, asked on the host where Slurm is told: jobs of one run, and how nodes stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from millwright.model.burnin import Scope
from millwright.ports import Answer, Limits, Shell

KEEPER = Path(__file__).with_name("slurmkeeper.py")
PROGRAM = Path(__file__).with_name("slurmjob.py")
LIMITS = Limits(command_s=120.0, output_bytes=48 << 20)
OUT = frozenset(
    ("drained", "draining", "drain", "drng", "down", "error", "fail", "failing", "unknown", "inval")
)
"""States in which Slurm begins nothing on a node until somebody changes them."""
OVER = frozenset(
    ("CANCELLED", "COMPLETED", "FAILED", "NODE_FAIL", "TIMEOUT", "PREEMPTED", "BOOT_FAIL",
     "DEADLINE", "OUT_OF_MEMORY", "REVOKED")
)  # fmt: skip

Turn = tuple[str, str]
"""A turn in Slurm: its key, and the node that runs it."""


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job of the run; `turn` is whose it is."""

    id: str
    state: str
    reason: str
    turn: Turn

    @property
    def over(self) -> bool:
        """Return whether it has ended."""
        return self.state in OVER

    @property
    def number(self) -> int:
        """Return by what later jobs are told from earlier ones."""
        return int(self.id.partition("_")[0])


@dataclass(frozen=True, slots=True)
class QueuedNode:
    """How Slurm has a node: its state and reason, and partitions with their tiers."""

    state: str
    reason: str
    partitions: tuple[tuple[int, str], ...]

    @property
    def out(self) -> bool:
        """Return whether nothing is begun there."""
        return self.state.rstrip("*~#!%$@^-+").lower() in OUT


@dataclass(frozen=True, slots=True)
class Group:
    """Like turns, submitted as one array: `tasks` has the nodes of each, who runs it first."""

    key: str
    scope: Scope
    minutes: int
    partition: str
    tasks: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """What Slurm told. Where it told nothing, `silent` says why."""

    jobs: Mapping[Turn, QueuedJob] = field(default_factory=dict)
    nodes: Mapping[str, QueuedNode] = field(default_factory=dict)
    refused: Mapping[Turn, str] = field(default_factory=dict)
    silent: str = ""


@dataclass(frozen=True, slots=True)
class SlurmHead:
    """Asks Slurm on `head` for a run; `keep` sees what changed something."""

    shell: Shell
    head: str
    run: str
    root: str
    keep: Callable[[Answer], None]

    def ask(
        self,
        submit: Sequence[Group] = (),
        cancel: Iterable[Turn] | Literal["all"] = (),
        *,
        nodes: bool = False,
    ) -> Queue:
        """Return how the run stands after these groups are submitted, those turns cancelled."""
        groups = [
            {"key": g.key, "scope": g.scope, "minutes": g.minutes, "partition": g.partition,
             "tasks": [list(task) for task in g.tasks]}
            for g in submit
        ]  # fmt: skip
        order = {
            "run": self.run,
            "root": f"{self.root}/{self.run}",
            "submit": groups,
            "cancel": cancel if cancel == "all" else [list(turn) for turn in cancel],
            "nodes": nodes,
            "program": PROGRAM.read_text(encoding="utf-8") if groups else "",
        }
        argv = ("python3", "-Ic", KEEPER.read_text(encoding="utf-8"))
        given = json.dumps(order).encode()
        (answer,) = self.shell.run([self.head], argv, LIMITS, given)
        return self._understood(answer)

    def _understood(self, answer: Answer) -> Queue:
        if not answer.succeeded:
            said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
            why = answer.reason or said or str(answer.exit_status)
            return Queue(silent=f"{self.head}: {why}"[:300])
        try:
            told = json.loads(answer.stdout)
            for did in told["did"]:
                self._kept(answer, did)
            return Queue(silent=str(told["silent"])) if "silent" in told else queue_of(told)
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
            return Queue(silent=f"{self.head} said nothing that can be read")

    def _kept(self, answer: Answer, did: Mapping[str, Any]) -> None:
        status = did["exit_status"]
        words = tuple(str(word) for word in did["argv"])
        out = str(did["stdout"]).encode()
        ended: Literal["exit", "lost"] = "exit" if status is not None else "lost"
        self.keep(Answer(self.head, words, ended, status, 0.0, out, simulated=answer.simulated))


def queue_of(told: Mapping[str, Any]) -> Queue:
    """Return what the program on the head told; of several jobs of a turn the live or last one."""
    jobs: dict[Turn, QueuedJob] = {}
    for raw in told["jobs"]:
        turn = (str(raw["key"]), str(raw["node"]))
        job = QueuedJob(str(raw["id"]), str(raw["state"]), str(raw["reason"]), turn)
        other = jobs.get(turn)
        if other is None or (not job.over, job.number) > (not other.over, other.number):
            jobs[turn] = job
    nodes = {
        str(name): QueuedNode(
            str(raw["state"]),
            str(raw["reason"])[:200],
            tuple((int(tier), str(partition)) for tier, partition in raw["partitions"]),
        )
        for name, raw in told["nodes"].items()
    }
    refused = {
        (str(raw["key"]), str(task[0])): str(raw["why"])
        for raw in told["refused"]
        for task in raw["tasks"]
    }
    return Queue(jobs, nodes, refused)


def partition_for(nodes: Sequence[str], known: Mapping[str, QueuedNode]) -> str:
    """Return the partition of lowest tier that has all these nodes; nothing where none has.

    Slurm lets a partition preempt jobs of a lower tier: from the lowest, nobody is preempted.
    """
    common: set[tuple[int, str]] | None = None
    for name in nodes:
        own = set(known[name].partitions) if name in known else set()
        common = own if common is None else common & own
    return min(common)[1] if common else ""
