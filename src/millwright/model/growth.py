"""Growth in operation: what comes, what it changes on what stands, and how a run of it stands."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from millwright.model.base import Figure, Frozen, ShortText, Text
from millwright.model.burnin import Class
from millwright.model.finding import Finding

GrowStep = Literal[
    "note", "record", "before", "rack", "trust", "preflight", "boot", "burn-in", "deploy", "after",
    "serve", "books", "prove",
]  # fmt: skip
"""Since when daemons run is noted; the design is recorded; fabric and storage are tested as they
stand; new nodes answer, are trusted, are fit, boot, are burnt in, get their roles; fabric and
storage are tested with them; they serve; the books are written; nothing was started again."""
STEPS: tuple[GrowStep, ...] = get_args(GrowStep)


class Arrival(Frozen):
    """A device that comes, where it is put, and its addresses by network."""

    name: ShortText
    role: ShortText
    model: ShortText
    rack: str | None = None
    u: int | None = None
    addresses: dict[str, str] = {}


class NewCable(Frozen):
    """A cable that comes, each end as `device port`. `takes` is a port of what stands already."""

    fabric: ShortText
    a: ShortText
    b: ShortText
    takes: str = ""


class RoleChange(Frozen):
    """A role that growth changes on installed hosts: what of it, and how they come to know.

    `effect` is what their daemons do about it.
    """

    role: ShortText
    hosts: tuple[str, ...]
    what: tuple[Text, ...]
    effect: Text


class Restart(Frozen):
    """A service of an installed host that growth starts again, and why nothing less does."""

    unit: ShortText
    hosts: tuple[str, ...]
    why: Text


class Origin(Frozen):
    """The inputs that a design was made from."""

    tool_version: str
    spec_sha256: str
    catalog_sha256: str


class GrowthPlan(Frozen):
    """`millwright.growth-plan/1`: the larger design against the recorded one.

    `installed` are the hosts that stand, `computing` those of them that compute. `moves` are
    installed things that would change, which growth alone never does. `open_steps` were to be done
    on installed hosts before growth already. `refused` says why it is not carried out as it is.
    """

    schema_: Annotated[Literal["millwright.growth-plan/1"], Field(alias="schema")] = (
        "millwright.growth-plan/1"
    )
    factory: str
    at: str
    simulated: bool
    before: Origin
    after: Origin
    installed: tuple[str, ...]
    computing: tuple[str, ...]
    head: str
    nodes: tuple[str, ...]
    devices: tuple[Arrival, ...] = ()
    racks: tuple[str, ...] = ()
    cables: tuple[NewCable, ...] = ()
    moves: tuple[Finding, ...] = ()
    roles: tuple[RoleChange, ...] = ()
    restarts: tuple[Restart, ...] = ()
    open_steps: tuple[str, ...] = ()
    new_steps: int = 0
    disturbs: tuple[str, ...] = ()
    jobs: Text = ""
    minutes: Figure | None = None
    minutes_source: Text = ""
    refused: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()


class Service(Frozen):
    """A service that runs on a host: its process, and when that was started, in the clock ticks
    of the host's own start."""

    unit: ShortText
    pid: int
    started: int


class HostLife(Frozen):
    """What runs on a host. One that did not tell says why in `silent`, and nothing is known of
    it."""

    host: ShortText
    boot: str = ""
    services: tuple[Service, ...] = ()
    silent: Text = ""


class RunningJob(Frozen):
    """A job of a person: its number, since when it runs, and where."""

    id: ShortText
    since: ShortText
    nodes: str = ""


class Noted(Frozen):
    """Everything that must still run afterwards. `jobs_silent` says why jobs are not known."""

    at: str
    hosts: tuple[HostLife, ...]
    jobs: tuple[RunningJob, ...] = ()
    jobs_silent: Text = ""


class Proof(Frozen):
    """What was started again or is gone since it was noted, what nobody can tell of, and how much
    was compared. `foreseen` was told in the plan and allowed."""

    at: str
    restarted: tuple[Text, ...] = ()
    foreseen: tuple[Text, ...] = ()
    unknown: tuple[Text, ...] = ()
    ended: tuple[Text, ...] = ()
    services: int = 0
    hosts: int = 0
    jobs: int = 0


class GrowthSaid(Frozen):
    """What was said on the command line: which services may start again, and how nodes are
    tested."""

    allow_restarts: tuple[str, ...] = ()
    allow_moves: bool = False
    class_: Class = "smoke"
    trust: bool = False
    within_minutes: Figure = 10.0


class Retested(Frozen):
    """Fabric and storage, as they were tested on some nodes: a word each, and medians by metric.

    Nodes that were not tested are UNKNOWN, and `untested` says why.
    """

    run: str = ""
    verdicts: dict[str, ShortText] = {}
    why: dict[str, Text] = {}
    untested: dict[str, Text] = {}
    medians: dict[str, Figure] = {}


GrowthPhase = Literal["intent", "done", "failed"]


class GrowthLine(Frozen):
    """One line of a run's journal: written before an act, and again when it is known what came
    of it. Without a node it is of the whole step."""

    run: ShortText
    step: GrowStep
    phase: GrowthPhase
    at: ShortText
    node: str = ""
    detail: Text = ""
    evidence: tuple[str, ...] = ()
    actor: str = ""


class GrowthRun(Frozen):
    """`millwright.growth-run/1`: how one growth stands. `former` is where the design of before is
    kept."""

    schema_: Annotated[Literal["millwright.growth-run/1"], Field(alias="schema")] = (
        "millwright.growth-run/1"
    )
    id: ShortText
    stands: Literal["open", "done", "halted"]
    opened: str
    closed: str | None = None
    simulated: bool
    plan: GrowthPlan
    said: GrowthSaid = GrowthSaid()
    former: str = ""
    noted: Noted | None = None
    before: Retested | None = None
    after: Retested | None = None
    proof: Proof | None = None
    why: Text = ""
    actor: str = ""
