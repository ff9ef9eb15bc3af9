"""What a cluster was used for: jobs, outages and seats in memory, whoever wrote them down.

All moments are whole seconds since 1970, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from millwright.model.drill import DrillRecord


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a job, or of one part of an array or of a heterogeneous job.

    A job that was queued again is one value a run. `end` is None while it runs; `elapsed_s` is
    what the scheduler said then. `begin` is None where it never ran. `excluded` are nodes that its
    user did not want.
    """

    id: str
    user: str = ""
    account: str = ""
    partition: str = ""
    state: str = ""
    eligible: int | None = None
    begin: int | None = None
    end: int | None = None
    elapsed_s: int | None = None
    gpus: int = 0
    nodes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


OutageKind = Literal["down", "drained", "planned"]
"""Down: nothing runs there. Drained: what runs may end, nothing begins. Planned: somebody works on
it, as was said beforehand."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a node was not to be had; `end` is None where it lasts. `fault` is its
    class, in whatever words were found; empty where nobody said."""

    node: str
    begin: int
    end: int | None
    kind: OutageKind
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A node that somebody owns, and since when; `until` is when it was given up."""

    node: str
    gpus: int
    tier: str = ""
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """An incident, as far as its times and remedies go.

    `began` is when it showed first, `noticed` when somebody knew, `closed` when the node was back.
    """

    id: str
    node: str
    fault: str
    began: int | None
    noticed: int
    closed: int | None = None
    remedies: tuple[tuple[str, bool], ...] = ()
    """Each remedy that was tried, and whether it helped."""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when a report is, and until when anything is known of it at all."""

    begin: int
    end: int
    known_until: int

    @property
    def days(self) -> float:
        """Return how many days of 24 hours it has."""
        return (self.end - self.begin) / 86_400


@dataclass(frozen=True, slots=True)
class Usage:
    """Everything that a report is made of beside telemetry.

    `watched` says whether anybody wrote down which nodes were out: without that a node at which
    nothing ran may have been anything.
    """

    seats: tuple[Seat, ...]
    jobs: tuple[Job, ...]
    outages: tuple[Outage, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    watched: bool = False
    storage: tuple[tuple[int, float], ...] = ()
    """Bytes in use, by time."""
    drills: tuple[DrillRecord, ...] = ()
    simulated: bool = False
    sources: tuple[str, ...] = field(default=())
