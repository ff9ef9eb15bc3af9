"""What growing works with: everything of the world comes in through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from millwright.journeys.remedyhands import Judged, Scheduler
from millwright.model.growth import GrowthLine, GrowthRun, Noted, Retested
from millwright.model.lifecycle import NodeState, Transition

MARK = "millwright-grow:"
"""What the reason of a drain by growth begins with; the run follows."""


class Crew(Protocol):
    """New nodes before they are anybody's: whether they are there, trusted and fit."""

    def answers(self, nodes: Sequence[str]) -> Mapping[str, str]:
        """Return by node why it does not answer, or nothing."""
        ...

    def trust(self, nodes: Sequence[str], *, pin: bool) -> Mapping[str, str]:
        """Return by node why its host key is not pinned, or nothing; `pin` pins new ones."""
        ...

    def fit(self, nodes: Sequence[str]) -> Mapping[str, Judged]:
        """Return whether nodes are what the design and the roles need."""
        ...


class Deployer(Protocol):
    """Roles on hosts."""

    def open_on(self, hosts: Sequence[str]) -> Sequence[str]:
        """Return the roles that are to be done on hosts now."""
        ...

    def deploy(self, hosts: Sequence[str], until: str) -> Mapping[str, str]:
        """Do the roles of hosts up to a stage; return by host why it does not stand, or
        nothing."""
        ...


class Tester(Protocol):
    """Tests of nodes."""

    def burn_in(self, nodes: Sequence[str]) -> Mapping[str, Judged]:
        """Return what the burn-in of new nodes comes to."""
        ...

    def retest(self, nodes: Sequence[str]) -> Retested:
        """Test fabric and storage on those of some nodes on which no job runs."""
        ...


class Books(Protocol):
    """What is written down of the factory."""

    def record(self, run: GrowthRun) -> str:
        """Keep the recorded design aside and put the larger one in its place, both or neither;
        return where the former lies. Called again it does nothing more."""
        ...

    def write(self, run: GrowthRun, nodes: Sequence[str]) -> Sequence[str]:
        """Write the books of the larger factory and what its new nodes reached; return where."""
        ...


class Witness(Protocol):
    """Sees what runs on hosts, and since when."""

    def note(self, hosts: Sequence[str]) -> Noted:
        """Return what runs on hosts now, and which jobs."""
        ...

    def ends(self, jobs: Sequence[str]) -> Mapping[str, str]:
        """Return how jobs ended, as far as anybody tells."""
        ...


class Book(Protocol):
    """Where runs, lines and lives are kept; what is put is on the disk."""

    def keep(self, run: GrowthRun) -> None:
        """Keep how a run stands."""
        ...

    def put(self, line: GrowthLine) -> None:
        """Keep a line of the journal."""
        ...

    def lines(self, run: str) -> Sequence[GrowthLine]:
        """Return the journal of a run, the oldest first."""
        ...

    def born(self, step: Transition) -> None:
        """Keep that a node is new; one that the book knows already stays what it is."""
        ...

    def move(self, step: Transition) -> None:
        """Keep that a node goes into another state."""
        ...

    def states(self) -> Mapping[str, NodeState]:
        """Return the state of each node."""
        ...


@dataclass(frozen=True, slots=True)
class Hands:
    """What a growth works with."""

    book: Book
    crew: Crew
    deployer: Deployer
    tester: Tester
    books: Books
    witness: Witness
    scheduler: Scheduler
    now: Callable[[], str]
    actor: str
