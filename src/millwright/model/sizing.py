"""What a workload comes to: every number with its formula, its inputs, its source."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from millwright.model.base import Frozen, Name, ShortText, Text
from millwright.model.sourced import Confidence, Entry, Sourced

Bound = Literal["compute", "memory", "bandwidth", "capacity", "exchange", "queue", "redundancy"]
"""What runs out first: arithmetic, memory for weights and states, memory bandwidth, room for
requests beside each other, the links between GPUs, waiting, or the replicas that are asked for."""


SHARES = ("-share", "-mfu", "goodput", "-overhead", "-chance", "-per-doubling", "-diversity")
"""Endings of the names of what is a part of a whole; a notebook may well have several GPUs."""
BELOW = ("-overhead", "-chance", "-per-doubling")
"""Of those, what leaves nothing where it is the whole."""


def past_whole(name: str, value: float) -> str:
    """Return what is wrong with the value of a share, in words; nothing where nothing is."""
    if not (name.endswith(SHARES) or name.startswith("mfu-")) or name == "notebook-gpu-share":
        return ""
    if value > 1:
        return f"{name} as a part of 1 (0.65 is 65 %), and not {value:g}"
    return (
        f"{name} below 1: else nothing is left of the whole"
        if value == 1 and name.endswith(BELOW)
        else ""
    )


class Assumption(Entry):
    """A figure that sizing needs and no spec says. Where it has no `value`, only a measured one
    counts. Where it holds for one `gpu`, others are reckoned by their dense 16-bit throughput."""

    gpu: Name | None = None
    value: Sourced[PositiveFloat] | None = None

    @model_validator(mode="after")
    def _part_of_a_whole(self) -> Self:
        told = past_whole(self.name, self.value.value) if self.value else ""
        if told:
            raise ValueError(told)
        return self


class Price(Entry):
    """What one piece of a server costs, in the currency that is its unit."""

    amount: Sourced[PositiveFloat]


class Measured(Frozen):
    """What the user measured, in place of an assumption; on `gpu` alone where one is named."""

    value: Annotated[float, Field(gt=0, le=1e15)]
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


Criterion = Literal["kw", "rack-units", "gpus", "capex", "tco"]
CRITERIA: dict[Criterion, str] = {
    "kw": "greatest draw of all machines, in kW",
    "rack-units": "rack units of all machines",
    "gpus": "GPUs",
    "capex": "price of the servers alone",
    "tco": "servers with spares, and three years of energy",
}


class Candidate(Frozen):
    """A server that the catalogue has, with all that the workloads need of it.

    `refused` says why it fell out; `blueprint` is the published design around it. What is not
    known is None: prices above all. `tco_3y` is servers with their spares and energy, and nothing
    else.
    """

    server: str
    blueprint: str | None = None
    size: FactorySize | None = None
    nodes: int | None = None
    gpus: int | None = None
    kw: float | None = None
    racks: int | None = None
    rack_units: int | None = None
    redundancy: str | None = None
    capex: float | None = None
    tco_3y: float | None = None
    confidence: Confidence = "estimate"
    refused: tuple[Refusal, ...] = ()
    remarks: tuple[Refusal, ...] = ()

    def rank(self, by: Criterion) -> float | None:
        """Return the figure that a criterion ranks by; None where it is not known."""
        figures = {
            "kw": self.kw, "rack-units": self.rack_units, "gpus": self.gpus,
            "capex": self.capex, "tco": self.tco_3y,
        }  # fmt: skip
        return figures[by]
