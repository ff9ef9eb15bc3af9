"""What a check of compliance found: each control's answer, from what, and since when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen, Instant, ShortText, Text
from millwright.model.compliance import Level, PackStatus, Read
from millwright.model.evidence import Signed

Found = Literal["pass", "fail", "unknown", "not-applicable"]
"""What a machine said."""
Answer = Literal[
    "pass", "attested", "compensating", "waived", "not-applicable", "unanswered", "unknown", "fail",
]  # fmt: skip
"""From good to bad. `unanswered`: nobody was asked, or a person's part is missing; `unknown`: a
machine was asked and did not tell."""
ANSWERED: frozenset[Answer] = frozenset(("pass", "attested", "compensating", "waived"))
WORST: tuple[Answer, ...] = (
    "fail", "unknown", "unanswered", "waived", "compensating", "attested", "pass", "not-applicable",
)  # fmt: skip


class Trace(Frozen):
    """Where evidence lies: a run's folder with the node and question, or a row of the workspace."""

    what: ShortText
    at: str = ""
    node: str = ""


class Testimony(Frozen):
    """What one machine question came to, over all nodes that it is about."""

    ask: ShortText
    found: Found
    why: Text
    at: str = ""
    simulated: bool = False
    nodes: Annotated[dict[str, str], Field(max_length=70_000)] = {}
    """Nodes that are not well, with what they said."""
    traces: tuple[Trace, ...] = ()


WordKind = Literal["attestation", "waiver", "compensating", "withdrawal"]


class Word(Signed):
    """`millwright.compliance-word/1`: what a person stands for; it is never changed, only followed
    by another one.

    `document` is the SHA-256 of the file that proves it. A withdrawal ends the word that `of`
    names. A waiver and a compensating measure say what is done instead. `key` and `signature` are
    there where it was signed.
    """

    schema_: Annotated[Literal["millwright.compliance-word/1"], Field(alias="schema")] = (
        "millwright.compliance-word/1"
    )
    id: ShortText
    kind: WordKind
    control: ShortText
    at: Instant
    by: ShortText
    owner: ShortText
    reason: Annotated[str, Field(min_length=3, max_length=2_000)]
    expires: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    instead: Text = ""
    document: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    document_name: str = ""
    of: str = ""


class ControlAnswer(Frozen):
    """One control: its answer, why, what machines and what persons said."""

    control: ShortText
    title: ShortText
    answer: Answer
    why: Text
    simulated: bool = False
    stale: bool = False
    testimony: tuple[Testimony, ...] = ()
    words: tuple[Word, ...] = ()
    due: str | None = None
    """When it has to be asked, or stood for, again."""


class RuleAnswer(Frozen):
    """One paragraph of a pack: the worst of its controls, and what scans say of it."""

    pack: ShortText
    ref: ShortText
    words: ShortText
    level: Level
    status: PackStatus
    read: Read
    answer: Answer
    why: Text
    simulated: bool = False
    applies_from: str | None = None
    controls: tuple[str, ...] = ()


class Coverage(Frozen):
    """How many paragraphs of a pack are answered how; `total` is the denominator of any share."""

    pack: ShortText
    title: ShortText
    status: PackStatus
    applies_from: str | None = None
    total: int
    counts: dict[str, int]
    simulated: int = 0
    """How many of them rest on simulated machines."""


class ScopeNote(Frozen):
    """Something of the scope, with the reason."""

    name: ShortText
    why: Text
    status: str = ""
    applies_from: str | None = None


class Scope(Frozen):
    """`millwright.compliance-scope/1`: which rule books hold, for which data, where it may lie.

    `suggested` are packs that seem to apply and were not chosen. `zones` says for each class of
    data which zones may hold it, `forbidden` why another one may not.
    """

    schema_: Annotated[Literal["millwright.compliance-scope/1"], Field(alias="schema")] = (
        "millwright.compliance-scope/1"
    )
    factory: ShortText
    jurisdiction: str | None
    simulated: bool = False
    data: tuple[str, ...] = ()
    packs: tuple[ScopeNote, ...] = ()
    suggested: tuple[ScopeNote, ...] = ()
    nodes: tuple[str, ...] = ()
    patients: tuple[ScopeNote, ...] = ()
    """Pools that hold data of patients, with what brings it there."""
    residency: dict[str, tuple[str, ...]] = {}
    zones: dict[str, tuple[str, ...]] = {}
    forbidden: tuple[ScopeNote, ...] = ()
    retention_years: dict[str, float] = {}


class AccessRow(Frozen):
    """One way in, on the nodes that have it alike. `since` is when the file of keys was written
    last on the node where that was longest ago: a day, and no proof of who came in."""

    login: ShortText
    uid: int
    nodes: str
    keys: tuple[str, ...] = ()
    hardware: bool = False
    root_by: tuple[str, ...] = ()
    unasked: bool = False
    since: str = ""
    declared: bool | None = None
    first_seen: str = ""
    """The first check of this workspace that saw this login with these keys."""


class WayRow(Frozen):
    """One way out of nodes, where it ends, and whether data may go there."""

    kind: ShortText
    thing: str
    host: str
    zone: str | None
    how: str
    allowed: bool
    nodes: str


class AssetRow(Frozen):
    """One node as it is: for the inventory and the map."""

    node: ShortText
    role: str
    pool: str = ""
    model: str = ""
    serial: str = ""
    gpus: str = ""
    os: str = ""
    addresses: tuple[str, ...] = ()
    designed: bool | None = None
    patients: str = ""


class Check(Frozen):
    """`millwright.compliance-check/1`: one check, whole."""

    schema_: Annotated[Literal["millwright.compliance-check/1"], Field(alias="schema")] = (
        "millwright.compliance-check/1"
    )
    factory: ShortText
    at: Instant
    by: str = ""
    run: str = ""
    source: Text = ""
    """From where facts came: nodes, a recording, kept evidence."""
    facts_at: str = ""
    simulated: bool
    tool_version: str
    catalog_sha256: str = ""
    scope: Scope
    coverage: tuple[Coverage, ...]
    rules: tuple[RuleAnswer, ...]
    controls: tuple[ControlAnswer, ...]
    silent: dict[str, str] = {}
    access: tuple[AccessRow, ...] = ()
    ways: tuple[WayRow, ...] = ()
    assets: tuple[AssetRow, ...] = ()
