"""The end of a growth for its nodes: those that were proven serve, the others stay out."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.journeys.growdiary import Diary
from millwright.journeys.growhands import MARK, Hands

Told = Iterator[str]


class Serving:
    """Puts nodes into service, or sees them kept out. What cannot be done now waits."""

    def __init__(self, diary: Diary, hands: Hands) -> None:
        self._diary = diary
        self._hands = hands
        self.waiting: dict[str, str] = {}

    def _wait_for(self, node: str, why: str) -> Told:
        self.waiting[node] = why
        yield f"{node} waits: {why}"

    def serve(self) -> Told:
        """See that the scheduler gives proven nodes jobs; one that others drained stays theirs.

        What an earlier growth left out is ours: the node came with this one again, and is proven.
        """
        for node in self._diary.good():
            slot = self._hands.scheduler.look(node)
            if slot.silent:
                yield from self._wait_for(node, f"the scheduler does not answer: {slot.silent}")
            elif not slot.state:
                yield from self._wait_for(node, "the scheduler does not know it")
            elif slot.out and not slot.reason.startswith(MARK):
                why = f"the scheduler keeps it out: {slot.reason or slot.state}"
                yield from self._wait_for(node, why)
            elif slot.out and (refused := self._hands.scheduler.give_back(node)):
                yield from self._wait_for(node, f"the scheduler refuses: {refused}")
            elif not (slot := self._hands.scheduler.look(node)).serves:
                yield from self._wait_for(node, slot.told)
            else:
                self._diary.move(node, "in-service", "it came through its growth")
                self._diary.through("serve", node, "in service")
                yield f"{node} is in service"

    def leave_out(self) -> Told:
        """See that nobody's job comes to a node that was not proven; a person looks at it."""
        for node, why in self._diary.out().items():
            slot = self._hands.scheduler.look(node)
            if slot.silent:
                yield from self._wait_for(node, f"the scheduler does not answer: {slot.silent}")
                continue
            if slot.state and not slot.out:
                refused = self._hands.scheduler.drain(node, f"{self._diary.reason}: {why}"[:200])
                if refused:
                    yield from self._wait_for(node, f"the scheduler refuses: {refused}")
                    continue
            if self._diary.state(node) in ("testing", "validating"):
                self._diary.move(node, "work-queue", why)
            yield f"{node} is kept out: {why}"
