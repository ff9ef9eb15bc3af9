"""What is asked of the world, as Protocols: adapters answer, and so do the fakes of tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from millwright.model.burnin import Scope
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


@dataclass(frozen=True, slots=True)
class Question:
    """One command for one node, a list of words, and how long it may take there."""

    node: str
    argv: tuple[str, ...]
    command_s: float = 60.0


class Asker(Protocol):
    """Asks many nodes many questions in one go."""

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Yield one answer a question, each with that question's own words, as they come.

        Questions of one node are asked side by side there; each keeps its own time, and one that
        hangs costs itself alone.
        """
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

    def play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played | None]:
        """Yield what came of each node of each play, as it is known; one play after another.

        None is yielded now and then while there is nothing to tell: whoever asks may do something
        else, and plays go on meanwhile.

        A node that one play fails on is given to none of those after it, and nothing is told of it
        there. `limits.run_s` bounds the whole.
        """
        ...


UnitState = Literal["none", "waits", "refused", "begins", "runs", "done", "gone"]
"""Nobody began it, or it is at one of its stages; `gone` is one that ended without a word.

A scheduler has it wait in its queue, or does not run it at all; `reason` says why.
"""


@dataclass(frozen=True, slots=True)
class Share:
    """What a job has of more than its own node, for whoever schedules it.

    `turn` names what it belongs to, which the other end of a pair does too; `nodes` are all that
    are taken for it, the one that runs it first. `slot` spreads starts on one feed: the node's
    place among so many, and the seconds from one to the next.
    """

    turn: str
    nodes: tuple[str, ...]
    scope: Scope = "node"
    slot: tuple[int, int, float] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A command that a node runs by itself, whoever asks meanwhile: a list of words.

    `key` names it on its node. After `limit_s` it is ended. `files` lie in the folder it runs in;
    `output` is a file that it writes there, which counts as printed. `share` is asked for only
    where a scheduler begins it.
    """

    key: str
    argv: tuple[str, ...]
    limit_s: float
    settings: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    output: str = ""
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class SpoolOrder:
    """What a node is told: jobs to begin, keys to ask for, those to end, those to forget.

    A job that was begun before is not begun again. What is done is told whole.
    """

    node: str
    begin: tuple[Job, ...] = ()
    ask: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """How a job stands on its node; from `ended` on it is told of one that is done.

    `boot_id` is that of the start of the node that it was begun in, `began` the time at which its
    command did, in seconds of that node's clock; 0 where it is not told.
    """

    state: UnitState
    boot_id: str = ""
    ended: Ended | None = None
    exit_status: int | None = None
    duration_s: float = 0.0
    stdout: bytes = b""
    stderr: bytes = b""
    dropped_bytes: int = 0
    reason: str = ""
    began: float = 0.0


@dataclass(frozen=True, slots=True)
class SpoolTold:
    """What a node told. One that was not reached says why in `reason`, and nothing else."""

    node: str
    reason: str = ""
    boot_id: str = ""
    simulated: bool = False
    units: Mapping[str, Unit] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        """Return whether the node answered."""
        return not self.reason


class Spool(Protocol):
    """Runs commands on nodes that outlive every connection; their outcomes are fetched later."""

    def tend(self, orders: Sequence[SpoolOrder]) -> Iterator[SpoolTold]:
        """Yield what each node told, in the order in which they answer."""
        ...


PowerAction = Literal["on", "off", "restart"]
"""Power is given, taken at once, or taken and given again."""


@dataclass(frozen=True, slots=True)
class Controlled:
    """What a management controller says of the machine that it is in.

    `reason` says why it says nothing; `serial` and `power` are empty where it does not know.
    """

    node: str
    serial: str = ""
    power: Literal["on", "off", ""] = ""
    reason: str = ""
    simulated: bool = False


class Bmc(Protocol):
    """Talks to the management controllers of nodes."""

    def look(self, node: str) -> Controlled:
        """Return what the controller of a node says of its machine."""
        ...

    def power(self, node: str, action: PowerAction) -> str:
        """Act on the power of a node's machine; return why that was refused, or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a query at one moment, with its labels; NaN where there is no number."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Track:
    """Values of one series by moments, in seconds since 1970."""

    labels: Mapping[str, str]
    values: Mapping[float, float]


class Metrics(Protocol):
    """Answers queries in PromQL; None where a recording does not hold the answer."""

    def now(self, query: str) -> Sequence[Sample] | None:
        """Return what a query gives at this moment."""
        ...

    def over(self, query: str, span_s: int, step_s: int) -> Sequence[Track] | None:
        """Return what it gave from so long ago until now, a step apart."""
        ...
