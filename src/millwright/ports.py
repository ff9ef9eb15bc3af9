"""What is asked of the world, as Protocols: adapters answer, and so do the fakes of tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from millwright.model.evidence import Ended


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much: to connect, to run, and bytes kept of each stream of each node.

    `run_s` bounds all nodes together: those that were not asked by then are lost, and told so.
    """

    command_s: float = 60.0
    run_s: float | None = None
    connect_s: float = 10.0
    output_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What one node said. A node that cannot be reached is an answer too: `lost`, with the reason.

    `dropped_bytes` counts output beyond the limit; `simulated` says that the node itself told so
    when it was connected to.
    """

    node: str
    argv: tuple[str, ...]
    ended: Ended
    exit_status: int | None
    duration_s: float
    stdout: bytes = b""
    stderr: bytes = b""
    dropped_bytes: int = 0
    reason: str = ""
    simulated: bool = False

    @property
    def succeeded(self) -> bool:
        """Return whether the command ran to its end and was content."""
        return self.ended == "exit" and self.exit_status == 0


class Shell(Protocol):
    """Runs one command, a list of words and never a shell text, on many nodes at once."""

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        """Yield one answer a node, in the order in which they come; each command reads `given`."""
        ...


PlayEnded = Literal["ok", "failed", "unreachable", "lost"]


@dataclass(frozen=True, slots=True)
class Played:
    """What a playbook came to on one node.

    `playbook` is the file's name. `task` and `reason` say where and why it stopped; `ran_on` is
    the runner node that held Ansible, empty for this machine; `said` has one line of JSON a task.
    A node of which Ansible told no end is `lost`.
    """

    node: str
    ended: PlayEnded
    duration_s: float
    tasks: int = 0
    changed: int = 0
    task: str = ""
    reason: str = ""
    ran_on: str = ""
    said: bytes = b""
    simulated: bool = False
    playbook: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """One playbook of the product, and the nodes that it is for."""

    playbook: str
    nodes: tuple[str, ...]


class Playbooks(Protocol):
    """Runs playbooks of the product on nodes."""

    def play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played]:
        """Yield what came of each node of each play, as it is known; one play after another.

        A node that one play fails on is given to none of those after it, and nothing is told of it
        there. `limits.run_s` bounds the whole.
        """
        ...
