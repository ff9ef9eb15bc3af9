"""What a result must be: bars as data, never as code, each with who says so and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from millwright.model.base import Frozen, ShortText
from millwright.model.measurement import Param
from millwright.model.sourced import Entry
from millwright.model.verdict import Verdict

Rule = Literal["at_least", "at_most", "equals", "within"]
MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Place = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]*|any)$", max_length=40)]

BARE_METAL = "bare-metal"
ANY = "any"

_SIGNS: dict[Rule, str] = {"at_least": ">=", "at_most": "<=", "equals": "=", "within": "="}


class Span(Frozen):
    """A range in which a condition lies; an end that is not said is open."""

    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: Param | None) -> bool:
        """Return whether a number lies inside; what is not said or no number does not."""
        if value is None or isinstance(value, str):
            return False
        above = self.at_least is None or value >= self.at_least
        return above and (self.at_most is None or value <= self.at_most)


class Bar(Entry):
    """One comparison: `metric`, `rule`, `value`, `unit`, and for whom it holds.

    A bar judges only what is like it: one of its `skus` (all, where none is named), its `platform`
    (a figure of a virtual machine never judges bare metal), and every one of `conditions`
    (message size, number of nodes, algorithm: a measurement that does not say one is not judged)
    and `versions` (firmware, driver, power cap; by the beginning of the text). `within` allows
    `tolerance_percent` to either side, `equals` nothing. `expected` is what a healthy part
    reaches, where the source says that; `wire` the most that physics allows. A bar of confidence
    `estimate` may warn and never fail.
    """

    metric: MetricName
    rule: Rule
    value: float
    unit: Annotated[str, Field(max_length=20)] = ""
    tolerance_percent: Annotated[float, Field(gt=0)] | None = None
    skus: tuple[ShortText, ...] = ()
    platform: Place = BARE_METAL
    conditions: dict[Key, Param | Span] = {}
    versions: dict[Key, str] = {}
    expected: float | None = None
    wire: float | None = None

    @model_validator(mode="after")
    def _tolerance_where_it_counts(self) -> Self:
        if (self.rule == "within") != (self.tolerance_percent is not None):
            raise ValueError("tolerance_percent belongs to `within`, and only there")
        return self

    @property
    def worst_verdict(self) -> Verdict:
        """Return what a value that misses this bar counts for."""
        return Verdict.WARN if self.confidence == "estimate" else Verdict.FAIL

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the least and the most that a value may be."""
        slack = abs(self.value) * (self.tolerance_percent or 0) / 100
        low = float("-inf") if self.rule == "at_most" else self.value - slack
        high = float("inf") if self.rule == "at_least" else self.value + slack
        return low, high

    @property
    def told(self) -> str:
        """Return the bar as a person reads it: `>= 431 GB/s`."""
        slack = f" +/- {self.tolerance_percent:g} %" if self.tolerance_percent else ""
        return f"{_SIGNS[self.rule]} {self.value:g}{slack} {self.unit}".rstrip()

    def holds(self, value: float) -> bool:
        """Return whether a value meets the bar, to the last digit; NaN never does."""
        low, high = self.bounds
        return low <= value <= high

    def fits(
        self, sku: str, platform: str, params: Mapping[str, Param], versions: Mapping[str, Param]
    ) -> bool:
        """Return whether the bar may judge what was measured under these conditions."""
        if self.skus and sku.casefold() not in {name.casefold() for name in self.skus}:
            return False
        if self.platform not in (ANY, platform):
            return False
        return all(
            _meets(wanted, params.get(key)) for key, wanted in self.conditions.items()
        ) and all(
            str(versions.get(key, "")).startswith(begin) for key, begin in self.versions.items()
        )


def _meets(wanted: Param | Span, found: Param | None) -> bool:
    if isinstance(wanted, Span):
        return wanted.holds(found)
    if isinstance(wanted, str) or isinstance(found, str):
        return str(wanted).casefold() == str(found).casefold()
    return found is not None and float(wanted) == float(found)
