"""One node's way through repair: out of service, repaired, proven, and back, or to a person.

What is next follows from the journal alone, so that whoever comes after a kill goes on where it
stands. Before anything is done it is written down; what was written down as about to be done and
is not known to be done is looked into first, and power is never acted on twice for one try.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from millwright.journeys.remedyacts import Acts
from millwright.journeys.remedydiary import Diary
from millwright.journeys.remedyhands import Hands, Judged, Patience, Slot
from millwright.manage.remedy.past import GONE, HOLDS, NOT_KNOWN, PASSED, UNTESTED
from millwright.manage.remedy.rails import MARK, SCHEDULER_OWN, is_ours
from millwright.model.incident import Incident
from millwright.model.lifecycle import NodeState
from millwright.model.remedy import HANDS

MOST_LOOKS = 2
"""How often a gate may say that it does not know, before a person looks."""
Told = Iterator[str]


class Repair:
    """The repair of one incident's node. `after` is how the incident stands when it was left."""

    def __init__(self, incident: Incident, hands: Hands, patience: Patience) -> None:
        self._diary = Diary(incident, hands)
        self._hands = hands
        self._patience = patience
        self._acts = Acts(self._diary, hands, patience)
        self._waits = False
        self._next: dict[NodeState, Callable[[], Told]] = {
            "in-service": self._begin,
            "watch": self._begin,
            "draining": self._drain,
            "drained": self._confirm,
            "remediating": self._remedy,
            "validating": self._validate,
            "work-queue": self._hand_over,
        }

    @property
    def after(self) -> Incident:
        """Return the incident as it stands."""
        return self._diary.incident

    @property
    def reason(self) -> str:
        """Return what the scheduler is told."""
        return f"{MARK}{self.after.id}"

    def _owns(self, slot: Slot) -> bool:
        """Return whether it is this incident that keeps a node out, with or without words."""
        return slot.reason == self.reason or slot.reason.startswith(f"{self.reason}: ")

    def go(self) -> Told:
        """Yield what is done, until the incident is closed or has to wait for something."""
        while self.after.stands == "open" and not self._waits:
            if self._diary.deeds("return"):
                yield from self._give_back()
            else:
                step = self._next.get(self._diary.state)
                if step is None:
                    return
                yield from step()

    def _wait_for(self, what: str) -> Told:
        self._waits = True
        yield f"waits: {what}"

    def _begin(self) -> Told:
        """Look again whether it is so; then whether the node may be taken out now."""
        looked = self._diary.deeds("recheck")
        if not looked or looked[-1].outcome not in (HOLDS, GONE, UNTESTED):
            found = self._hands.gate.recheck(self.after.complaint)
            serial = self._hands.body.look(self._diary.node).serial
            looked = [self._diary.judged("recheck", found, serial=serial)]
            yield f"looked again: {found.outcome}: {found.why}"
        if looked[-1].outcome == GONE:
            self._diary.close("unconfirmed")
            yield "closed: it was not found again, and nothing was done"
        elif looked[-1].outcome == NOT_KNOWN:
            yield from self._wait_for("nobody can tell whether it is still so")
        else:
            yield from self._take_out(looked[-1].detail)

    def _take_out(self, why: str) -> Told:
        held = [rail for rail in self._hands.rails(self._diary.node) if rail.holds]
        if held:
            told = "; ".join(f"{rail.name}: {rail.told}" for rail in held)
            yield from self._wait_for(f"held back by {told}")
            return
        self._diary.keep(impact=self._hands.impact(self._diary.node))
        self._diary.move("draining", why)
        yield from self._drain()

    def _drain(self) -> Told:
        """See the node out of service, and wait until no job runs there."""
        node = self._diary.node
        slot = self._hands.scheduler.look(node)
        if slot.silent:
            yield from self._wait_for(f"the scheduler does not answer: {slot.silent}")
            return
        if not slot.state:
            yield from self._wait_for("the scheduler does not know it, and gives it no rest")
            return
        if not (slot.out and self._owns(slot)):
            if slot.out and not is_ours(slot.reason):
                yield from self._wait_for(f"somebody else took it out: {slot.reason}")
                return
            self._diary.write("drain", "intent", self.reason)
            refused = self._hands.scheduler.drain(node, self.reason)
            self._diary.write("drain", "failed" if refused else "done", refused)
            if refused:
                self._diary.move("in-service", refused)
                yield from self._wait_for(f"the scheduler refuses: {refused}")
                return
            yield "drained"
        yield from self._emptied()

    def _emptied(self) -> Told:
        waited = 0.0
        while True:
            slot = self._hands.scheduler.look(self._diary.node)
            if slot.silent:
                yield from self._wait_for(f"the scheduler does not answer: {slot.silent}")
                return
            if not slot.busy:
                self._diary.move("drained", "no job runs there")
                return
            if waited >= self._patience.drain_s:
                told = f"jobs still run there after {waited:.0f} s, and are not ended"
                yield from self._wait_for(told)
                return
            self._hands.wait(self._patience.pause_s)
            waited += self._patience.pause_s

    def _confirm(self) -> Told:
        """Test the idle node, where nothing else can tell whether it is so."""
        if self._diary.deeds("recheck")[-1].outcome != UNTESTED:
            yield from self._try()
            return
        found = self._hands.gate.validate(self.after, 0)
        self._diary.judged("validate", found)
        yield f"tested before anything is done: {found.outcome}: {found.why}"
        if found.outcome == NOT_KNOWN:
            yield from self._not_known(found)
            return
        passed = found.outcome == PASSED
        self._diary.judged("recheck", Judged(GONE if passed else HOLDS, found.why, found.evidence))
        if passed:
            self._diary.write("return", "intent", "its tests find nothing")

    def _try(self) -> Told:
        """Take the next remedy, or hand the node over."""
        choice = self._hands.choose(self.after)
        self._diary.keep(choice=choice)
        yield choice.reasons[0]
        if choice.remedy in HANDS:
            yield from self._to_queue(choice.reasons[0])
            return
        self._diary.move("remediating", choice.reasons[0])

    def _remedy(self) -> Told:
        """Do the remedy that was chosen, or find out what became of it."""
        choice = self.after.choice
        last = self._diary.last_try()
        if last is not None and self._diary.came_of(last) is None:
            done = yield from self._acts.settle(last)
        elif choice is None or choice.remedy in self._diary.tried or choice.remedy in HANDS:
            yield from self._try()
            return
        else:
            done = yield from self._acts.begin(choice.remedy)
        if done is None:
            yield from self._wait_for("it may not be done yet")
        elif done:
            self._diary.move("validating", "the remedy was done")
        else:
            yield from self._try()

    def _validate(self) -> Told:
        """Have the node pass what it failed, and its acceptance."""
        last = self._diary.last_try()
        found = self._diary.came_of(last, "validate") if last else None
        if found is None or found.outcome == NOT_KNOWN:
            judged = self._hands.gate.validate(self.after, last.attempt if last else 0)
            self._diary.judged("validate", judged, last)
            yield f"validation: {judged.outcome}: {judged.why}"
        else:
            judged = Judged(found.outcome, found.detail, found.evidence)
        if judged.outcome == PASSED:
            self._diary.write("return", "intent", judged.why)
        elif judged.outcome == NOT_KNOWN:
            yield from self._not_known(judged)
        else:
            yield from self._try()

    def _not_known(self, judged: Judged) -> Told:
        """Wait, or call a person: what is not known to be well does not serve."""
        last = self._diary.last_try()
        attempt = last.attempt if last else 0
        looks = [deed for deed in self._diary.deeds("validate") if deed.attempt == attempt]
        if len(looks) >= MOST_LOOKS:
            yield from self._to_queue(f"nobody can tell whether it is well: {judged.why}")
        else:
            yield from self._wait_for(f"nobody can tell whether it is well: {judged.why}")

    def _give_back(self) -> Told:
        """Give the node back, where it is still we who keep it out."""
        node = self._diary.node
        slot = self._hands.scheduler.look(node)
        if slot.silent:
            yield from self._wait_for(f"the scheduler does not answer: {slot.silent}")
            return
        why = self._diary.deeds("return")[0].detail
        self._diary.move("in-service", why)
        kept = not self._owns(slot) and not slot.reason.startswith(SCHEDULER_OWN)
        if slot.out and kept:
            self._diary.write("return", "failed", f"somebody else keeps it out: {slot.reason}")
            yield f"proven, and stays out: somebody else keeps it so: {slot.reason}"
        elif slot.out:
            refused = self._hands.scheduler.give_back(node)
            if refused:
                yield from self._wait_for(f"the scheduler refuses: {refused}")
                return
            self._diary.write("return", "done", why)
            yield "back in service"
        gone = self._diary.deeds("recheck")[-1].outcome == GONE
        self._diary.close("unconfirmed" if gone else "returned")

    def _to_queue(self, why: str) -> Told:
        self._diary.move("work-queue", why)
        yield from self._hand_over()

    def _hand_over(self) -> Told:
        """Leave the node out, with the case beside it, for a person."""
        packet = self.after.packet
        if not packet:
            self._diary.write("packet", "intent")
            packet = self._hands.packet(self.after)
            self._diary.write("packet", "done", packet)
            self._diary.keep(packet=packet)
        node = self._diary.node
        slot = self._hands.scheduler.look(node)
        if slot.out and is_ours(slot.reason):
            told = f"{self.reason}: for a person to look at, {self.after.complaint.fault}"
            self._diary.write("hold", "intent", told)
            refused = self._hands.scheduler.drain(node, told)
            self._diary.write("hold", "failed" if refused else "done", refused)
        self._diary.close("work-queue")
        yield f"in the work queue; the case lies in {packet or 'no file'}"
