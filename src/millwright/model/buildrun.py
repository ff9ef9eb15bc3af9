"""What came of one turn of a burn-in: whether it could measure, and if not, why."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen
from millwright.model.evidence import Ended

Came = Literal["measured", "error", "hung", "lost", "not run"]
"""It measured; the tool could not; it did not end in time; its node is silent; it was not begun."""


class Outcome(Frozen):
    """`millwright.build-outcome/1`: one turn of a test on a node, one line of a run's file.

    `number` counts rounds or segments from 0, `attempt` from 1. `measured_to` is the length of the
    file of measurements with those of this turn in it, so that a torn end is known. `facts` is what
    the turn found out of the node that later measurements carry. `began` is when its command was
    started, by that node's clock.
    """

    schema_: Annotated[Literal["millwright.build-outcome/1"], Field(alias="schema")] = (
        "millwright.build-outcome/1"
    )
    at: str
    node: str
    test: str
    number: int = 0
    attempt: int = 1
    peer: str = ""
    came: Came
    final: bool = True
    ended: Ended | None = None
    exit_status: int | None = None
    duration_s: float = 0.0
    reason: str = ""
    problems: tuple[str, ...] = ()
    measurements: int = 0
    measured_to: int = 0
    boot_id: str = ""
    began: str = ""
    simulated: bool = False
    facts: dict[str, str] = {}
