"""An incident: one complaint about a node, what was decided and done, and how it came out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen, ShortText, Text

Severity = Literal["critical", "warning", "watch"]
FaultWord = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*(:[A-Za-z0-9_.@+-]+)*$", max_length=80)]
"""What is wrong, in the catalogue's words: `xid:79`, `service:slurmd`, `degraded:compute`."""


class Complaint(Frozen):
    """What somebody says is wrong with a node, or a device of it.

    `families` are the independent kinds of evidence, `hard` says that one fact stands alone.
    `advised` is what the finding itself asks for. `source` is where it was told, and `check` what
    asks again; without a check only the acceptance tests can.
    """

    node: ShortText
    device: str = ""
    fault: FaultWord
    severity: Severity = "critical"
    families: tuple[str, ...] = ()
    hard: bool = False
    since: str | None = None
    message: Text = ""
    check: str = ""
    advised: tuple[str, ...] = ()
    source: ShortText
    simulated: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes two complaints of one node the same."""
        return self.node, self.fault

    @property
    def family(self) -> str:
        """Return the class of the fault: `xid` of `xid:79`."""
        return self.fault.partition(":")[0]

    @property
    def weak(self) -> bool:
        """Return whether this is one weak sign: nothing disruptive is done for it."""
        return not self.hard and (self.severity == "watch" or len(set(self.families)) < 2)


class Chance(Frozen):
    """How likely a remedy mends a fault: Beta(`alpha`, `beta`) after `mended` of `tried` tries.

    `prior_source` says where the distribution before any try comes from.
    """

    remedy: str
    alpha: Figure
    beta: Figure
    mended: int = 0
    tried: int = 0
    prior_source: str = ""

    @property
    def mean(self) -> float:
        """Return the expectation."""
        return self.alpha / (self.alpha + self.beta)


class Weighed(Frozen):
    """What taking a remedy first is expected to cost, in node-minutes, with its terms.

    `own` is the remedy's own price, `wrong` that of being wrong with it, `after` what follows with
    the chance that it does not help. `excluded` says why it may not be taken.
    """

    remedy: str
    chance: Figure
    own: Figure
    wrong: Figure
    after: Figure
    total: Figure | None
    excluded: str = ""


class Choice(Frozen):
    """Which remedy comes first, what comes after it where it does not help, and why."""

    remedy: str
    ladder: tuple[str, ...]
    weighed: tuple[Weighed, ...]
    chances: tuple[Chance, ...]
    reasons: tuple[str, ...]


Stands = Literal["open", "watched", "unconfirmed", "returned", "work-queue", "rma"]
"""Open; one weak sign, watched; not found again; repaired and back; a person has to look; sent
back to its vendor."""
CLOSED: frozenset[Stands] = frozenset(("watched", "unconfirmed", "returned"))
"""Nothing is left to do for these; the queue is a person's."""


class Moment(Frozen):
    """One line of an incident's timeline."""

    at: str
    what: Text
    evidence: tuple[str, ...] = ()
    actor: str = ""


class Impact(Frozen):
    """Whom it hurts: jobs that were on the node, the workloads of its tier, and what people do
    meanwhile. `downtime_procedure` is what the spec names; empty where it names none."""

    pool: str = ""
    tier: str = ""
    jobs: tuple[str, ...] = ()
    jobs_known: bool = False
    workloads: tuple[str, ...] = ()
    left_in_service: int | None = None
    min_replicas: int | None = None
    downtime_procedure: str = ""


class Incident(Frozen):
    """`millwright.incident/1`: everything about one incident, in one document."""

    schema_: Annotated[Literal["millwright.incident/1"], Field(alias="schema")] = (
        "millwright.incident/1"
    )
    id: ShortText
    node: ShortText
    stands: Stands
    opened: str
    closed: str | None = None
    simulated: bool
    complaint: Complaint
    sku: str = ""
    choice: Choice | None = None
    mode: str = ""
    confirmed_by: str = ""
    impact: Impact = Impact()
    timeline: tuple[Moment, ...] = ()
    evidence: tuple[str, ...] = ()
    packet: str = ""
