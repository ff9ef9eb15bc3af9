"""The loss of a node: which node may be lost, and what was seen once it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from millwright.manage.drill.judging import first, held, objective_of, seconds
from millwright.manage.drill.objectives import UNSAID
from millwright.model.drill import DrillDeed, DrillFigure, DrillPlan
from millwright.model.health import HealthFinding
from millwright.model.verdict import Verdict

DOWN, REQUEUED, ELSEWHERE, NAMED, LEFT, GONE, BROKEN = (
    "down", "requeued", "elsewhere", "named", "left", "job-gone", "broken",
)  # fmt: skip
"""What is seen while a node is away; the last is that the watch itself broke off."""
ANOTHER = (
    "its controller said that it has no power, and it goes on as before: look at once which "
    "machine lost its power instead, and at the address of the controller in the design"
)
WATCHED = (DOWN, REQUEUED, ELSEWHERE, NAMED)
IDLE = "idle"
OF_LOSS = frozenset(("silent-for-now", "silent-with-power", "power-off", "slurm-out"))
"""Checks that name a node which is away; what else was wrong with it before says nothing of it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that could be lost: how the scheduler has it, and whose jobs run there."""

    node: str
    state: str
    jobs: tuple[str, ...] | None = ()
    held: tuple[str, ...] = ()

    @property
    def unfit(self) -> str:
        """Return why it is not to be lost; nothing where it may."""
        if self.held:
            return "; ".join(self.held)
        if self.jobs is None:
            return "nobody can tell which jobs run there"
        if self.jobs:
            return f"jobs run there: {', '.join(self.jobs[:3])}"
        return "" if self.state == IDLE else f"the scheduler has it {self.state or 'not at all'}"


def loss_named(found: Iterable[HealthFinding], silent: str | None) -> str:
    """Return by which words a sweep says that a node is away, or nothing. `found` is of that node;
    `silent` says why it did not answer."""
    told = [each.message for each in found if not each.silenced and each.check in OF_LOSS]
    if told:
        return "; ".join(told)
    return f"it does not answer: {silent}" if silent else ""


def fittest(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the first node that may be lost."""
    return next((each for each in candidates if not each.unfit), None)


def figures(plan: DrillPlan, deeds: Sequence[DrillDeed]) -> tuple[DrillFigure, ...]:
    """Return what losing a node showed; times run from the order to its controller."""
    lost = first(deeds, "lose", "intent")
    whole = sum(d.step == "begin" for d in deeds) == 1
    told = tuple(_told(deeds, lost, each, whole) for each in (DOWN, REQUEUED, NAMED))
    return (
        told[0], told[1], held(_elsewhere(deeds, lost, whole), plan), told[2],
        held(_left(plan, deeds), plan), _back(deeds, lost),
    )  # fmt: skip


_WHAT = {
    DOWN: ("scheduler-knows", "the scheduler has the node down"),
    REQUEUED: ("job-requeued", "its job waits in the queue again"),
    NAMED: ("health-names", "health names the node"),
}
UNSEEN = "the drill was interrupted before it was seen"


def _told(
    deeds: Sequence[DrillDeed], lost: DrillDeed | None, outcome: str, whole: bool
) -> DrillFigure:
    name, what = _WHAT[outcome]
    seen = first(deeds, "seen", outcome=outcome)
    value = seconds(lost, seen)
    if value is not None and seen is not None:
        return DrillFigure(name=name, what=what, value=value, unit="s", why=seen.detail)
    failed = first(deeds, "seen", "failed", outcome)
    why = failed.detail if failed else _unseen(deeds, whole, "it was not seen in time")
    verdict = Verdict.FAIL if failed else Verdict.UNKNOWN
    return DrillFigure(name=name, what=what, verdict=verdict, why=why)


def _unseen(deeds: Sequence[DrillDeed], whole: bool, otherwise: str) -> str:
    broken = first(deeds, "seen", "failed", BROKEN)
    if broken is not None:
        return broken.detail
    return otherwise if whole else UNSEEN


def _elsewhere(deeds: Sequence[DrillDeed], lost: DrillDeed | None, whole: bool) -> DrillFigure:
    what = "its job runs on another node"
    seen = first(deeds, "seen", outcome=ELSEWHERE)
    if seen is not None:
        return DrillFigure(name="job-elsewhere", what=what, value=seconds(lost, seen), unit="s")
    failed = first(deeds, "seen", "failed", GONE) or first(deeds, "seen", "failed", ELSEWHERE)
    verdict = Verdict.FAIL if failed else Verdict.UNKNOWN
    why = failed.detail if failed else _unseen(deeds, whole, "no job of the drill was there")
    return DrillFigure(name="job-elsewhere", what=what, verdict=verdict, why=why)


def _left(plan: DrillPlan, deeds: Sequence[DrillDeed]) -> DrillFigure:
    name, what = "left-serving", "nodes of its tier that served meanwhile"
    seen = first(deeds, "seen", outcome=LEFT)
    if seen is not None:
        return DrillFigure(name=name, what=what, value=float(seen.answer), unit="nodes")
    if objective_of(plan, name) is None:
        why = f"{UNSAID}: its pool has no tier"
        return DrillFigure(name=name, what=what, unpromised=True, why=why)
    return DrillFigure(name=name, what=what, why="nobody told which nodes served")


def _back(deeds: Sequence[DrillDeed], lost: DrillDeed | None) -> DrillFigure:
    what = "the node is proven, and serves again"
    back = first(deeds, "return")
    if back is not None:
        return DrillFigure(
            name="node-back", what=what, value=seconds(lost, back), unit="s", why=back.detail
        )
    failed = first(deeds, "return", "failed")
    why = failed.detail if failed else "it does not serve"
    return DrillFigure(name="node-back", what=what, verdict=Verdict.FAIL, why=why)
