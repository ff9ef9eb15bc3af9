"""A node's life: its states, which may follow which, and the journal of what was done to it.

The journal only grows. What is about to be done stands in it before it is done, so that whoever
comes after a kill knows what may have happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from millwright.model.base import Frozen, ShortText, Text

NodeState = Literal[
    "new", "testing", "in-service", "watch", "draining", "drained", "remediating", "validating",
    "work-queue", "rma",
]  # fmt: skip
"""`watch`: in service, with a weak sign against it. `work-queue`: a person has to look."""

STATES: tuple[NodeState, ...] = get_args(NodeState)
SERVING: frozenset[NodeState] = frozenset(("in-service", "watch"))
FIRST: NodeState = "in-service"
"""What a node is that the journal never heard of: who deployed it put it into service."""

FOLLOWS: Mapping[NodeState, frozenset[NodeState]] = {
    "new": frozenset(("testing",)),
    "testing": frozenset(("in-service", "work-queue")),
    "in-service": frozenset(("watch", "draining")),
    "watch": frozenset(("in-service", "draining")),
    "draining": frozenset(("drained", "in-service")),
    "drained": frozenset(("remediating", "validating", "in-service", "work-queue")),
    "remediating": frozenset(("validating", "work-queue")),
    "validating": frozenset(("in-service", "remediating", "work-queue")),
    "work-queue": frozenset(("rma", "validating")),
    "rma": frozenset(("testing", "validating")),
}
"""Nothing comes from repair into service but by validation. From `draining` and `drained` a node
may go back as it was, since nothing was done to it yet."""


class Transition(Frozen):
    """A node goes from one state into another: kept before it is acted on.

    `evidence` names runs of the workspace in which the reason can be read.
    """

    node: ShortText
    before: NodeState
    after: NodeState
    at: ShortText
    incident: str = ""
    why: Text
    actor: ShortText
    evidence: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Return whether the one state may follow the other."""
        return self.after in FOLLOWS[self.before]


Phase = Literal["intent", "done", "failed", "unknown"]
"""About to be done; done; it came to nothing; nobody can tell."""
Step = Literal[
    "recheck", "drain", "act", "validate", "return", "hold", "packet", "approve", "judge",
]  # fmt: skip
"""What is done for an incident. `judge` is what a person says of a complaint afterwards."""


class Deed(Frozen):
    """One line of an incident's journal.

    `remedy` and `attempt` say which try an act or its validation belongs to; `boot_id` and
    `serial` what the node said of itself then, where it was asked. `outcome` is a word of the
    step's own.
    """

    incident: ShortText
    node: ShortText
    step: Step
    phase: Phase
    at: ShortText
    remedy: str = ""
    attempt: int = 0
    boot_id: str = ""
    serial: str = ""
    outcome: str = ""
    detail: Text = ""
    evidence: tuple[str, ...] = ()
    actor: str = ""
