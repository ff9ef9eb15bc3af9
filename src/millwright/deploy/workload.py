"""What runs on the nodes now, as the head node's Slurm tells it: one question that only reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from millwright.errors import MillwrightError
from millwright.model.nodeset import expanded, folded
from millwright.ports import Answer

QUESTION = """\
command -v sinfo >/dev/null || exit 127
sinfo --noheader --Node --format='%N %T' || exit 1
echo --
squeue --all --noheader --format='%i %u %T %N' \
  --states=running,completing,configuring,suspended,stopped,resizing,signaling,stage_out
"""
"""Constant shell text. The name of a job is its user's free text, and is not asked for."""
ABSENT = 127


@dataclass(frozen=True, slots=True)
class Job:
    """One job that holds nodes: its number, whose it is, and where it is."""

    id: str
    user: str
    state: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """Jobs, and Slurm's word on each node. Where `unknown` says why, nothing is known of jobs.

    `absent` says that the head node has no Slurm at all, which proves nothing of other schedulers.
    """

    jobs: tuple[Job, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""
    absent: bool = False

    def on(self, hosts: Iterable[str]) -> tuple[Job, ...]:
        """Return the jobs that hold any of these hosts."""
        asked = set(hosts)
        return tuple(job for job in self.jobs if asked & set(job.hosts))

    def told(self) -> str:
        """Return what runs, in one line."""
        if self.unknown:
            return f"what runs there is UNKNOWN: {self.unknown}"
        if not self.jobs:
            return f"Slurm knows of no job on its {len(self.states)} nodes"
        busy = folded({host for job in self.jobs for host in job.hosts})
        return f"{len(self.jobs)} jobs run, on {busy}"


def question() -> tuple[str, ...]:
    """Return what the head node is asked."""
    return ("sh", "-c", QUESTION)


def work(answer: Answer) -> Work:
    """Return what an answer tells; whatever is not a whole answer of Slurm's is UNKNOWN."""
    if answer.ended != "exit":
        return Work(unknown=f"{answer.node} does not answer ({answer.reason or answer.ended})")
    if answer.exit_status == ABSENT:
        return Work(unknown=f"{answer.node} has no Slurm", absent=True)
    if answer.exit_status != 0:
        said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
        return Work(unknown=f"Slurm on {answer.node} does not answer ({said[:200]})")
    if answer.dropped_bytes:
        return Work(unknown=f"Slurm on {answer.node} said more than is read")
    try:
        return _read(answer.stdout.decode("utf-8", "backslashreplace"))
    except (ValueError, MillwrightError):
        return Work(unknown=f"what Slurm on {answer.node} says cannot be read")


def _read(text: str) -> Work:
    nodes, parted, jobs = f"\n{text}".partition("\n--\n")
    if not parted:
        raise ValueError("the answer has no second part")
    states: dict[str, str] = {}
    for line in nodes.split("\n"):
        if line.strip():
            name, state = line.split()
            states[name] = state
    return Work(tuple(_job(line) for line in jobs.split("\n") if line.strip()), states)


def _job(line: str) -> Job:
    number, user, state, *nodes = line.split()
    return Job(number, user, state, expanded(nodes[0]) if nodes else ())
