"""The journal of one drill. Every call is on the disk before it returns."""

from __future__ import annotations

from millwright.journeys.drillhands import Pen
from millwright.journeys.remedyhands import Judged
from millwright.manage.drill.judging import first, verdict_of
from millwright.model.drill import (
    DrillDeed,
    DrillFigure,
    DrillPhase,
    DrillRecord,
    DrillStands,
    DrillStep,
)
from millwright.model.lifecycle import NodeState, Transition


class DrillDiary:
    """Reads and writes what a drill did."""

    def __init__(self, record: DrillRecord, hands: Pen) -> None:
        self.record = record
        self._hands = hands

    def deeds(self) -> tuple[DrillDeed, ...]:
        """Return the whole journal of the drill, the oldest first."""
        return tuple(self._hands.book.deeds(self.record.id))

    def last(self, step: DrillStep) -> DrillDeed | None:
        """Return the last line of a step."""
        return next((deed for deed in reversed(self.deeds()) if deed.step == step), None)

    def done(self, step: DrillStep, outcome: str | None = None) -> DrillDeed | None:
        """Return the line that says that a step was done."""
        return first(self.deeds(), step, "done", outcome)

    def intended(self, step: DrillStep) -> bool:
        """Return whether a step was ever about to be done."""
        return first(self.deeds(), step, "intent") is not None

    def write(self, step: DrillStep, phase: DrillPhase, detail: str = "", **more: str) -> None:
        """Add a line; `more` are further words of it."""
        self._hands.book.put(
            DrillDeed(
                drill=self.record.id, step=step, phase=phase, at=self._hands.now(),
                detail=detail[:2000], actor=self._hands.actor,
                node=more.get("node", ""), outcome=more.get("outcome", ""),
                boot_id=more.get("boot_id", ""), answer=more.get("answer", ""),
            )
        )  # fmt: skip

    def judged(self, step: DrillStep, phase: DrillPhase, found: Judged, outcome: str = "") -> None:
        """Add what a look came to, with where it can be read."""
        self._hands.book.put(
            DrillDeed(
                drill=self.record.id, step=step, phase=phase, at=self._hands.now(),
                detail=found.why[:2000], outcome=outcome or found.outcome,
                evidence=found.evidence, actor=self._hands.actor,
            )
        )  # fmt: skip

    def move(self, node: str, after: NodeState, why: str) -> None:
        """Keep that a node goes into another state; one that is there already stays."""
        before = self._hands.book.state(node)
        if before != after:
            self._hands.book.move(
                Transition(
                    node=node, before=before, after=after, at=self._hands.now(),
                    incident=self.record.id, why=why[:2000] or after, actor=self._hands.actor,
                )
            )  # fmt: skip

    def close(
        self, stands: DrillStands, why: str = "", figures: tuple[DrillFigure, ...] = ()
    ) -> None:
        """Keep how the drill came out; with figures it has a verdict, but for one that somebody
        stopped: what it did not come to says nothing of any promise."""
        verdict, told = verdict_of(figures) if figures else (None, why)
        if (stop := self.last("stop")) is not None:
            stands, verdict = "stopped", None
            said_so = f": {stop.detail}" if stop.detail else ""
            why = "; ".join(each for each in (f"stopped by {stop.actor}{said_so}", why) if each)
        said = {"stands": stands, "closed": self._hands.now(), "figures": figures}
        self.keep(**said, verdict=verdict, why=(why or told)[:2000])

    def keep(self, **more: object) -> None:
        """Keep what is known of the drill now."""
        self.record = self.record.model_copy(update=more)
        self._hands.book.keep(self.record)
