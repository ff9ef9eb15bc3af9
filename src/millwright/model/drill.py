"""A drill: what is taken away on purpose, what is timed against which objective, what came of it.

The journal only grows: what is about to be done stands in it before it is done.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from millwright.model.base import Figure, Frozen, ShortText, Text
from millwright.model.remedyplan import Rail
from millwright.model.verdict import Verdict

DrillKind = Literal["node-loss", "head-restore", "wan-loss"]
KINDS: tuple[DrillKind, ...] = get_args(DrillKind)
PREFIX = "drl-"
"""What the name of a drill begins with; nodes in one carry it in their journal."""


class Objective(Frozen):
    """What the factory promises for one figure of a drill, and where that is said."""

    figure: ShortText
    at_most: Figure | None = None
    at_least: Figure | None = None
    unit: ShortText
    source: ShortText

    @property
    def told(self) -> str:
        """Return it in words."""
        if self.at_most is not None:
            return f"at most {self.at_most:g} {self.unit}"
        return f"at least {self.at_least:g} {self.unit}"


class DrillFigure(Frozen):
    """One figure of a drill. `value` is null where it was not seen.

    `verdict` is null where the figure is only told: no factory promises it. What could be promised
    and is not has no objective, and is UNKNOWN: `unpromised` says so, for else what is UNKNOWN is
    so because something did not answer, or was not seen.
    """

    name: ShortText
    what: ShortText
    value: Figure | None = None
    unit: str = ""
    objective: Objective | None = None
    verdict: Verdict | None = None
    unpromised: bool = False
    why: Text = ""

    @property
    def unanswered(self) -> bool:
        """Return whether it is UNKNOWN for want of an answer, not of a promise."""
        return self.verdict is Verdict.UNKNOWN and not self.unpromised


class DrillPlan(Frozen):
    """`millwright.drill-plan/1`: what a drill would do, and what holds it back.

    `nodes` are those that it acts on; `wants` is what has to be said before it may be run. `facts`
    are what was asked for the plan, as words.
    """

    schema_: Annotated[Literal["millwright.drill-plan/1"], Field(alias="schema")] = (
        "millwright.drill-plan/1"
    )
    kind: DrillKind
    factory: str
    at: str
    simulated: bool
    nodes: tuple[str, ...]
    touches: tuple[Text, ...]
    blast: tuple[Text, ...]
    undone_by: Text
    steps: tuple[Text, ...]
    objectives: tuple[Objective, ...] = ()
    no_objective: tuple[Text, ...] = ()
    rails: tuple[Rail, ...] = ()
    wants: tuple[str, ...] = ()
    limit_s: Figure
    notes: tuple[Text, ...] = ()
    settings: dict[str, str] = {}

    @property
    def held(self) -> tuple[Rail, ...]:
        """Return the guard rails that hold it back."""
        return tuple(rail for rail in self.rails if rail.holds)


DrillStep = Literal[
    "begin", "job", "lose", "seen", "restore", "validate", "return", "clean", "look", "cut",
    "uncut", "take", "try", "stop",
]  # fmt: skip
DrillPhase = Literal["intent", "done", "failed"]


class DrillDeed(Frozen):
    """One line of a drill's journal. `outcome` is a word of the step's own.

    `answer` holds what a node told, as JSON, where a figure is reckoned from it.
    """

    drill: ShortText
    step: DrillStep
    phase: DrillPhase
    at: ShortText
    node: str = ""
    outcome: str = ""
    detail: Text = ""
    boot_id: str = ""
    answer: Annotated[str, Field(max_length=8_000_000)] = ""
    evidence: tuple[str, ...] = ()
    actor: str = ""


DrillStands = Literal["open", "done", "abandoned", "stopped"]
"""It goes on with `resume`; it came to its end; it ended before anything was taken away; somebody
ended it on purpose, and what was taken away was given back."""


class DrillRecord(Frozen):
    """`millwright.drill/1`: one drill, from its plan to its verdict.

    `verdict` is null while it is open, where nothing was tried, and where somebody stopped it.
    """

    schema_: Annotated[Literal["millwright.drill/1"], Field(alias="schema")] = "millwright.drill/1"
    id: ShortText
    kind: DrillKind
    stands: DrillStands
    opened: str
    closed: str | None = None
    simulated: bool
    plan: DrillPlan
    figures: tuple[DrillFigure, ...] = ()
    verdict: Verdict | None = None
    why: Text = ""
    runs: tuple[str, ...] = ()
    actor: str = ""
    confirmed_by: str = ""
