"""Models in production as values: what is watched, and what was seen: counts and nothing else.

No value here holds content of a feed or of an answer: names come from `models.yaml` or from lists
that are closed, all else is counted.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from millwright.model.base import Figure, Frozen, Name, ShortText, Text
from millwright.model.modelword import Version

Protocol = Literal["dicom", "hl7", "fhir", "file"]
Required = Annotated[
    str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]*([.-][A-Za-z0-9]+)*$", max_length=60)
]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$", max_length=60)]
Column = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=60)]
OTHER = "(other)"
MISSING = "(missing)"
FINE_BINS = 200
"""Into how many bins the range of a number is cut; a distance between two distributions that is
read from bins is at most the largest share of one bin too small."""


class WatchedFeed(Frozen):
    """Where files of a feed stay for a day at least after they are received, and what is expected.

    `require` are names that every message must have: keywords of DICOM, `PID-3` of HL7,
    `Observation.status` of FHIR. `per_day` are the least and the most messages of 24 hours.
    """

    folder: ShortText
    pattern: Annotated[str, Field(pattern=r"^[^/\\]+$", max_length=80)] = "*"
    stale_after_min: Annotated[float, Field(gt=0, le=1e6)] | None = None
    per_day: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]] | None = None
    require: Annotated[tuple[Required, ...], Field(max_length=40)] = ()
    lacking_at_most: Annotated[float, Field(ge=0, lt=1)] = 0.0


class WatchedColumn(Frozen):
    """One answer of a model: a number within a range, or one of some words."""

    name: Column
    low: float | None = None
    high: float | None = None
    values: Annotated[tuple[Label, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        ranged = self.low is not None and self.high is not None
        if ranged == bool(self.values) or (self.low is None) != (self.high is None):
            raise ValueError("low and high of a number, or values of a category; not both")
        if ranged and not (self.low or 0.0) < (self.high or 0.0):
            raise ValueError("low has to be below high")
        return self

    @property
    def bins(self) -> int:
        """Return how many counts are kept: for numbers one below, one above, one missing more."""
        return len(self.values) + 2 if self.values else FINE_BINS + 3


class DriftLimits(Frozen):
    """From what on a distribution counts as shifted: conventions, no statistics (estimates).

    `psi` 0.2 is the usual band of the population stability index, `ks` 0.1 the threshold that
    monitoring tools use for distances; `confidence` is that of intervals over all that is watched.
    """

    psi: Annotated[float, Field(gt=0, le=10)] = 0.2
    ks: Annotated[float, Field(gt=0, lt=1)] = 0.1
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class WatchedModel(Frozen):
    """One model: which version answers for which workload, and where its answers are written.

    `outputs` is a folder of CSV files with a header; `at` and `node` are the columns that say when
    and where an answer was given. A window is so many hours of answers.
    """

    version: Version
    workload: Name
    feeds: tuple[Name, ...] = ()
    outputs: ShortText
    pattern: Annotated[str, Field(pattern=r"^[^/\\]+$", max_length=80)] = "*.csv"
    at: Column = "at"
    node: Column | None = None
    window_hours: Annotated[int, Field(ge=1, le=744)] = 24
    columns: Annotated[tuple[WatchedColumn, ...], Field(min_length=1, max_length=40)]
    limits: DriftLimits = DriftLimits()


class ModelsFile(Frozen):
    """`models.yaml` (millwright.models/1)."""

    schema_: Annotated[Literal["millwright.models/1"], Field(alias="schema")]
    feeds: dict[Name, WatchedFeed] = {}
    models: dict[Name, WatchedModel] = {}


class Bins(Frozen):
    """A histogram: how many lie at or below each bound, and beyond the last; not summed up."""

    bounds: tuple[Figure, ...]
    counts: tuple[int, ...]
    total: Figure = 0.0


class FeedLook(Frozen):
    """What was seen of one feed. `why` says why nothing was; `schema_of` of how many messages the
    form was read, the newest ones."""

    feed: Name
    protocol: Protocol
    newest_age_s: Figure | None = None
    last_hour: int = 0
    last_day: int = 0
    kinds: dict[str, int] = {}
    sizes: Bins | None = None
    gaps: Bins | None = None
    schema_of: int = 0
    unreadable: int = 0
    lacking: dict[Required, int] = {}
    why: Text = ""


Histogram = tuple[int, ...]


class AnswerWindow(Frozen):
    """Answers of one version in one window: counts of every column, over all nodes and by node."""

    schema_: Annotated[Literal["millwright.model-window/1"], Field(alias="schema")] = (
        "millwright.model-window/1"
    )
    model: Name
    version: Version
    begin: str
    hours: int
    rows: int
    columns: dict[Column, Histogram]
    nodes: dict[str, dict[Column, Histogram]] = {}


class Reference(Frozen):
    """`millwright.model-reference/1`: what answers looked like when the model was accepted.

    `watched` ties it to the bins of that day: other bins are another reference.
    """

    schema_: Annotated[Literal["millwright.model-reference/1"], Field(alias="schema")] = (
        "millwright.model-reference/1"
    )
    model: Name
    version: Version
    number: Annotated[int, Field(ge=1)]
    at: str
    actor: ShortText
    rows: int
    watched: tuple[WatchedColumn, ...]
    columns: dict[Column, Histogram]


Answer = Literal["ok", "shown", "unknown", "missed"]
"""`shown` is measured, and nothing was promised of it."""


class FeedJudged(Frozen):
    """One question about a feed."""

    what: Literal["freshness", "volume", "schema"]
    answer: Answer
    told: Text


class Shift(Frozen):
    """How far one column is from its reference, with sizes of both samples and intervals.

    `psi` has the part that chance alone gives taken off; `noise` is what chance alone exceeds one
    time in twenty. Below `needs` answers nothing is said. `node` is empty over all nodes.
    """

    column: Column
    node: str = ""
    answer: Answer
    told: Text
    now: int
    reference: int
    needs: int | None = None
    psi: Figure | None = None
    psi_low: Figure | None = None
    psi_high: Figure | None = None
    noise: Figure | None = None
    ks: Figure | None = None
    ks_low: Figure | None = None
    ks_high: Figure | None = None
    p_value: Figure | None = None


class InfraEvent(Frozen):
    """Something that the workspace recorded of a node, or of all where `node` is empty."""

    at: str
    node: str = ""
    kind: ShortText
    told: ShortText
    source: ShortText


class Beside(Frozen):
    """An event near the onset of a shift: hours before it (negative: after), on a node of it."""

    event: InfraEvent
    hours_before: Figure
    same_node: bool


class ModelLook(Frozen):
    """One model: how its answers stand against the reference, since when, and what lay beside."""

    model: Name
    version: Version
    workload: Name
    window: str = ""
    rows: int = 0
    reference: int | None = None
    shifts: tuple[Shift, ...] = ()
    onset: str | None = None
    onset_nodes: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()
    promises: Literal["met", "missed", "unknown", "nothing-promised"] = "unknown"
    answer: Answer
    why: Text = ""


class WatchDocument(Frozen):
    """`millwright.model-watch/1`: one look at all feeds and models."""

    schema_: Annotated[Literal["millwright.model-watch/1"], Field(alias="schema")] = (
        "millwright.model-watch/1"
    )
    at: str
    factory: str
    simulated: bool
    feeds: tuple[FeedLook, ...]
    judged: dict[Name, tuple[FeedJudged, ...]]
    models: tuple[ModelLook, ...]
