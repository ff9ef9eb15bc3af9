"""Tuning notes: what a kind of node should be set to, why, and who says so, as versioned data."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from millwright.model.base import Frozen, ShortText, Text
from millwright.model.burnin import Word
from millwright.model.platform import System, Vendor
from millwright.model.sourced import Confidence, Entry, Sourced

TunedKind = Literal[
    "sysctl", "sysfs", "cstate", "ring", "mtu", "irq", "nvidia", "roce",
    "module", "limit", "cmdline", "package", "service", "mount", "pcie",
]  # fmt: skip
NodeRole = Literal["training", "inference", "storage", "head"]

FILED: frozenset[TunedKind] = frozenset({"module", "limit"})
"""Kinds that are said in files alone: they hold from the next session, load or boot on."""
CHECKED: frozenset[TunedKind] = frozenset({"cmdline", "package", "service", "mount", "pcie"})
"""Kinds that are looked at and never changed: boot loader, packages, mounts and bus are others'."""
CHECKED_KEYS = frozenset({("nvidia", "clocks"), ("nvidia", "mig"), ("roce", "tc")})
"""Single parameters that nobody could put back: what they were is not told by their tools."""
MEASURED_BY = frozenset({"ideal", "within"})
"""Words in place of a value: what the instance itself names as its best, or anything within it."""

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/*:@+-]*$", max_length=120)]
Want = Annotated[str, Field(pattern=r"^([<>]=)?[A-Za-z0-9 .,=_|%:+-]*$", max_length=120)]


class Tuned(Entry):
    """One parameter of a note.

    `want` is a value; `>=N` raises only and `<=N` lowers only, number by number; `a|b` is the first
    of these that the node has; `ideal` what the instance names as its best, `within` anything
    inside of that; nothing leaves it untouched, and so does a site that says nothing. `over` names
    the parameter of the shared table that it goes against on purpose. A `disruptive` one wants a
    drained node, one with `reboot` is kept for the next start and told.
    """

    kind: TunedKind
    key: Key
    want: Want
    why: ShortText
    vendor: Vendor | None = None
    fabric: Literal["infiniband", "roce"] | None = None
    systems: tuple[System, ...] = ()
    servers: tuple[ShortText, ...] = ()
    metal: bool = False
    """Only on machines themselves: a virtual one has not this to say."""
    reboot: bool = False
    disruptive: bool = False
    over: str | None = None

    @property
    def checked(self) -> bool:
        """Return whether it is only looked at."""
        return self.kind in CHECKED or (self.kind, self.key) in CHECKED_KEYS

    @model_validator(mode="after")
    def _stays_where_it_belongs(self) -> Self:
        if ".." in self.key or ("*" in self.key and self.kind not in ("sysfs", "package")):
            raise ValueError(
                f"{self.key} is no key of a {self.kind}: no `..`, and `*` in sysfs only"
            )
        if self.kind == "cstate" and not self.key.isdigit():
            raise ValueError(f"the key of a cstate is its latest wake-up in us, not {self.key}")
        return self


class TuningNote(Entry):
    """A note: its version, what it is for, and its parameters.

    `shared` names parameters of the catalogue's one table, which deploying sets as well: their
    values stand there alone. `measure` is the test that shows what it brings.
    """

    version: PositiveInt
    date: datetime.date
    references: tuple[ShortText, ...] = ()
    roles: Annotated[tuple[NodeRole, ...], Field(min_length=1)]
    vendor: Vendor | None = None
    shared: tuple[ShortText, ...] = ()
    parameters: tuple[Tuned, ...] = ()
    conflicts: tuple[ShortText, ...] = ()
    measure: ShortText | None = None

    @model_validator(mode="before")
    @classmethod
    def _reads_the_date(cls, raw: object) -> object:
        if isinstance(raw, dict) and isinstance(raw.get("date"), str):
            return {**raw, "date": datetime.date.fromisoformat(raw["date"])}
        return raw

    @model_validator(mode="after")
    def _says_each_once(self) -> Self:
        names = [*self.shared, *(each.name for each in self.parameters)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands in it twice")
        return self


class TuningOverride(Entry):
    """What a site says otherwise of a built-in note: by parameter, `""` leaves it untouched."""

    wants: dict[ShortText, Want]


class TuningTest(Entry):
    """A short real measurement that shows whether a note pays.

    `argv` is a list of words and never a shell text; `given` is what it reads on standard input: a
    small program of this catalogue's own. `reader` reads what it prints (`json` is one object of
    numbers); `metric` is looked for, `device` says whose where it gives several.
    """

    argv: Annotated[tuple[Word, ...], Field(min_length=1, max_length=40)]
    given: Text = ""
    reader: ShortText
    metric: ShortText
    device: Annotated[str, Field(max_length=60)] = ""
    better: Literal["higher", "lower"] = "higher"
    package: ShortText | None = None
    seconds: PositiveInt
    rounds: Sourced[Annotated[int, Field(ge=3, le=50)]]
    """Pairs of before and after."""
    level: Sourced[Annotated[float, Field(gt=0.5, lt=1)]]
    """How sure the interval of the gain is."""
    proves: Text = ""


class Wanted(Frozen):
    """A parameter as it is meant for one host: from a note of its own, or from the shared table."""

    note: str
    version: int
    name: str
    kind: TunedKind
    key: str
    want: str
    why: str
    source: str
    confidence: Confidence
    checked: bool = False
    reboot: bool = False
    disruptive: bool = False
    over: str | None = None
    overridden: bool = False
    """The site said so."""

    @property
    def gates(self) -> bool:
        """Return whether a difference is a failure: what is estimated is shown, and warns."""
        return self.confidence != "estimate" or self.overridden
