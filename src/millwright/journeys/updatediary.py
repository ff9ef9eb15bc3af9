"""The journal of one rolling update, node by node: written before anything is done."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.journeys.remedyhands import Judged
from millwright.journeys.updatehands import MARK, Hands
from millwright.manage.update.cursor import Next, attempt_of, fell, next_step
from millwright.model.lifecycle import FIRST, Deed, NodeState, Phase, Step, Transition
from millwright.model.update import NodeUpdate, UpdateRun


class Diary:
    """Reads and writes the journal of a run. Every call is on the disk before it returns."""

    def __init__(self, run: UpdateRun, hands: Hands) -> None:
        self.run = run
        self._hands = hands
        # Nobody else writes while a run is at work: what was read once is added to here.
        self._states = dict(hands.book.states())
        self._own: dict[str, list[Deed]] = {}
        for deed in hands.book.deeds():
            if deed.incident == run.id:
                self._own.setdefault(deed.node, []).append(deed)

    @property
    def reason(self) -> str:
        """Return what the scheduler is told of nodes that this run takes out."""
        return f"{MARK}{self.run.id}"

    def update(self, node: str) -> NodeUpdate:
        """Return what a node gets."""
        return self.run.plan.of(node)

    def state(self, node: str) -> NodeState:
        """Return a node's state."""
        return self._states.get(node, FIRST)

    def deeds(self, node: str) -> list[Deed]:
        """Return the lines of this run about a node, the oldest first."""
        return self._own.get(node, [])

    def next(self, node: str) -> Next:
        """Return what is next for a node."""
        return next_step(self.deeds(node), self.state(node), self.update(node))

    def fallen(self) -> list[str]:
        """Return the nodes on which the new versions did not do."""
        names = [name for wave in self.run.plan.waves for name in wave]
        return [n for n in names if fell(self.deeds(n)) or self.next(n) in ("undo", "keep")]

    def write(self, node: str, step: Step, phase: Phase, detail: str = "", **more: str) -> None:
        """Add a line about a node; `more` are remedy, boot_id and outcome."""
        attempt = attempt_of(self.deeds(node))
        self._put(node, (step, phase), attempt, detail=detail[:2000], **more)

    def intend(self, node: str, remedy: str, attempt: int, boot_id: str = "") -> None:
        """Add that something is about to be done to a node."""
        self._put(node, ("act", "intent"), attempt, remedy=remedy, boot_id=boot_id)

    def judged(self, node: str, step: Step, found: Judged) -> None:
        """Add what a look at a node came to."""
        attempt = attempt_of(self.deeds(node))
        deed = self._deed(node, (step, "done"), attempt)
        said = {"outcome": found.outcome, "detail": found.why[:2000], "evidence": found.evidence}
        self._add(deed.model_copy(update=said))

    def move(self, node: str, after: NodeState, why: str) -> None:
        """Keep that a node goes into another state; one that is there already stays."""
        before = self.state(node)
        if before != after:
            self._hands.book.move(
                Transition(
                    node=node, before=before, after=after, at=self._hands.now(),
                    incident=self.run.id, why=why[:2000] or after, actor=self._hands.actor,
                )
            )  # fmt: skip
            self._states[node] = after

    def keep(self, **more: object) -> None:
        """Keep how the run stands."""
        self.run = self.run.model_copy(update=more)
        self._hands.book.keep(self.run)

    def last(self, node: str, step: Step) -> Deed | None:
        """Return the last line of a step of a node."""
        found: Sequence[Deed] = [deed for deed in self.deeds(node) if deed.step == step]
        return found[-1] if found else None

    def _put(self, node: str, which: tuple[Step, Phase], attempt: int, **more: str) -> None:
        self._add(self._deed(node, which, attempt).model_copy(update=more))

    def _add(self, deed: Deed) -> None:
        self._hands.book.put(deed)
        self._own.setdefault(deed.node, []).append(deed)

    def _deed(self, node: str, which: tuple[Step, Phase], attempt: int) -> Deed:
        return Deed(
            incident=self.run.id, node=node, step=which[0], phase=which[1], at=self._hands.now(),
            attempt=attempt, actor=self._hands.actor,
        )  # fmt: skip
