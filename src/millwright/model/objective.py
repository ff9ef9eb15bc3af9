"""What the people of a service tier were promised, and how its series are told from others'."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen

LatencyOf = Literal["first-token", "between-tokens", "request", "queue-time"]
LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=60)]
LabelValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/@ -]+$", max_length=120)]
Duration = Annotated[float, Field(gt=0, le=86_400)]


class LatencyObjective(Frozen):
    """A percentile of one latency, and the most that it may be."""

    of: LatencyOf
    percentile: Annotated[float, Field(gt=0, lt=100)]
    at_most_s: Duration


class Slo(Frozen):
    """The objectives of a tier; what is not said was not promised.

    `select` are the labels by which Prometheus tells series of the tier's services: `tier: NAME`
    where nothing is said. Hosts are those of the pools that name the tier, told by `host_label`.
    `availability` is the share of requests that succeed over `window_days`. `queue_at_most` are
    requests that wait, `gpu_active_at_least` the share of time that the multiprocessors work,
    `storage_at_most_s` the mean time of an operation on the slowest host.
    """

    select: dict[LabelName, LabelValue] = {}
    host_label: LabelName = "host"
    latency: Annotated[tuple[LatencyObjective, ...], Field(max_length=16)] = ()
    availability: Annotated[float, Field(gt=0, lt=1)] | None = None
    window_days: Annotated[int, Field(ge=1, le=90)] = 30
    queue_at_most: Annotated[float, Field(ge=0, le=1e9)] | None = None
    gpu_active_at_least: Annotated[float, Field(ge=0, le=1)] | None = None
    storage_at_most_s: Duration | None = None
