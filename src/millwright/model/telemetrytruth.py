"""Simulated telemetry: how signals behave, what was planted, and how well it was noticed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen, Instant, ShortText
from millwright.model.fleet import Ratio
from millwright.model.sourced import Entry, Sourced

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]


class SignalModel(Entry):
    """How one metric behaves in a simulated fleet.

    `level` is at full work, `rest` without any. Spreads are standard deviations in per cent:
    `device_percent` stays with a device, `reading_percent` is a reading's own, of which
    `lasting_share` of the variance resembles the reading before by `autocorrelation`. Tails of a
    reading are Student's t with `tail_freedom` degrees of freedom; `step` is what it is rounded to.
    """

    metric: ShortText
    part: Literal["gpu", "nic", "node"]
    level: Sourced[float]
    rest: Sourced[float]
    device_percent: Sourced[Amount]
    reading_percent: Sourced[Amount]
    autocorrelation: Sourced[Share]
    lasting_share: Sourced[Share]
    tail_freedom: Sourced[Annotated[float, Field(gt=2)]]
    step: Amount = 0.0
    counter: bool = False


class PlantedFault(Frozen):
    """One thing that happened. Where `expected` is false, a finding about it is a false alarm.

    `device` is "" where whole nodes are meant; `end` is null where it lasts to the end.
    """

    kind: ShortText
    size_percent: Figure
    nodes: tuple[ShortText, ...]
    device: str = ""
    group: str = ""
    begin: Instant
    end: Instant | None = None
    expected: bool = True


class TelemetryTruth(Frozen):
    """`millwright.telemetry-truth/1`: what was planted in some telemetry, by whomever."""

    schema_: Annotated[Literal["millwright.telemetry-truth/1"], Field(alias="schema")] = (
        "millwright.telemetry-truth/1"
    )
    simulated: bool = True
    seed: int | None = None
    begin: Instant
    end: Instant
    gpus: Annotated[int, Field(ge=1)]
    nodes: tuple[str, ...] = ()
    faults: tuple[PlantedFault, ...]


class NoticedScore(Frozen):
    """How often faults of one kind and size were noticed at all, and within fifteen minutes."""

    kind: str
    size_percent: Figure
    noticed: Ratio
    in_time: Ratio
    acted: Ratio
    minutes_median: Figure | None


class Rate(Frozen):
    """Events over an exposure, and the interval of 95 % in which their rate lies (Poisson)."""

    events: int
    exposure: Figure
    rate: Figure
    low: Figure
    high: Figure


class JudgeScore(Frozen):
    """One judge over all data: precision of findings, recall of 5 % and more, false alarms.

    `false_alarms` are per week and 500 GPUs; `act_precision` is of findings that ask for an act.
    """

    judge: str
    precision: Ratio
    act_precision: Ratio
    recall: Ratio
    recall_from_5_percent: Ratio
    false_alarms: Rate
    minutes_median: Figure | None
    scores: tuple[NoticedScore, ...]


class DetectionScore(Frozen):
    """`millwright.detection-score/1`: findings held against what was planted."""

    schema_: Annotated[Literal["millwright.detection-score/1"], Field(alias="schema")] = (
        "millwright.detection-score/1"
    )
    simulated: bool
    gpus: int
    hours: Figure
    runs: int
    judges: tuple[JudgeScore, ...]
    note: str = "simulated: precision in the field is unknown until it is measured on yours"
