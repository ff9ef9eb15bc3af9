"""What is watched while a node is away: the scheduler, its job, health, and who is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from millwright.journeys.drilldiary import DrillDiary
from millwright.journeys.drillhands import DrillHands, DrillPatience
from millwright.manage.drill.nodeloss import DOWN, ELSEWHERE, GONE, LEFT, NAMED, REQUEUED
from millwright.manage.remedy.past import HOLDS

ENDED = ("COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "BOOT_FAIL", "OUT_OF_MEMORY")


class LossWatch:
    """Watches until everything was seen, or the patience of the drill is over."""

    def __init__(self, diary: DrillDiary, hands: DrillHands, patience: DrillPatience) -> None:
        self._diary = diary
        self._hands = hands
        self._patience = patience
        (self._node,) = diary.record.plan.nodes
        self._left = {DOWN, NAMED}
        if diary.done("job"):
            self._left |= {REQUEUED, ELSEWHERE}
        self._swept = -1e9
        self._unnamed = "no sweep came to an end"

    def go(self) -> Iterator[str]:
        """Yield what is seen, as it is."""
        begun = self._hands.clock()
        looks: tuple[Callable[[float], Iterator[str]], ...] = (self._slot, self._job, self._health)
        while (waited := self._hands.clock() - begun) <= self._patience.watch_s:
            for look in looks:
                yield from look(waited)
            if not self._left:
                return
            self._hands.wait(self._patience.pause_s)
        for each in sorted(self._left):
            why = self._unnamed if each == NAMED else f"not within {waited:.0f} s"
            self._diary.write("seen", "failed", why, outcome=each)
            yield f"{each}: {why}"

    def _see(self, outcome: str, detail: str, answer: str = "") -> str:
        self._diary.write("seen", "done", detail, outcome=outcome, node=self._node, answer=answer)
        self._left.discard(outcome)
        return f"{outcome}: {detail}"

    def _slot(self, waited: float) -> Iterator[str]:
        del waited
        if DOWN not in self._left:
            return
        slot = self._hands.queue.look(self._node)
        if slot.state in ("down", "fail"):
            yield self._see(DOWN, f"{slot.state}: {slot.reason or 'no reason yet'}")
            count = self._hands.serving(self._node)
            if count is not None:
                yield self._see(LEFT, f"{count} nodes of its tier serve", str(count))

    def _job(self, waited: float) -> Iterator[str]:
        del waited
        if ELSEWHERE not in self._left:
            return
        stand = self._hands.queue.job(self._diary.record.id)
        if stand.state == "PENDING" and REQUEUED in self._left:
            refused = self._hands.queue.unbind(stand.id)
            bond = f"still bound to the node: {refused}" if refused else "no longer bound to it"
            yield self._see(REQUEUED, f"job {stand.id} waits ({stand.reason}), {bond}")
        elif stand.state == "RUNNING" and stand.nodes not in ("", self._node):
            if REQUEUED in self._left:
                yield self._see(REQUEUED, f"job {stand.id} was queued again")
            yield self._see(ELSEWHERE, f"job {stand.id} runs on {stand.nodes}")
            self._hands.queue.end(self._diary.record.id)
        elif stand.state in ENDED or not (stand.state or stand.silent):
            told = f"its job is lost: {stand.state or 'the scheduler knows it no more'}"
            self._diary.write("seen", "failed", told, outcome=GONE)
            self._left -= {REQUEUED, ELSEWHERE}
            yield told

    def _health(self, waited: float) -> Iterator[str]:
        if NAMED not in self._left or waited - self._swept < self._patience.health_s:
            return
        self._swept = waited
        found = self._hands.named(self._node)
        if found.outcome == HOLDS:
            self._diary.judged("seen", "done", found, NAMED)
            self._left.discard(NAMED)
            yield f"{NAMED}: {found.why}"
        else:
            self._unnamed = f"the last sweep: {found.why}"
