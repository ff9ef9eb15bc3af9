"""`millwright.account/1`: what a machine gave in a period, as one document.

Hours are GPU-hours where nothing else is said. `None` is 'not known', never zero; what would be
needed to know it stands in `missing`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen
from millwright.model.drill import DrillFigure, DrillKind, DrillStands
from millwright.model.verdict import Verdict


class Loss(Frozen):
    """What goes away between two steps, or is not known. `gpu_seconds` is exact."""

    name: str
    unknown: bool = False
    gpu_seconds: int
    hours: Figure
    share: Figure
    why: str


class Step(Frozen):
    """What is left at a step; at most `at_most_hours` where everything unknown turned out good."""

    name: str
    hours: Figure | None
    share: Figure | None
    at_most_hours: Figure | None
    losses: tuple[Loss, ...] = ()
    meaning: str = ""


class Waterfall(Frozen):
    """From what is owned to what was effective. All losses, unknown ones included, and what is left
    at the last step sum to `owned_gpu_seconds`, exactly."""

    owned_gpu_seconds: int
    left_gpu_seconds: int
    steps: tuple[Step, ...]
    unknown_hours: Figure
    ofu: Figure | None = None
    """Effective over active, where both are known."""
    overbooked_hours: Figure = 0.0
    strangers: tuple[tuple[str, Figure], ...] = ()
    guessed_runs: int = 0
    repeated_rows: int = 0


class Holder(Frozen):
    """What somebody held, and what became of it; `known_hours` is how much of it telemetry tells.

    `of` says who: a user, an account, a tier, or a job.
    """

    of: str
    runs: int
    allocated_hours: Figure
    share: Figure
    known_hours: Figure
    active_hours: Figure | None
    effective_hours: Figure | None
    idle_allocated_hours: Figure | None
    stalled_hours: Figure | None
    cost: Figure | None = None


class Estimate(Frozen):
    """A figure with its interval, what it is of, and by which law the interval was drawn."""

    value: Figure | None
    low: Figure | None
    high: Figure | None
    count: int
    unit: str
    law: str


class TierAvailability(Frozen):
    """1 - unavailable node-minutes / committed ones; planned work is no unavailability, and stands
    beside it. Where something is unknown, the truth lies between `at_least` and `at_most`."""

    tier: str
    nodes: int
    committed_node_minutes: Figure
    unavailable_node_minutes: Figure
    planned_node_minutes: Figure
    unknown_node_minutes: Figure
    at_least_percent: Figure | None
    at_most_percent: Figure | None


class Lemon(Frozen):
    """A node with more trouble of one kind than chance explains."""

    node: str
    signal: str
    count: int
    expected: Figure
    p_value: Figure
    """Chance of as many or more, after correction for every node and signal looked at."""


class FaultLoss(Frozen):
    """What a class of faults took in unavailable GPU-hours; `title` is the catalogue's word."""

    fault: str
    title: str = ""
    outages: int
    hours: Figure
    share: Figure
    cost: Figure | None = None


class RemedyRecord(Frozen):
    """How often a remedy was tried and helped, and the interval of its chance (Clopper-Pearson)."""

    remedy: str
    tried: int
    succeeded: int
    low: Figure
    high: Figure


class Forecast(Frozen):
    """Where a series goes, and when it reaches its limit: early, middle and late dates of an 80 %
    interval; empty where it does not within the horizon, or where history is too short."""

    of: str
    unit: str
    days: int
    level: Figure | None = None
    per_day: Figure | None = None
    limit: Figure | None = None
    horizon_days: int = 0
    reached_early: str | None = None
    reached: str | None = None
    reached_late: str | None = None
    order_by: str | None = None
    points: tuple[tuple[str, Figure, Figure, Figure], ...] = ()
    history: tuple[tuple[str, Figure], ...] = ()
    note: str = ""


class Entry(Frozen):
    """One line of the ledger: an amount, and the formula with its numbers that it comes from."""

    name: str
    kind: Literal["cost", "value", "loss", "ratio"]
    amount: Figure
    unit: str
    formula: str
    source: str


class Missing(Frozen):
    """What is not told, and what would be needed to tell it."""

    what: str
    needs: str


class Reliability(Frozen):
    """Times to notice, to repair and between failures, with 95 % intervals."""

    mttd: Estimate
    mttr: Estimate
    mtbf: Estimate
    incidents: int
    open_incidents: int
    interrupted_runs: int
    interrupted_hours: Figure
    between_starts: tuple[tuple[str, int], ...] = ()
    """Times between starts of incidents of one node, by bucket."""


class Drilled(Frozen):
    """A drill that is cited: of the period, or the last of its kind before it. `figures` are those
    that were judged; `verdict` is null where it came to none."""

    id: str
    kind: DrillKind
    at: str
    in_period: bool
    nodes: tuple[str, ...]
    stands: DrillStands
    verdict: Verdict | None
    why: str = ""
    simulated: bool
    figures: tuple[DrillFigure, ...] = ()


class Account(Frozen):
    """The whole document."""

    schema_: Annotated[Literal["millwright.account/1"], Field(alias="schema")] = (
        "millwright.account/1"
    )
    name: str
    begin: str
    end: str
    timezone: str
    known_until: str
    simulated: bool
    made_by: str = ""
    currency: str | None = None
    pseudonyms: bool = False
    nodes: int
    gpus: int
    runs: int
    waterfall: Waterfall
    idle_allocated_hours: Figure | None
    stalled_hours: Figure | None
    offenders: tuple[Holder, ...] = ()
    users: tuple[Holder, ...] = ()
    accounts: tuple[Holder, ...] = ()
    tiers: tuple[Holder, ...] = ()
    availability: tuple[TierAvailability, ...] = ()
    reliability: Reliability
    lemons: tuple[Lemon, ...] = ()
    faults: tuple[FaultLoss, ...] = ()
    remedies: tuple[RemedyRecord, ...] = ()
    drills: tuple[Drilled, ...] = ()
    forecasts: tuple[Forecast, ...] = ()
    ledger: tuple[Entry, ...] = ()
    daily: tuple[tuple[str, Figure, Figure, Figure, Figure], ...] = ()
    """By day: allocated, free, unavailable (planned work included) and unknown GPU-hours."""
    missing: tuple[Missing, ...] = ()
    assumptions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
