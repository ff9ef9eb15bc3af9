"""The journal of one growth: written before anything is done, read to know what is left."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.journeys.growhands import MARK, Hands
from millwright.model.growth import STEPS, GrowStep, GrowthLine, GrowthPhase, GrowthRun
from millwright.model.lifecycle import FIRST, NodeState, Transition


class Diary:
    """Reads and writes the journal of a run. Every call is on the disk before it returns."""

    def __init__(self, run: GrowthRun, hands: Hands) -> None:
        self.run = run
        self._hands = hands
        self._lines = list(hands.book.lines(run.id))
        self._states = dict(hands.book.states())

    @property
    def reason(self) -> str:
        """Return what the scheduler is told of nodes that this run leaves out."""
        return f"{MARK}{self.run.id}"

    def next(self) -> GrowStep | None:
        """Return the first step that is not done."""
        done = {line.step for line in self._lines if line.phase == "done" and not line.node}
        return next((step for step in STEPS if step not in done), None)

    def out(self) -> dict[str, str]:
        """Return the new nodes that stay out, each with the step that it failed and why."""
        return {
            line.node: f"{line.step}: {line.detail}"
            for line in self._lines
            if line.node in self.run.plan.nodes and line.phase == "failed"
        }

    def behind(self) -> dict[str, str]:
        """Return the installed hosts that were not told of the new nodes, and why."""
        return {
            line.node: line.detail
            for line in self._lines
            if line.node in self.run.plan.installed and line.phase == "failed"
        }

    def good(self) -> tuple[str, ...]:
        """Return the new nodes that go on."""
        out = self.out()
        return tuple(node for node in self.run.plan.nodes if node not in out)

    def intend(self, step: GrowStep, detail: str = "") -> None:
        """Add that a step is about to be done."""
        self._put(step, "intent", "", detail, ())

    def done(self, step: GrowStep, detail: str = "", evidence: Sequence[str] = ()) -> None:
        """Add that a step is through."""
        self._put(step, "done", "", detail, evidence)

    def through(self, step: GrowStep, node: str, detail: str, evidence: Sequence[str] = ()) -> None:
        """Add that a node is through a step."""
        self._put(step, "done", node, detail, evidence)

    def fell(self, step: GrowStep, node: str, why: str, evidence: Sequence[str] = ()) -> None:
        """Add that a node does not get through a step, and stays out."""
        self._put(step, "failed", node, why or "it did not pass", evidence)

    def keep(self, **more: object) -> None:
        """Keep how the run stands."""
        self.run = self.run.model_copy(update=more)
        self._hands.book.keep(self.run)

    def born(self, node: str) -> None:
        """Keep that a node is new, where nobody heard of it."""
        if node not in self._states:
            self._hands.book.born(self._step(node, "new", "new", "it comes with a growth"))
            self._states[node] = "new"

    def move(self, node: str, after: NodeState, why: str) -> None:
        """Keep that a node goes into another state; one that is there already stays."""
        before = self._states.get(node, FIRST)
        if before != after:
            self._hands.book.move(self._step(node, before, after, why))
            self._states[node] = after

    def state(self, node: str) -> NodeState:
        """Return a node's state."""
        return self._states.get(node, FIRST)

    def _step(self, node: str, before: NodeState, after: NodeState, why: str) -> Transition:
        return Transition(
            node=node, before=before, after=after, at=self._hands.now(), incident=self.run.id,
            why=why[:2000], actor=self._hands.actor,
        )  # fmt: skip

    def _put(
        self, step: GrowStep, phase: GrowthPhase, node: str, detail: str, evidence: Sequence[str]
    ) -> None:
        line = GrowthLine(
            run=self.run.id, step=step, phase=phase, at=self._hands.now(), node=node,
            detail=detail[:2000], evidence=tuple(evidence), actor=self._hands.actor,
        )  # fmt: skip
        self._hands.book.put(line)
        self._lines.append(line)
