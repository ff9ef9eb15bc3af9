"""What becomes another thing where one design takes the place of another."""

from __future__ import annotations

from typing import Literal

from millwright.model.base import Frozen
from millwright.model.sourced import Confidence

What = Literal["site", "pool", "rack", "device", "address", "cable", "bill"]
How = Literal["added", "removed", "changed"]


class Difference(Frozen):
    """One thing that is there in one design alone, or is another one in the other.

    `key` is what of it changed; texts are empty where a thing is not there.
    """

    what: What
    how: How
    name: str
    key: str = ""
    before: str = ""
    after: str = ""


class CostChange(Frozen):
    """What items whose price is known come to, on either side; the rest is named, not guessed.

    Null where the prices known are of more than one currency, or none is known.
    """

    currency: str
    before: float | None
    after: float | None
    confidence: Confidence | None
    unpriced: tuple[str, ...]
    """Items of which more or fewer are needed, and whose price nobody says."""


class DesignDiff(Frozen):
    """Everything that differs, and how much of each kind. `old` and `new` are names of designs."""

    old: str
    new: str
    counts: dict[What, dict[How, int]]
    differences: tuple[Difference, ...]
    cost: CostChange
