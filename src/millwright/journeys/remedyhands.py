"""What repairing a node works with: everything of the world comes in through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from millwright.model.incident import Choice, Complaint, Impact, Incident
from millwright.model.lifecycle import Deed, NodeState, Transition
from millwright.model.remedyplan import Rail
from millwright.ports import Bmc


@dataclass(frozen=True, slots=True)
class Life:
    """What a node says of itself in band. One that does not answer says why in `reason`."""

    boot_id: str = ""
    up_s: float | None = None
    serial: str = ""
    reason: str = ""

    @property
    def answers(self) -> bool:
        """Return whether the node answered."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Judged:
    """What a look came to: a word of the journal (`manage/remedy/past`), why, and where to read."""

    outcome: str
    why: str
    evidence: tuple[str, ...] = ()


SERVES = frozenset(
    ("idle", "mixed", "allocated", "completing", "planned", "reserved", "maint", "blocked")
)
"""States of Slurm in which jobs come to a node, everybody's or those of a reservation. One that
registered with less than is configured is `inval`, and gets none."""


@dataclass(frozen=True, slots=True)
class Slot:
    """How the scheduler has a node. `silent` says why it does not tell; a node that it does not
    know has no state, and one that it does not hear is `quiet`."""

    state: str = ""
    reason: str = ""
    out: bool = False
    busy: bool = False
    silent: str = ""
    quiet: bool = False

    @property
    def serves(self) -> bool:
        """Return whether it is known to give the node jobs: no other word says so."""
        return not (self.silent or self.out or self.quiet) and self.state in SERVES

    @property
    def told(self) -> str:
        """Return it in words."""
        heard = ", and does not hear it" if self.quiet else ""
        return self.silent or f"the scheduler has it {self.state or 'not at all'}{heard}"


class Scheduler(Protocol):
    """Takes nodes out of service and gives them back."""

    def look(self, node: str) -> Slot:
        """Return how a node stands there."""
        ...

    def drain(self, node: str, reason: str) -> str:
        """Give a node no new jobs; return why that was refused, or nothing."""
        ...

    def give_back(self, node: str) -> str:
        """Give a node jobs again; return why that was refused, or nothing."""
        ...


class Body(Protocol):
    """Asks and acts in band: on the node's own system."""

    def look(self, node: str) -> Life:
        """Return who a node says it is, and since when it runs."""
        ...

    def act(self, node: str, remedy: str, complaint: Complaint) -> str:
        """Do a remedy that the node does itself; return why it was refused, or nothing."""
        ...


class Gatekeeper(Protocol):
    """Looks whether a complaint holds, and whether a repaired node may come back."""

    def recheck(self, complaint: Complaint) -> Judged:
        """Return whether what was complained of is still there."""
        ...

    def validate(self, incident: Incident, attempt: int) -> Judged:
        """Return whether the node passes the failed check and its acceptance again."""
        ...


class Book(Protocol):
    """Where lives, deeds and incidents are kept; what is put is on the disk."""

    def move(self, step: Transition) -> None:
        """Keep that a node goes into another state."""
        ...

    def put(self, deed: Deed) -> None:
        """Keep a line of the journal."""
        ...

    def keep(self, incident: Incident) -> None:
        """Keep how an incident stands."""
        ...

    def states(self) -> Mapping[str, NodeState]:
        """Return the state of each node."""
        ...

    def deeds(self) -> Sequence[Deed]:
        """Return the whole journal."""
        ...


@dataclass(frozen=True, slots=True)
class Hands:
    """What a repair works with.

    `rails` looks at the guard rails for a node once more, right before it is taken out. `choose`
    weighs what is left to try. `serial` is the last serial number that a node was heard to say in
    band; `twin` says which other nodes said the same one, or nothing. `packet` writes the case of
    an incident and returns where it lies; `impact` says whom it hurts to take a node out now.
    """

    book: Book
    scheduler: Scheduler
    body: Body
    bmc: Bmc
    gate: Gatekeeper
    rails: Callable[[str], Sequence[Rail]]
    choose: Callable[[Incident], Choice]
    serial: Callable[[str], str]
    twin: Callable[[str, str], str]
    impact: Callable[[str], Impact]
    packet: Callable[[Incident], str]
    now: Callable[[], str]
    wait: Callable[[float], None]
    actor: str


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long jobs and starts are waited for, in seconds, and how often it is looked.

    `order_s` is how long a node that was perhaps told to start again may go on answering: after
    that it was not told.
    """

    drain_s: float
    boot_s: float
    order_s: float = 120.0
    pause_s: float = 5.0
