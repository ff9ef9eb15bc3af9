"""`manage slo` as values: what was measured of each tier, and whether promises are kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen, ShortText, Text
from millwright.model.sourced import Confidence

Kept = Literal["met", "missed", "unknown", "shown"]
"""`shown` is measured, and nothing was promised of it."""


class SloMeasure(Frozen):
    """One thing that was measured, or could not be: then `why` says why and `export` what is
    wanted. `source` and `confidence` are those of the name of its series."""

    what: ShortText
    server: str = ""
    value: Figure | None = None
    unit: str = ""
    limit: Figure | None = None
    side: Literal["at_most", "at_least", ""] = ""
    answer: Kept
    where: str = ""
    why: Text = ""
    export: Text = ""
    query: str = ""
    source: str = ""
    confidence: Confidence = "estimate"


class Burn(Frozen):
    """How many times as fast as it may a budget is spent over two windows; `calls` where both are
    above the factor, null where one is not known."""

    name: ShortText
    long_s: int
    short_s: int
    long_rate: Figure | None = None
    short_rate: Figure | None = None
    factor: Figure
    severity: Literal["critical", "warning"]
    calls: bool | None = None


class Budget(Frozen):
    """What a promise of availability leaves for errors, and how much of it is spent.

    `data_days` is how far back the server remembers: less than the window, and the budget is that
    of the days that are known.
    """

    server: str
    availability: Figure | None = None
    window_days: int
    error_ratio: Figure | None = None
    spent_share: Figure | None = None
    data_days: Figure | None = None
    burns: tuple[Burn, ...] = ()
    answer: Kept
    why: Text = ""
    export: Text = ""
    query: str = ""
    source: str = ""
    confidence: Confidence = "estimate"


class Neighbour(Frozen):
    """One host on which others work too: how latency goes with their load, and with the tier's
    own."""

    host: str
    answer: Literal["noisy", "quiet", "unknown"]
    points: int = 0
    correlation: Figure | None = None
    own_correlation: Figure | None = None
    ratio: Figure | None = None
    why: Text = ""


class TierSlo(Frozen):
    """One tier; `answer` is `nothing-promised` where the spec has no objective of it."""

    tier: str
    answer: Literal["met", "missed", "unknown", "nothing-promised"]
    hosts: int = 0
    measures: tuple[SloMeasure, ...] = ()
    budgets: tuple[Budget, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    neighbours_unknown: Text = ""


class SloDocument(Frozen):
    """`millwright.slo/1`: every tier of the spec at one moment."""

    schema_: Annotated[Literal["millwright.slo/1"], Field(alias="schema")] = "millwright.slo/1"
    at: str
    simulated: bool
    told_by: Literal["prometheus", "recording"]
    tiers: tuple[TierSlo, ...]
