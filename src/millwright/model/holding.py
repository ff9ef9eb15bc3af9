"""How old data is that a site holds: measured by whoever can see it, by dates alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.access import Day
from millwright.model.base import Frozen, Name, ShortText
from millwright.model.compliance import DataClass


class Holding(Frozen):
    """Data of one class in one place: the day of its oldest object, and when that was looked up.

    `hold` says why nothing of it may be deleted, where that is so: it overrides any limit.
    `workload` narrows it to what the spec says of one.
    """

    name: Name
    class_: Annotated[DataClass, Field(alias="class")]
    oldest: Day
    measured: Day
    by: ShortText
    workload: Name | None = None
    hold: ShortText | None = None


class Holdings(Frozen):
    """`holdings.yaml` (millwright.holdings/1) of a workspace. It holds dates, and no data."""

    schema_: Annotated[Literal["millwright.holdings/1"], Field(alias="schema")] = (
        "millwright.holdings/1"
    )
    holdings: Annotated[tuple[Holding, ...], Field(max_length=1000)] = ()
