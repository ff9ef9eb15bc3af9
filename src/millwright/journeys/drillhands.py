"""What drills work with: everything of the world comes in through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from millwright.journeys.remedyhands import Body, Judged, Slot
from millwright.model.drill import DrillDeed, DrillRecord
from millwright.model.lifecycle import NodeState, Transition
from millwright.model.remedyplan import Rail
from millwright.ports import Bmc

MARK = "millwright-drill:"
"""What the reason of a drain by a drill begins with; the drill follows."""


@dataclass(frozen=True, slots=True)
class JobStand:
    """How a drill's own job stands. `silent` says why nobody tells; no state is no such job."""

    id: str = ""
    state: str = ""
    nodes: str = ""
    reason: str = ""
    silent: str = ""


class Queue(Protocol):
    """The scheduler, as drills need it."""

    def look(self, node: str) -> Slot:
        """Return how a node stands there."""
        ...

    def drain(self, node: str, reason: str) -> str:
        """Give a node no new jobs; return why that was refused, or nothing."""
        ...

    def give_back(self, node: str) -> str:
        """Give a node jobs again; return why that was refused, or nothing."""
        ...

    def begin(self, name: str, node: str) -> str:
        """Queue a job of a drill that begins on a node; return why it was refused, or nothing."""
        ...

    def job(self, name: str) -> JobStand:
        """Return how the job of a drill stands."""
        ...

    def jobs(self, node: str) -> tuple[str, ...] | None:
        """Return the jobs on a node, each as number, user and name; None where nobody can tell."""
        ...

    def unbind(self, job: str) -> str:
        """Let a waiting job run on any node; return why that was refused, or nothing."""
        ...

    def end(self, name: str) -> str:
        """End the job of a drill; return why that was refused, or nothing."""
        ...


class DrillBook(Protocol):
    """Where drills, their journal and nodes' lives are kept; what is put is on the disk."""

    def put(self, deed: DrillDeed) -> None:
        """Keep a line of the journal."""
        ...

    def keep(self, record: DrillRecord) -> None:
        """Keep how a drill stands."""
        ...

    def deeds(self, drill: str) -> Sequence[DrillDeed]:
        """Return the journal of a drill."""
        ...

    def move(self, step: Transition) -> None:
        """Keep that a node goes into another state."""
        ...

    def state(self, node: str) -> NodeState:
        """Return the state of a node."""
        ...


class Pen(Protocol):
    """Who writes a drill's journal, and where."""

    @property
    def book(self) -> DrillBook:
        """Return where it is written."""
        ...

    @property
    def now(self) -> Callable[[], str]:
        """Return what tells the time."""
        ...

    @property
    def actor(self) -> str:
        """Return who does it."""
        ...


@dataclass(frozen=True, slots=True)
class DrillHands:
    """What every drill works with. `serving` counts the nodes of a node's tier that serve now.

    `rails` are the guard rails for taking a node away now; `named` looks whether health names it;
    `proven` has it pass its acceptance; `queued` opens a case for a person and returns its reason.
    """

    book: DrillBook
    queue: Queue
    body: Body
    bmc: Bmc
    rails: Callable[[str], Sequence[Rail]]
    serving: Callable[[str], int | None]
    named: Callable[[str], Judged]
    proven: Callable[[str], Judged]
    queued: Callable[[DrillRecord, str, str], str]
    serial: Callable[[str], str]
    now: Callable[[], str]
    clock: Callable[[], float]
    wait: Callable[[float], None]
    actor: str


class Hosts(Protocol):
    """Hosts that answer a program of ours with JSON."""

    def tell(
        self, hosts: Sequence[str], words: Sequence[str], seconds: float, given: Mapping[str, bytes]
    ) -> dict[str, Heard]:
        """Return what each host answered; `given` is what each reads."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What a host answered: a document, or why there is none."""

    document: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


class Beats(Protocol):
    """The scheduler, for a job that beats, and for one that is given within a cut."""

    def beat(self, name: str, node: str) -> str:
        """Queue a job that writes the time each second; return why it was refused, or nothing."""
        ...

    def job(self, name: str) -> JobStand:
        """Return how the job of a drill stands."""
        ...

    def end(self, name: str) -> str:
        """End the job of a drill; return why that was refused, or nothing."""
        ...

    def runs(self, name: str, node: str) -> str:
        """Have a node run a job at once; return why it did not, or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class WanHands:
    """What a drill without WAN works with. `words` are those of the program on hosts, by verb."""

    book: DrillBook
    hosts: Hosts
    beats: Beats
    words: Callable[[str], Sequence[str]]
    orders: Mapping[str, Mapping[str, Any]]
    rules: str
    now: Callable[[], str]
    clock: Callable[[], float]
    wait: Callable[[float], None]
    actor: str


@dataclass(frozen=True, slots=True)
class RestoreHands:
    """What a drill of a restore works with. `words` are those for the head, by what is done."""

    book: DrillBook
    hosts: Hosts
    words: Callable[[str, str], Sequence[str]]
    now: Callable[[], str]
    actor: str


@dataclass(frozen=True, slots=True)
class DrillPatience:
    """For how long it is waited, in seconds: for the drill's job to begin, for power to change, for
    a node to start, and for everything that is watched together. A node that goes on as before
    after an order is looked at for `settle_s` before it is said that it kept its power."""

    watch_s: float
    boot_s: float
    job_s: float = 60.0
    power_s: float = 60.0
    settle_s: float = 120.0
    pause_s: float = 2.0
    health_s: float = 20.0
