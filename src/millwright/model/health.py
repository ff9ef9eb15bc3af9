"""Health: checks as data of the catalogue, and what a sweep of nodes found by them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from millwright.model.base import Frozen, Instant, ShortText, Text
from millwright.model.sourced import Confidence, Entry, Sourced

CheckSubject = Literal[
    "node",
    "gpu",
    "nvlink",
    "fabric",
    "host",
    "storage",
    "clock",
    "bmc",
    "service",
    "slurm",
    "device",
]
Severity = Literal["critical", "warning", "watch"]
"""Critical takes a node out of service; a warning wants somebody; what is watched is one weak
sign, and alone makes nothing unhealthy."""
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "watch")
Reason = Literal["boot", "window", "drain"]
"""What may explain a finding: the node has just booted, somebody said that he works there, or a
run of ours drained it."""
Per = Literal["", "second", "minute", "hour", "share"]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Step = Annotated[str, Field(pattern=r"^[a-z][a-z-]*$", max_length=30)]


class Check(Entry):
    """One check: a signal, and from where on it is not well.

    `signal` names what a source of `manage/health` tells for each device. Exactly one of `at_most`,
    `at_least`, `one_of` and `none_of` judges it; `limits` has limits of their own for GPUs of a
    name. `per` makes a counter a rate, or the share of time that counted microseconds are.
    `on_metal` checks ask for what only a machine has, and a container of one cannot tell. GPUs in
    `not_on` do not have the signal. In `summary`, [device], [value] and [limit] are filled in.
    `fault` is the catalogue's word for what a finding means.
    """

    subject: CheckSubject
    signal: Word
    at_most: Sourced[float] | None = None
    at_least: Sourced[float] | None = None
    one_of: tuple[ShortText, ...] = ()
    none_of: tuple[ShortText, ...] = ()
    limits: dict[str, Sourced[float]] = {}
    per: Per = ""
    unit: Annotated[str, Field(max_length=20)] = ""
    severity: Severity
    scope: Literal["node", "gpu", "link", "port", "disk", "mount", "unit", "sensor", "message"]
    cadence_s: PositiveInt = 300
    maturity: Literal["proven", "trial"] = "trial"
    on_metal: bool = False
    not_on: tuple[ShortText, ...] = ()
    silenced_by: tuple[Reason, ...] = ()
    summary: ShortText
    advice: Text
    actions: Annotated[tuple[Step, ...], Field(min_length=1)]
    fault: Annotated[str, Field(max_length=80)] = ""

    @model_validator(mode="after")
    def _one_judgement(self) -> Self:
        said = [self.at_most is not None, self.at_least is not None]
        said += [bool(self.one_of), bool(self.none_of)]
        if sum(said) != 1:
            raise ValueError("exactly one of at_most, at_least, one_of and none_of judges a signal")
        if (self.per or self.limits) and not (said[0] or said[1]):
            raise ValueError("only numbers have a rate or limits by GPU")
        return self

    def limit_for(self, gpu: str) -> Sourced[float] | None:
        """Return the limit for a node with these GPUs; None where words are compared."""
        return self.limits.get(gpu, self.at_most or self.at_least)


class HealthSettings(Entry):
    """What holds for all checks: for how long after a boot it explains what a check says that it
    may, and over how long a rate is taken at least."""

    boot_grace_s: Sourced[PositiveInt]
    rate_over_s: Sourced[PositiveInt]


class HealthFinding(Frozen):
    """One thing that is not well at one node, and what to do about it.

    `value` is what was seen, in `unit`, `limit` where it begins to be wrong; `since` is when, where
    a message says so. `silenced` says why nobody is called for it; `evidence` names the question
    whose answer shows it. `fault` and `check` can be explained.
    """

    check: str
    node: str
    device: str = ""
    severity: Severity
    message: Text
    value: float | str | None = None
    limit: float | str | None = None
    unit: str = ""
    count: PositiveInt = 1
    since: str | None = None
    fault: str = ""
    advice: Text
    actions: tuple[str, ...]
    maturity: Literal["proven", "trial"]
    silenced: str | None = None
    evidence: str = ""
    source: ShortText
    confidence: Confidence


class Unanswered(Frozen):
    """Checks of one node that nobody could answer, and why."""

    checks: tuple[str, ...]
    why: Text


class NodeHealth(Frozen):
    """How many checks apply to one node, and what came of them: never OK by default.

    `not_testable` are those that ask for a machine where there is a container of one. `silent` says
    why the node did not answer at all, `explained` why nobody wonders at that.
    """

    checks: int
    answered: int
    unknown: tuple[Unanswered, ...] = ()
    not_testable: tuple[str, ...] = ()
    silent: str | None = None
    explained: str | None = None
    up_s: float | None = None


Answer = Literal["healthy", "unhealthy", "unanswered"]


class HealthDocument(Frozen):
    """`millwright.health/1`: one sweep over nodes.

    `expected_from` says whether a design said what each node should have. `previous` is when the
    counters that rates are taken against were read. Silenced findings are told and count nothing.
    """

    schema_: Annotated[Literal["millwright.health/1"], Field(alias="schema")] = (
        "millwright.health/1"
    )
    at: Instant
    answer: Answer
    simulated: bool
    run: str = ""
    expected_from: Literal["design", "nothing"]
    previous: str | None = None
    nodes: dict[str, NodeHealth]
    findings: tuple[HealthFinding, ...]


class Counters(Frozen):
    """`millwright.counters/1`: counters of a sweep by node, signal and device, for the next one,
    and which nodes were silent."""

    schema_: Annotated[Literal["millwright.counters/1"], Field(alias="schema")] = (
        "millwright.counters/1"
    )
    at: Instant
    nodes: dict[str, dict[str, float]]
    silent: tuple[str, ...] = ()


Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Window(Frozen):
    """Nodes that somebody works at until a time, and why."""

    id: Annotated[str, Field(pattern=r"^w[0-9]{1,6}$")]
    nodes: ShortText
    begin: Moment
    end: Moment
    reason: ShortText
    by: ShortText


class Maintenance(Frozen):
    """The whole of `maintenance.yaml` (millwright.maintenance/1)."""

    schema_: Annotated[Literal["millwright.maintenance/1"], Field(alias="schema")] = (
        "millwright.maintenance/1"
    )
    windows: tuple[Window, ...] = ()
