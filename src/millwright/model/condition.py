"""What is watched for: conditions that call a person, as data that every watcher shares."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from millwright.model.base import ShortText, Text
from millwright.model.sourced import Entry, Sourced

Subject = Literal["gpu", "fabric", "node", "service", "slurm"]
Severity = Literal["critical", "warning", "info"]
Seconds = Annotated[int, Field(ge=0, le=31_536_000)]


class Condition(Entry):
    """One condition: a measure in PromQL that is beyond its threshold for a while.

    The measure keeps the label `host`. Exactly one of `above` and `below` is said. `record` names
    the measure where pictures show it too. For `boot_grace_s` after a host booted nothing is said
    of it. In `summary`, `[label]` and `[value]` stand for what was found.
    """

    subject: Subject
    measure: Text
    record: Annotated[str, Field(pattern=r"^[a-z_]+(:[a-z_]+)+$", max_length=80)] | None = None
    above: Sourced[float] | None = None
    below: Sourced[float] | None = None
    unit: Annotated[str, Field(max_length=20)] = ""
    for_s: Seconds
    boot_grace_s: Seconds = 0
    severity: Severity
    summary: ShortText
    hint: Text = ""

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("exactly one of above and below says where the condition begins")
        return self

    @property
    def comparison(self) -> str:
        """Return sign and threshold: `> 0`."""
        sign, bound = (">", self.above) if self.above is not None else ("<", self.below)
        assert bound is not None
        return f"{sign} {bound.value:g}"


class Watch(Entry):
    """How a factory is watched: how often it is asked, and how much of it is kept."""

    scrape_interval_s: Sourced[PositiveInt]
    evaluation_interval_s: Sourced[PositiveInt]
    retention_gb: Sourced[PositiveInt]
    repeat_alerts_s: Sourced[PositiveInt]
    logs_kept_days: Sourced[PositiveInt]
    log_file_mib: Sourced[PositiveInt]
    log_queue_mib: Sourced[PositiveInt]
    journal_mib: Sourced[PositiveInt]
