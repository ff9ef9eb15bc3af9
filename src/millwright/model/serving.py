"""How a service is seen in Prometheus, as data: which series tell what, how fast is too fast."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from millwright.model.base import Text
from millwright.model.objective import LabelName
from millwright.model.sourced import Entry, Sourced

SignalOf = Literal[
    "first-token", "between-tokens", "request", "queue-time",
    "errors", "queue", "gpu", "storage", "other-load",
]  # fmt: skip
MetricName = Annotated[str, Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$", max_length=120)]
Matched = Annotated[str, Field(pattern=r"^~?[A-Za-z0-9_.:/@*+|()-]+$", max_length=120)]


class ServiceSignal(Entry):
    """One series by which a server or an exporter tells one thing.

    `form`: a `histogram` by its base name, a `summary` with its quantiles, a `gauge`, a `counter`,
    a `ratio` of counters or the `mean` of a counter of seconds over one of events, `metric` over
    `over`. `scale` makes seconds (or a share of one) of it. `labels` and `over_labels` narrow it,
    a value that begins with ~ by a regular expression. Of several signals of one thing the lowest
    `rank` is believed. `hosts` series are told by host and not by service. `tenant` is the label
    that says whose load it is. `misleading` says why it is a poor witness, `export` how one gets
    it.
    """

    of: SignalOf
    server: Annotated[str, Field(pattern=r"^[a-z][a-z0-9 -]*$", max_length=40)]
    form: Literal["histogram", "summary", "gauge", "counter", "ratio", "mean"]
    metric: MetricName
    over: tuple[MetricName, ...] = ()
    labels: dict[LabelName, Matched] = {}
    over_labels: dict[LabelName, Matched] = {}
    scale: PositiveFloat = 1.0
    rank: PositiveInt = 1
    hosts: bool = False
    tenant: LabelName | None = None
    misleading: Text = ""
    export: Text

    @model_validator(mode="after")
    def _over_something(self) -> Self:
        if (self.form in ("ratio", "mean")) != bool(self.over):
            raise ValueError("`over` belongs to a ratio or a mean, and they need it")
        if (self.of == "other-load") != bool(self.tenant):
            raise ValueError("`tenant` belongs to other-load, and it needs one")
        return self

    @property
    def present(self) -> str:
        """Return the series that is there where the signal is: a failure may never have been."""
        if self.form == "ratio":
            return self.over[0]
        return f"{self.metric}_bucket" if self.form == "histogram" else self.metric


class BurnRate(Entry):
    """How many times as fast as it may a budget is spent, seen over two windows, calls a person."""

    long_s: Sourced[PositiveInt]
    short_s: Sourced[PositiveInt]
    factor: Sourced[PositiveFloat]
    severity: Literal["critical", "warning"]


class SloSettings(Entry):
    """Over how long services are looked at, and when a neighbour is called noisy.

    That is where latency follows the load of others by rank at least at `neighbour_correlation`
    over `neighbour_points` moments, and is `neighbour_ratio` times as long in the third of them
    with most of it as in the third with least.
    """

    rate_window_s: Sourced[PositiveInt]
    neighbour_span_s: Sourced[PositiveInt]
    neighbour_step_s: Sourced[PositiveInt]
    neighbour_points: Sourced[PositiveInt]
    neighbour_correlation: Sourced[PositiveFloat]
    neighbour_ratio: Sourced[PositiveFloat]
