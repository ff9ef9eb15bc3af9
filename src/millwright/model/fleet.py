"""Simulated fleets: how noisy they are, what was planted in them, and how well it was found."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from millwright.model.base import Figure, Frozen, ShortText
from millwright.model.sourced import Entry, Sourced

FaultKind = Literal[
    "slow-gpu",
    "slow-hbm",
    "half-width-pcie",
    "weak-link",
    "hot-rack",
    "bad-leaf",
    "jitter",
    "wrong-firmware",
    "slow-node",
]
Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
_Z = 1.959964


class Noise(Entry):
    """How much healthy nodes differ, and from reading to reading.

    Spreads are standard deviations in per cent. `gpu_spread_percent` stays with a GPU, of which
    `shared_share` (of the variance) is the same in all metrics of a family; the node's stays with
    the node. A reading has tails like Student's t with `tail_freedom` degrees of freedom, and
    resembles the one before by `autocorrelation`. `gap_share` of readings is lost; in
    `load_share` of a node's attempts something else loads it, and costs `load_percent`.
    """

    gpu_spread_percent: Sourced[Percent]
    memory_spread_percent: Sourced[Percent]
    link_spread_percent: Sourced[Percent]
    node_spread_percent: Sourced[Percent]
    reading_percent: Sourced[Percent]
    shared_share: Sourced[Share]
    tail_freedom: Sourced[Annotated[float, Field(gt=2)]]
    autocorrelation: Sourced[Annotated[float, Field(ge=0, lt=1)]]
    gap_share: Sourced[Share]
    load_share: Sourced[Share]
    load_percent: Sourced[Percent]


class Planted(Frozen):
    """One fault: its kind, its size in per cent, and whom it hit.

    `devices` is empty where a whole node is meant. `group` names the rack, leaf or firmware of a
    fault that many share.
    """

    kind: FaultKind
    size_percent: Percent
    nodes: tuple[ShortText, ...]
    devices: tuple[str, ...] = ()
    group: str = ""


class Truth(Frozen):
    """`millwright.truth/1`: what was planted in a simulated fleet, and where its nodes stand."""

    schema_: Annotated[Literal["millwright.truth/1"], Field(alias="schema")] = "millwright.truth/1"
    simulated: Literal[True] = True
    seed: int
    noise: str
    nodes: tuple[str, ...]
    faults: tuple[Planted, ...]
    places: dict[str, dict[str, str]] = {}

    def faulty(self) -> frozenset[str]:
        """Return every node that something was planted in."""
        return frozenset(node for fault in self.faults for node in fault.nodes)


class Ratio(Frozen):
    """A share, and the interval in which it lies with 95 % (Wilson 1927)."""

    hits: int
    of: int
    share: Figure | None
    low: Figure
    high: Figure


def ratio(hits: int, of: int) -> Ratio:
    """Return a share with its interval of 95 %, by Wilson's formula; of nothing it is unknown."""
    if of == 0:
        return Ratio(hits=0, of=0, share=None, low=0.0, high=1.0)
    share = hits / of
    centre = (share + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    half = _Z / (1 + _Z**2 / of) * math.sqrt(share * (1 - share) / of + (_Z / (2 * of)) ** 2)
    return Ratio(
        hits=hits, of=of, share=round(share, 4), low=round(max(centre - half, 0.0), 4),
        high=round(min(centre + half, 1.0), 4),
    )  # fmt: skip


class Score(Frozen):
    """How often faults of one kind and size were found, by the judge and by a plain rule.

    `failed` is the part that was not only named but failed. The plain rule flags what is more than
    5 % off the mean; `by_mean` is null where it was not asked, for want of measurements.
    """

    kind: FaultKind
    size_percent: Figure
    planted: PositiveInt
    found: Ratio
    failed: Ratio
    by_mean: Ratio | None = None


class Alarms(Frozen):
    """What was said of nodes, right and wrong. Per thousand is of healthy nodes."""

    precision: Ratio
    healthy: int
    falsely_failed: int
    falsely_failed_per_1000: Figure
    false_alarms: int
    false_alarms_per_1000: Figure
    unknown: int


class Report(Frozen):
    """`millwright.score/1`: a verdict held against what was planted. SIMULATED, whatever it says.

    `detectable_percent` is the least planted size from which on 95 % were found, by kind; null
    where none of those tried was.
    """

    schema_: Annotated[Literal["millwright.score/1"], Field(alias="schema")] = "millwright.score/1"
    simulated: Literal[True] = True
    seed: int
    noise: str
    nodes: int
    scores: tuple[Score, ...]
    judge: Alarms
    by_mean: Alarms | None = None
    detectable_percent: dict[FaultKind, Figure | None] = {}
    groups_named: Ratio | None = None
    note: str = "simulated fleets: precision in the field is unknown until measured on yours"
