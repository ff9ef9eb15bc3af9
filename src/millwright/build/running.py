"""What a run knows of turns that were begun, and of the nodes that they run on."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.build.schedule import Turn

SERVE = "serve"
TurnId = tuple[str, int, str]


@dataclass(slots=True)
class Running:
    """A turn that was begun; `served` says that the other end of a pair is up.

    It is `new` unless an earlier run may have left its node at work on it: that is asked first.
    """

    turn: Turn
    attempt: int
    served: bool
    new: bool = True
    begun: float | None = None
    boot_id: str = ""

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
