"""What a design needs beside its machines: room and speed for data, checkpoints, spares."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen
from millwright.model.sizing import Number
from millwright.model.sourced import Confidence


class Holding(Frozen):
    """Data of one workload, in TB of 10^12 bytes, before copies and what a file system takes.

    `tb` has one value a horizon, each low, likely and high by the growth that the spec foresees.
    """

    workload: str
    what: str
    tb: tuple[tuple[float, float, float], ...]
    confidence: Confidence


class Checkpointing(Frozen):
    """How a training job saves itself, and what failures leave of its time.

    Young's interval between checkpoints that are written while the job waits; `goodput` is the
    share of time that trains.
    """

    workload: str
    terabytes: float
    write_s: float
    gpus: int
    hours_between_failures: float
    interval_min: float
    goodput: float


class Spare(Frozen):
    """Parts of one kind: how many fail over the lead time on average, and how many to keep."""

    kind: Literal["node", "switch", "transceiver", "cable", "pdu"]
    item: str
    installed: Annotated[int, Field(ge=0)]
    expected: float
    keep: Annotated[int, Field(ge=0)]


class StoragePlan(Frozen):
    """Storage and spares of a design. `numbers` says where each figure is from.

    Null is 'nobody says': a tier or a speed that neither the spec nor a workload names.
    `reads_gbytes_per_s` is what each workload reads while it runs, where that is known.
    """

    tier: str | None
    read_gbytes_per_s: float | None
    write_gbytes_per_s: float | None
    reads_gbytes_per_s: dict[str, float] = {}
    horizons_months: tuple[int, ...]
    holdings: tuple[Holding, ...]
    raw_tb: tuple[tuple[float, float, float], ...]
    capacity_said_tib: float | None
    checkpoints: tuple[Checkpointing, ...]
    spares: tuple[Spare, ...]
    numbers: dict[str, Number]
