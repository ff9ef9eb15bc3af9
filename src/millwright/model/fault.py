"""What can break: what it means, who says what should be done, and what we would do and why.

Authorities disagree about the same fault, so an entry keeps every opinion with its source. What is
done is chosen in `manage/faults`, and never here.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from millwright.model.base import Frozen, Name, ShortText, Text
from millwright.model.faultwords import Action, meaning_of
from millwright.model.sourced import Confidence, Entry

Severity = Literal["critical", "warning", "info", "unknown"]
FaultFamily = Literal[
    "compute", "memory", "interconnect", "bus", "power", "thermal", "firmware", "application",
    "network", "storage", "host", "service",
]  # fmt: skip
FaultId = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*:[a-z0-9][a-z0-9.-]*$", max_length=60)
]
Line = Annotated[str, Field(min_length=1, max_length=400)]


class Authority(Entry):
    """Somebody who says what to do; its `source` is that of its opinions."""


class Opinion(Frozen):
    """What one authority says. `action` and `investigate` are its own words, `level` its own rank.

    `after` is how often the fault must come before the authority acts. An opinion without action
    only classifies.
    """

    authority: Name
    action: Annotated[str, Field(max_length=120)] = ""
    investigate: Annotated[str, Field(max_length=120)] = ""
    level: Annotated[str, Field(max_length=40)] = ""
    after: PositiveInt = 1
    source: Annotated[str, Field(max_length=200)] = ""
    note: Text = ""

    @model_validator(mode="after")
    def _known_word(self) -> Self:
        if self.action and meaning_of(self.action) is None:
            raise ValueError(f"the word {self.action!r} of an action is not known")
        return self

    @property
    def does(self) -> Action:
        """Return what the action comes to in our words."""
        return (meaning_of(self.action) or "unknown") if self.action else "unknown"


class RuleCounts(Frozen):
    """How many decode rules for sub-codes end in which word. Which sub-code ends where they do not
    say, so that none of them has a severity of its own here."""

    ignore: Annotated[int, Field(ge=0)] = 0
    reset: Annotated[int, Field(ge=0)] = 0
    follow: Annotated[int, Field(ge=0)] = 0


class Look(Frozen):
    """Something to look at before acting, with the command where there is one."""

    do: Line
    run: Annotated[str, Field(max_length=300)] = ""


class FaultGroup(Entry):
    """Faults that are handled alike: one runbook. Its members take from it what they do not say.

    `hard` marks facts that stand alone; anything else wants a second family of evidence before
    something disruptive is done.
    """

    family: FaultFamily
    severity: Severity
    hard: bool = False
    meaning: Text
    why: Text
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]
    shows: Annotated[tuple[Line, ...], Field(min_length=1)]
    causes: tuple[Line, ...] = ()
    looks: tuple[Look, ...] = ()
    stop: tuple[Line, ...] = ()
    records: tuple[Line, ...] = ()


class FaultStep(Entry):
    """What one of our actions is, done by hand: `name` is the action."""

    does: Text
    disrupts: Literal["nothing", "job", "gpu", "node", "hands"]
    commands: tuple[Annotated[str, Field(max_length=300)], ...] = ()
    done_when: Line
    stop: Line


class FaultRow(Frozen):
    """An entry as a file says it; what is None or empty is that of its group.

    `alone` is what would be done where nothing else struck the same device in that incident.
    """

    id: FaultId
    title: ShortText
    group: Name
    mnemonic: Annotated[str, Field(max_length=120)] = ""
    meaning: Text = ""
    severity: Severity | None = None
    hard: bool | None = None
    family: FaultFamily | None = None
    opinions: tuple[Opinion, ...] = ()
    actions: tuple[Action, ...] = ()
    alone: tuple[Action, ...] = ()
    why: Text = ""
    rules: RuleCounts | None = None
    source: ShortText = "unstated"
    confidence: Confidence = "estimate"
    note: Text = ""


class Fault(Frozen):
    """A fault with everything that is known of it."""

    id: FaultId
    title: ShortText
    group: Name
    mnemonic: str
    meaning: Text
    severity: Severity
    hard: bool
    family: FaultFamily
    opinions: tuple[Opinion, ...]
    actions: tuple[Action, ...]
    alone: tuple[Action, ...]
    why: Text
    rules: RuleCounts | None
    source: ShortText
    confidence: Confidence
    note: Text


class FaultOverride(Frozen):
    """What a site decides about a fault, against everybody but the driver itself."""

    id: FaultId
    action: ShortText
    why: Text
    by: Annotated[str, Field(max_length=100)] = ""

    @model_validator(mode="after")
    def _known_word(self) -> Self:
        if meaning_of(self.action) in (None, "workflow"):
            raise ValueError(f"the word {self.action!r} of an action is not known")
        return self

    @property
    def does(self) -> Action:
        """Return what the action comes to in our words."""
        return meaning_of(self.action) or "unknown"


class FaultCatalog(Frozen):
    """All faults by id, their groups, what the actions are, who speaks, and the site's word."""

    faults: dict[str, Fault]
    groups: dict[str, FaultGroup]
    steps: dict[str, FaultStep]
    authorities: dict[str, Authority]
    overrides: dict[str, FaultOverride] = {}


class Weighed(Frozen):
    """An opinion beside the others: its rank (1 is heard first), and why it wins or does not."""

    authority: str
    said: str
    does: Action
    investigate: str = ""
    level: str = ""
    after: int = 1
    source: str = ""
    rank: PositiveInt
    wins: bool
    why: str


class Advice(Frozen):
    """What is to be done about a fault: the chosen action, the steps around it, and all opinions.

    `severity` and `hard` are those of the fault, or what its own words say of this one occurrence.
    """

    fault: str
    action: Action
    authority: str
    because: str
    steps: tuple[Action, ...]
    severity: Severity
    hard: bool
    opinions: tuple[Weighed, ...]


def completed(row: FaultRow, group: FaultGroup, sources: dict[str, str]) -> Fault:
    """Return a row with what its group says; `sources` has the source of every authority."""
    opinions = tuple(
        opinion if opinion.source else opinion.model_copy(update={"source": sources[name]})
        for opinion in row.opinions
        if (name := opinion.authority) in sources or opinion.source
    )
    return Fault(
        id=row.id,
        title=row.title,
        group=row.group,
        mnemonic=row.mnemonic,
        meaning=row.meaning or group.meaning,
        severity=row.severity or group.severity,
        hard=group.hard if row.hard is None else row.hard,
        family=row.family or group.family,
        opinions=opinions,
        actions=row.actions or group.actions,
        alone=row.alone,
        why=row.why or group.why,
        rules=row.rules,
        source=row.source,
        confidence=row.confidence,
        note=row.note,
    )
