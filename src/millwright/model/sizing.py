"""What a workload comes to: every number with its formula, its inputs, its source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from millwright.model.base import Frozen, Name, ShortText, Text
from millwright.model.sourced import Confidence, Entry, Sourced

Bound = Literal["compute", "memory", "bandwidth", "capacity", "exchange", "queue", "redundancy"]
"""What runs out first: arithmetic, memory for weights and states, memory bandwidth, room for
requests beside each other, the links between GPUs, waiting, or the replicas that are asked for."""


class Assumption(Entry):
    """A figure that sizing needs and no spec says. Where it has no `value`, only a measured one
    counts. Where it holds for one `gpu`, others are reckoned by their dense 16-bit throughput."""

    gpu: Name | None = None
    value: Sourced[PositiveFloat] | None = None


class Measured(Frozen):
    """What the user measured, in place of an assumption; on `gpu` alone where one is named."""

    value: PositiveFloat
    source: ShortText
    gpu: Name | None = None


class Number(Frozen):
    """One number of a sizing. `inputs` are names of others; a given number has no formula."""

    value: float
    unit: str = ""
    formula: str = ""
    inputs: tuple[str, ...] = ()
    source: str = ""
    confidence: Confidence
    note: str = ""


class Change(Frozen):
    """What the GPUs become where one figure is another; None where there is then no size."""

    what: str
    now: float
    then: float
    gpus: int | None


class WorkloadSize(Frozen):
    """What one workload needs on one kind of server.

    `gpus` stand in `replicas` of `gpus_per_replica`; `spread` where replicas are to stand on nodes
    of their own, so that the loss of one leaves the rest.
    """

    workload: Name
    kind: str
    gpu: str
    gpus: Annotated[int, Field(ge=0)]
    replicas: Annotated[int, Field(ge=1)] = 1
    gpus_per_replica: Annotated[int, Field(ge=1)] = 1
    spread: bool = False
    binds: Bound
    because: Text = ""
    confidence: Confidence
    numbers: dict[str, Number]


class Refusal(Frozen):
    """Why a workload cannot be sized, or cannot run there: which rule, what, and what to do."""

    rule: str
    where: str
    message: str
    hint: str = ""


class FactorySize(Frozen):
    """All workloads of a spec on one kind of server. `nodes` is None where one has no answer."""

    server: str
    gpus_per_node: int
    nodes: int | None
    gpus: int | None
    workloads: tuple[WorkloadSize, ...]
    refused: tuple[Refusal, ...] = ()
