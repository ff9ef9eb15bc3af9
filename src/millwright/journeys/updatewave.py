"""One wave of a rolling update: its nodes go through the same steps side by side.

What is next for a node follows from the journal alone; the earliest step that any node is at is
done for all that are at it. Nobody's jobs are ended, and nothing is installed on a node that is
not drained by this very run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from millwright.journeys.remedyhands import Patience, Slot
from millwright.journeys.remedyslurm import SHORT
from millwright.journeys.updateacts import Acts
from millwright.journeys.updatediary import Diary
from millwright.journeys.updatehands import Hands
from millwright.manage.remedy.past import NOT_KNOWN, PASSED
from millwright.manage.remedy.rails import SCHEDULER_OWN
from millwright.manage.update.cursor import (
    ORDER,
    PASSED_OVER,
    TAKEN_OVER,
    UNDONE,
    UNTOUCHED,
    UPDATED,
    Next,
    attempt_of,
    touched,
)

Told = Iterator[str]
Nodes = Sequence[str]


class Wave:
    """Takes nodes of one wave as far as they go. `halted` says that no more are to be touched."""

    def __init__(
        self, diary: Diary, hands: Hands, patience: Patience, halted: Callable[[], bool]
    ) -> None:
        self._diary = diary
        self._hands = hands
        self._patience = patience
        self._halted = halted
        self._acts = Acts(diary, hands, patience, self._owned)
        self.waiting: dict[str, str] = {}
        self._held: dict[str, int] = {}
        self._nodes: Nodes = ()
        self._steps: dict[Next, Callable[[Nodes], Told]] = {
            "take": self._take,
            "empty": self._empty,
            "install": self._install,
            "settle": self._acts.settle,
            "boot": self._acts.boot,
            "await": self._acts.awaited,
            "validate": self._validate,
            "undo": self._acts.undo,
            "back": self._back,
            "keep": self._keep,
        }

    def go(self, nodes: Nodes) -> Told:
        """Yield what is done, until each node has ended or has to wait for something."""
        self._nodes = nodes
        while True:
            self.waiting |= self._acts.waiting
            at = {node: self._diary.next(node) for node in nodes if node not in self.waiting}
            due = [step for step in at.values() if step != "ended"]
            if not due:
                if not self._let_go(nodes):
                    return
                continue
            step = min(due, key=ORDER.index)
            yield from self._steps[step]([node for node in nodes if at.get(node) == step])

    def _ended(self, nodes: Nodes) -> int:
        return sum(self._diary.next(node) == "ended" for node in nodes)

    def _let_go(self, nodes: Nodes) -> bool:
        """Return whether rails are asked once more: others of the wave have come back since."""
        ended = self._ended(nodes)
        again = [node for node, before in self._held.items() if before < ended]
        for node in again:
            del self._held[node], self.waiting[node]
        return bool(again)

    def _wait_for(self, node: str, what: str) -> Told:
        self.waiting[node] = what
        yield f"{node} waits: {what}"

    def _owned(self, node: str) -> str:
        """Return why a node may not be touched, or nothing: it is drained by this run, and idle.

        One that registered with less than it should once it was updated is `inval`: that hides our
        drain, and must not keep the old versions from coming back.
        """
        slot = self._hands.scheduler.look(node)
        lacks = slot.state == "inval" and touched(self._diary.deeds(node))
        if lacks and (self._ours(slot) or slot.reason.startswith(SHORT)):
            return ""
        return self._why_not(slot, busy=False)

    def _why_not(self, slot: Slot, *, busy: bool) -> str:
        if slot.silent:
            return f"the scheduler does not answer: {slot.silent}"
        if not slot.state:
            return "the scheduler does not know it, and gives it no rest"
        if not slot.out:
            return "somebody gave it back to the scheduler meanwhile"
        if not self._ours(slot):
            return f"somebody else took it out: {slot.reason}"
        return "jobs still run there, and are not ended" if slot.busy and not busy else ""

    def _ours(self, slot: Slot) -> bool:
        own = self._diary.reason
        return slot.reason == own or slot.reason.startswith((f"{own}: ", *SCHEDULER_OWN))

    def _take(self, nodes: Nodes) -> Told:
        """Take out those that are well, one after the other, as the guard rails let them."""
        fresh = []
        for node in nodes:
            begun = self._diary.last(node, "drain") is not None
            if begun and self._hands.scheduler.look(node).out:
                yield from self._drain(node)
            elif self._halted():
                self._diary.write(node, "return", "done", "the run halts", outcome=PASSED_OVER)
            else:
                fresh.append(node)
        for node, found in (self._hands.gate.well(fresh) if fresh else {}).items():
            self._diary.judged(node, "recheck", found)
            if found.outcome == NOT_KNOWN:
                yield from self._wait_for(node, f"nobody can tell whether it is well: {found.why}")
            elif found.outcome != PASSED:
                self._diary.write(node, "return", "done", found.why, outcome=PASSED_OVER)
                yield f"{node} is passed over, it was not well before: {found.why}"
            else:
                yield from self._railed(node)

    def _railed(self, node: str) -> Told:
        held = [rail for rail in self._hands.rails(node) if rail.holds]
        if held:
            told = "; ".join(f"{rail.name}: {rail.told}" for rail in held)
            self._held[node] = self._ended(self._nodes)
            yield from self._wait_for(node, f"held back by {told}")
        else:
            yield from self._drain(node)

    def _drain(self, node: str) -> Told:
        """See a node out of service; one that this run has taken out already stays so."""
        slot = self._hands.scheduler.look(node)
        if slot.silent or not slot.state or (slot.out and not self._ours(slot)):
            yield from self._wait_for(node, self._why_not(slot, busy=True))
            return
        if not (slot.out and slot.reason.startswith(self._diary.reason)):
            self._diary.write(node, "drain", "intent", self._diary.reason)
            refused = self._hands.scheduler.drain(node, self._diary.reason)
            if refused:
                yield from self._wait_for(node, f"the scheduler refuses: {refused}")
                return
        self._diary.write(node, "drain", "done")
        self._diary.move(node, "draining", "an update")
        yield f"{node} is drained"

    def _empty(self, nodes: Nodes) -> Told:
        """Wait until no job runs on nodes; where the run halts they go back as they are."""
        if self._halted():
            yield from self._release(nodes)
            return
        left, waited = list(nodes), 0.0
        while left:
            busy: list[str] = []
            for node in left:
                yield from self._looked(node, busy)
            left = busy
            if left and waited >= self._patience.drain_s:
                break
            if left:
                self._hands.wait(self._patience.pause_s)
                waited += self._patience.pause_s
        for node in left:
            told = f"jobs still run there after {waited:.0f} s, and are not ended"
            yield from self._wait_for(node, told)

    def _looked(self, node: str, busy: list[str]) -> Told:
        """Keep that a node is drained, or put it among those that are busy."""
        slot = self._hands.scheduler.look(node)
        if why := self._why_not(slot, busy=True):
            yield from self._wait_for(node, why)
        elif slot.busy:
            busy.append(node)
        else:
            self._diary.move(node, "draining", "an update")
            self._diary.move(node, "drained", "no job runs there")

    def _install(self, nodes: Nodes) -> Told:
        if self._halted():
            yield from self._release(nodes)
        else:
            yield from self._acts.update(nodes)

    def _release(self, nodes: Nodes) -> Told:
        for node in nodes:
            self._diary.write(node, "return", "intent", "the run halts", outcome=UNTOUCHED)
            yield f"{node} goes back as it was: the run halts"

    def _validate(self, nodes: Nodes) -> Told:
        """Have nodes pass the gate, each in its turn."""
        for node in nodes:
            self._diary.move(node, "validating", "versions are installed")
            found = self._hands.gate.validate(node, self._diary.update(node))
            self._diary.judged(node, "validate", found)
            yield f"{node} validation: {found.outcome}: {found.why}"
            if found.outcome == NOT_KNOWN and self._diary.next(node) == "validate":
                yield from self._wait_for(node, "nobody can tell whether it is well")

    def _back(self, nodes: Nodes) -> Told:
        """Give nodes back, where it is still this run that keeps them out."""
        for node in nodes:
            deeds = self._diary.deeds(node)
            attempt = attempt_of(deeds)
            outcome = (UPDATED if attempt == 1 else UNDONE) if touched(deeds) else UNTOUCHED
            if self._diary.last(node, "return") is None:
                self._diary.write(node, "return", "intent", "it passed", outcome=outcome)
            yield from self._given(node, outcome)

    def _given(self, node: str, outcome: str) -> Told:
        slot = self._hands.scheduler.look(node)
        if slot.silent:
            yield from self._wait_for(node, f"the scheduler does not answer: {slot.silent}")
            return
        if slot.out and not self._ours(slot):
            self._diary.move(node, "in-service", outcome)
            told = f"somebody else keeps it out: {slot.reason}"
            self._diary.write(node, "return", "failed", told, outcome=TAKEN_OVER)
            yield f"{node} is proven, and stays out: {told}"
            return
        refused = self._hands.scheduler.give_back(node) if slot.out else ""
        if refused:
            yield from self._wait_for(node, f"the scheduler refuses: {refused}")
            return
        if why := self._unheard(node):
            yield from self._wait_for(node, why)
            return
        self._diary.move(node, "in-service", outcome)
        self._diary.write(node, "return", "done", outcome=outcome)
        yield f"{node} is back in service, {outcome}"

    def _unheard(self, node: str) -> str:
        """Return why nobody can tell that the scheduler gives a node jobs, once it had its time."""
        waited = 0.0
        while not (slot := self._hands.scheduler.look(node)).serves:
            if waited >= self._patience.order_s:
                return slot.told
            self._hands.wait(self._patience.pause_s)
            waited += self._patience.pause_s
        return ""

    def _keep(self, nodes: Nodes) -> Told:
        """Leave nodes out, in a person's queue: what did not pass never serves."""
        for node in nodes:
            why = self._diary.last(node, "validate") or self._diary.last(node, "act")
            told = why.detail if why else "it did not come through the update"
            if self._diary.last(node, "hold") is None:
                self._diary.write(node, "hold", "intent", told)
            reason = self._hands.queue(self._diary.run, node, told)
            slot = self._hands.scheduler.look(node)
            if slot.silent:
                yield from self._wait_for(node, f"the scheduler does not answer: {slot.silent}")
                continue
            refused = ""
            theirs = slot.reason and (slot.out or slot.state == "inval")
            if not theirs or self._ours(slot) or slot.reason.startswith(SHORT):
                refused = self._hands.scheduler.drain(node, reason)
            if refused:
                yield from self._wait_for(node, f"the scheduler refuses: {refused}")
                continue
            self._diary.move(node, "work-queue", told)
            self._diary.write(node, "hold", "done", reason)
            yield f"{node} is kept out, for a person to look at: {told}"
