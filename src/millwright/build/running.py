"""What a run knows of turns that were begun, and of the nodes that they run on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from millwright.build.observe import Observed
from millwright.build.schedule import Turn
from millwright.model.buildrun import Outcome
from millwright.ports import Answer, Unit

SERVE = "serve"
TurnId = tuple[str, int, str]


@dataclass(slots=True)
class Running:
    """A turn that was begun; `served` says that the other end of a pair is up.

    It is `new` unless an earlier run may have left its node at work on it: that is asked first.
    One that was `left` indeed began nobody knows when. `waits` is since when a scheduler lets it.
    """

    turn: Turn
    attempt: int
    served: bool
    new: bool = True
    left: bool = False
    begun: float | None = None
    waits: float | None = None
    boot_id: str = ""

    @property
    def since(self) -> float | None:
        """Return since when it is as it is: at work, or in a queue; nothing where nobody said."""
        return self.waits if self.begun is None else self.begun

    @property
    def key(self) -> str:
        """Return its name on the node that runs it."""
        return f"{self.turn.key}.{self.attempt}"

    @property
    def serve_key(self) -> str:
        """Return the name of its other end, on the other node."""
        return f"{self.key}.{SERVE}"


@dataclass(slots=True)
class Node:
    """What is known of a node while the run goes on."""

    silent_since: float | None = None
    why: str = ""
    simulated: bool = False


def turn_id(turn: Turn) -> TurnId:
    """Return by what an outcome names its turn: test, number, and the node that runs it."""
    return (turn.test.test, turn.number, turn.runs_on)


def answer_of(node: Node, name: str, argv: Sequence[str], unit: Unit) -> Answer:
    """Return how a job ended as evidence keeps it; one that did not say was lost."""
    return Answer(
        node=name,
        argv=tuple(argv),
        ended=unit.ended or "lost",
        exit_status=unit.exit_status,
        duration_s=unit.duration_s,
        stdout=unit.stdout,
        stderr=unit.stderr,
        dropped_bytes=unit.dropped_bytes,
        reason=unit.reason,
        simulated=node.simulated,
    )


def outcome_of(
    running: Running, seen: Observed, unit: Unit | None, at: str, *, simulated: bool
) -> Outcome:
    """Return what came of a turn, as it is kept; `at` is the time as it is written down."""
    turn = running.turn
    return Outcome(
        at=at,
        node=turn.runs_on,
        test=turn.test.test,
        number=turn.number,
        attempt=running.attempt,
        peer=turn.peer,
        came=seen.came,
        ended=unit.ended if unit else None,
        exit_status=unit.exit_status if unit else None,
        duration_s=unit.duration_s if unit else 0.0,
        reason=seen.reason,
        problems=seen.problems,
        boot_id=running.boot_id,
        began=_stamp(unit.began) if unit else "",
        simulated=seen.simulated or simulated,
        facts=dict(seen.facts),
    )


def _stamp(seconds: float) -> str:
    if seconds <= 0:
        return ""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
