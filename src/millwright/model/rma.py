"""What goes with a part that is sent back: why, by which bar, and what shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen
from millwright.model.verdict import Verdict, VerdictFinding


class Shown(Frozen):
    """One command that was run on the node, and what became of its outputs in the packet.

    `line` counts in the run's own chain of evidence, `hash` is that of the line. Of `outputs` that
    are `lacking` it is said why.
    """

    line: int
    hash: str
    argv: tuple[str, ...]
    ended: str
    exit_status: int | None
    outputs: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


class Packet(Frozen):
    """`millwright.rma/1`: the case against a node, or against one device of it.

    `serials` are by device, with an empty name for the node's own, as far as a run told them.
    """

    schema_: Annotated[Literal["millwright.rma/1"], Field(alias="schema")] = "millwright.rma/1"
    run: str
    node: str
    device: str
    simulated: bool
    verdict: Verdict
    serials: dict[str, str]
    findings: tuple[VerdictFinding, ...]
    measurements: int
    evidence: tuple[Shown, ...]
    notes: tuple[str, ...] = ()
