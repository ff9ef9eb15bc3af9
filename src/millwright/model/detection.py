"""What day 2 notices in telemetry: families of evidence, findings, and what they rest on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen, ShortText
from millwright.model.sourced import Entry, Sourced

FindingKind = Literal[
    "degradation", "outlier", "hard-fact", "flat-line", "stale", "common-cause", "slow-job"
]
Weight = Literal["act", "watch", "unknown"]
"""`act`: two independent families, or one hard fact. `watch`: one family, a test comes first.
`unknown`: what is silent or stuck says nothing, and is never healthy."""

Rule = Literal["peers", "ratio", "history", "acceptance", "fact", "silence", "constancy", "group"]
PERSISTS = 3
"""Windows in which a thing must show before it counts; fewer of them show nothing."""
Percent = Annotated[float, Field(gt=0, le=100)]
Positive = Annotated[float, Field(gt=0)]


class EvidenceFamily(Entry):
    """Metrics that tell of one thing: two of one family are one witness, however many agree.

    `metrics` are names of the vocabulary, `kinds` families of it whose metrics fall in here unless
    another family names them; `words` place metrics that the vocabulary does not have.
    `change_percent` or `change_absolute` is the least lasting change that is looked for,
    `floor_percent` or `floor_absolute` the least spread that peers are believed to have. `facts`
    are metrics of which one count more is proof, `states` those that are proof where they are not
    zero. Of a metric that the vocabulary judges both ways, `lower_is_worse` and `higher_is_worse`
    say which way harms beside peers who do the same work. `load` is true where the family follows
    what runs, so that it is compared at work alone. `retest` is the active test that settles a
    doubt.
    """

    metrics: tuple[ShortText, ...] = ()
    kinds: tuple[ShortText, ...] = ()
    words: tuple[ShortText, ...] = ()
    facts: tuple[ShortText, ...] = ()
    states: tuple[ShortText, ...] = ()
    lower_is_worse: tuple[ShortText, ...] = ()
    higher_is_worse: tuple[ShortText, ...] = ()
    change_percent: Sourced[Percent] | None = None
    change_absolute: Sourced[Positive] | None = None
    floor_percent: Sourced[Percent] | None = None
    floor_absolute: Sourced[Positive] | None = None
    load: bool = False
    retest: ShortText
    advice: ShortText


class Evidence(Frozen):
    """What a finding rests on. `windows` of the last `of_windows` deviated.

    `peer_median` and `mad` are of the peers in the same window, in the metric's unit; null where
    there were none. `change_percent` is against the own past, or the peers where `rule` is `peers`.
    `past` is the metric's own level before, `acceptance` what it was accepted with.
    """

    metric: str
    unit: str = ""
    family: str
    rule: Rule
    value: Figure | None
    peer_median: Figure | None
    mad: Figure | None
    peers: int
    windows: int
    of_windows: int
    score: Figure | None = None
    change_percent: Figure | None = None
    past: Figure | None = None
    acceptance: Figure | None = None


class Found(Frozen):
    """One thing that is not as it should be, at one device ("" for the node) or a group of nodes.

    `node` is a node set where `nodes` has several. `since` is when it began as far as can be told,
    `noticed` when the rule had seen enough, `until` when it was over; null where it lasts.
    """

    node: str
    device: str
    kind: FindingKind
    weight: Weight
    families: tuple[str, ...]
    since: str
    noticed: str
    until: str | None = None
    evidence: Evidence
    further: tuple[Evidence, ...] = ()
    nodes: tuple[str, ...] = ()
    group: str = ""
    reason: str
    advice: str


class FalseAlarms(Frozen):
    """How often nothing at all would be called something, in this fleet and by these rules.

    `by_tails` extends the tails of what healthy series reached here, `low` and `high` bound it by
    how little a tail tells (95 %), and `by_rule` parts it; `by_resampling` comes from their own
    past, shuffled by the hour; null where there is too little of it. `arl_windows` is the
    average run length that thresholds were chosen for, per series. `assumed` says what all of it
    rests on, `looks_a_month` how many spans like this one a month has.
    """

    by_tails: Figure | None
    by_resampling: Figure | None
    arl_windows: Figure
    series: int
    low: Figure | None = None
    high: Figure | None = None
    by_rule: dict[str, Figure] = {}
    looks_a_month: Figure | None = None
    assumed: tuple[str, ...] = ()


class FindingsDocument(Frozen):
    """`millwright.findings/1`: everything that stood out in some telemetry."""

    schema_: Annotated[Literal["millwright.findings/1"], Field(alias="schema")] = (
        "millwright.findings/1"
    )
    simulated: bool
    begin: str
    end: str
    window_s: Figure
    windows: int
    nodes: int
    series: int
    findings: tuple[Found, ...]
    expected_false_alarms_per_month: Figure | None
    false_alarms: FalseAlarms
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
