"""What is watched for: conditions that call a person, as data that every watcher shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from millwright.model.base import ShortText, Text
from millwright.model.health import Check
from millwright.model.sourced import Entry, Sourced

Subject = Literal["gpu", "fabric", "node", "service", "slurm"]
Severity = Literal["critical", "warning", "info"]
Seconds = Annotated[int, Field(ge=0, le=31_536_000)]


class Condition(Entry):
    """One condition: a measure in PromQL that is beyond its threshold for a while.

    The measure keeps the label `host`. Exactly one of `above`, `below` and `limit_of` is said:
    with the last, the limit is that of a check of the sweep, and stands there alone. `shows` names
    further checks that are seen by it. `record` names the measure where pictures show it too. For
    `boot_grace_s` after a host booted nothing is said of it, nor while what `silenced_by` names
    explains it. In `summary`, `[label]` and `[value]` stand for what was found.
    """

    subject: Subject
    measure: Text
    record: Annotated[str, Field(pattern=r"^[a-z_]+(:[a-z_]+)+$", max_length=80)] | None = None
    above: Sourced[float] | None = None
    below: Sourced[float] | None = None
    limit_of: ShortText | None = None
    shows: tuple[ShortText, ...] = ()
    silenced_by: tuple[Literal["window"], ...] = ()
    unit: Annotated[str, Field(max_length=20)] = ""
    for_s: Seconds
    boot_grace_s: Seconds = 0
    severity: Severity
    summary: ShortText
    hint: Text = ""

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if sum(side is not None for side in (self.above, self.below, self.limit_of)) != 1:
            raise ValueError("exactly one of above and below, or limit_of, says where it begins")
        return self

    @property
    def comparison(self) -> str:
        """Return sign and threshold: `> 0`."""
        sign, bound = (">", self.above) if self.above is not None else ("<", self.below)
        assert bound is not None
        return f"{sign} {bound.value:g}"

    @property
    def checks(self) -> tuple[str, ...]:
        """Return the checks of the sweep that are seen by this condition."""
        return (*((self.limit_of,) if self.limit_of else ()), *self.shows)


def settled(condition: Condition, checks: Mapping[str, Check]) -> Condition:
    """Return the condition with the limit of its check, and silent where the check is.

    Raises ValueError where the check judges words and has none.
    """
    if condition.limit_of is None:
        return condition
    check = checks[condition.limit_of]
    if check.at_most is None and check.at_least is None:
        raise ValueError("a check with at_most or at_least")
    quiet: tuple[Literal["window"], ...] = ("window",) if "window" in check.silenced_by else ()
    return condition.model_copy(
        update={
            "above": check.at_most,
            "below": check.at_least,
            "silenced_by": condition.silenced_by or quiet,
        }
    )


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
