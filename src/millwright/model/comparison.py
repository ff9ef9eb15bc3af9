"""What became of parts on their way: values of the factory beside values of the site."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen
from millwright.model.verdict import Verdict

Noise = Literal["peers", "too-few", "alike"]
"""From where it is known how far values differ by chance: from the changes of at least eight peers;
from nothing, for there are fewer; from nothing, for at least half of them changed alike."""


class Change(Frozen):
    """A value of one part that is worse than before, by more than its peers' values are.

    `change_percent` is what the value itself did, `beyond` what of that (in the unit of the least
    difference, per cent or the metric's own) the peers did not do. `node` and `device` are where
    the part is now.
    """

    serial: str
    node: str
    device: str = ""
    metric: str
    unit: str
    conditions: str = ""
    peer: str = ""
    before: Figure
    after: Figure
    change_percent: Figure | None
    beyond: Figure
    beyond_unit: str
    robust_z: Figure | None = None
    peers: int
    noise: Noise
    reason: str
    verdict: Verdict


class Shift(Frozen):
    """What all values of a kind did in common: it is no part's fault."""

    metric: str
    unit: str
    sku: str
    conditions: str
    count: int
    before: Figure
    after: Figure
    change: Figure
    change_unit: str
    reason: str
    verdict: Verdict


class Move(Frozen):
    """Parts that are somewhere else than before; `exchanged` where others came the other way."""

    origin: str
    target: str
    serials: tuple[str, ...]
    exchanged: tuple[str, ...] = ()
    reason: str
    verdict: Verdict = Verdict.WARN


class Stray(Frozen):
    """A part that only one of both runs saw, or of which the second measured less."""

    serial: str
    place: str
    reason: str
    verdict: Verdict


class Comparison(Frozen):
    """`millwright.comparison/1`: a run at the factory and one at the site, by serial number.

    `parts` were seen by both runs, `compared` is how many of their values were. The same two files
    give the same document.
    """

    schema_: Annotated[Literal["millwright.comparison/1"], Field(alias="schema")] = (
        "millwright.comparison/1"
    )
    verdict: Verdict
    simulated: bool
    fat: str
    sat: str
    parts: int
    compared: int
    worse: tuple[Change, ...] = ()
    shifts: tuple[Shift, ...] = ()
    moved: tuple[Move, ...] = ()
    missing: tuple[Stray, ...] = ()
    new: tuple[Stray, ...] = ()
    unmeasured: tuple[Stray, ...] = ()
    notes: tuple[str, ...] = ()
