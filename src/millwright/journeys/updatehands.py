"""What a rolling update works with: everything of the world comes in through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from millwright.journeys.remedyhands import Judged, Life, Scheduler
from millwright.manage.update.plan import Packages
from millwright.model.lifecycle import Deed, NodeState, Transition
from millwright.model.remedyplan import Rail
from millwright.model.update import NodeUpdate, UpdateRun

MARK = "millwright-update:"
"""What the reason of a drain by an update begins with; the run follows."""


class Installer(Protocol):
    """Looks at nodes' packages and installs exact versions of them."""

    def look(self, nodes: Sequence[str], names: Sequence[str]) -> Mapping[str, Packages]:
        """Return what nodes have and are offered."""
        ...

    def install(self, nodes: Sequence[str], wanted: Mapping[str, str]) -> Mapping[str, str]:
        """Install versions and hold them; return by node why that failed, or nothing."""
        ...

    def restart(self, nodes: Sequence[str], services: Sequence[str]) -> Mapping[str, str]:
        """Start services again; return by node why that failed, or nothing."""
        ...


class Bodies(Protocol):
    """Nodes in band."""

    def looks(self, nodes: Sequence[str]) -> Mapping[str, Life]:
        """Return who nodes say they are."""
        ...

    def boot(self, node: str) -> str:
        """Tell a node to start again; return why that was refused, or nothing."""
        ...


class Gate(Protocol):
    """Says whether nodes are well."""

    def well(self, nodes: Sequence[str]) -> Mapping[str, Judged]:
        """Return by a sweep whether nodes are well."""
        ...

    def validate(self, node: str, update: NodeUpdate) -> Judged:
        """Return whether an updated node is well and passes its acceptance tests."""
        ...


class Book(Protocol):
    """Where lives, deeds and runs are kept; what is put is on the disk."""

    def move(self, step: Transition) -> None:
        """Keep that a node goes into another state."""
        ...

    def put(self, deed: Deed) -> None:
        """Keep a line of the journal."""
        ...

    def keep(self, run: UpdateRun) -> None:
        """Keep how a run stands."""
        ...

    def states(self) -> Mapping[str, NodeState]:
        """Return the state of each node."""
        ...

    def deeds(self) -> Sequence[Deed]:
        """Return the whole journal."""
        ...


@dataclass(frozen=True, slots=True)
class Hands:
    """What a rolling update works with.

    `rails` tells the guard rails that hold a node back at this moment. `queue` has a person look at
    a node, and returns the reason by which the scheduler keeps it out from then on; called again
    for the same run and node it does nothing more.
    """

    book: Book
    scheduler: Scheduler
    installer: Installer
    bodies: Bodies
    gate: Gate
    rails: Callable[[str], Sequence[Rail]]
    queue: Callable[[UpdateRun, str, str], str]
    now: Callable[[], str]
    wait: Callable[[float], None]
    actor: str
