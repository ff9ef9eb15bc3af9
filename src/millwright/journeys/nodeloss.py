"""The loss of a node, from taking its power away to its proven return.

What is next follows from the journal alone. Whatever is killed, `resume` first of all gives the
node its power back; what was not seen by then stays unseen.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator

from millwright.errors import MillwrightError
from millwright.journeys.drilldiary import DrillDiary
from millwright.journeys.drillhands import MARK, DrillHands, DrillPatience
from millwright.journeys.lossfit import strangers, testable, unfit, with_jobs
from millwright.journeys.losswatch import LossWatch
from millwright.journeys.remedyacts import another_machine
from millwright.journeys.remedyhands import Judged
from millwright.manage.drill.nodeloss import ANOTHER, BROKEN, figures
from millwright.manage.remedy.past import NOT_KNOWN, NOT_PASSED, PASSED
from millwright.manage.remedy.rails import SCHEDULER_OWN
from millwright.model.drill import DrillRecord

Told = Iterator[str]
Whether = Generator[str, None, bool]
WhyNot = Generator[str, None, str]
"""Tells what happens; at the end whether it was done, or why it was not."""
MOST_LOOKS = 2
"""How often a gate may say that it does not know, before a person looks."""


class NodeLoss:
    """One drill of one node. `after` is how it stands when it was left."""

    def __init__(self, record: DrillRecord, hands: DrillHands, patience: DrillPatience) -> None:
        self._diary = DrillDiary(record, hands)
        self._hands = hands
        self._patience = patience
        (self._node,) = record.plan.nodes
        self._ordered = -math.inf
        self._said = ""
        self._reason = f"{MARK}{record.id}"

    @property
    def after(self) -> DrillRecord:
        """Return the drill as it stands."""
        return self._diary.record

    def go(self) -> Generator[str, None, None]:
        """Yield what is done, until the drill is closed or has to wait for something.

        Whatever ends it once power was ordered away, Ctrl-C too, that is given back first of all.
        """
        try:
            yield from self._steps()
        except (MillwrightError, KeyboardInterrupt, GeneratorExit):
            if self.after.stands == "open" and self._diary.last("lose") is not None:
                self._ordered = -math.inf
                for _ in self._give_power():
                    pass
            raise

    def _steps(self) -> Told:
        again = self._diary.last("begin") is not None
        self._diary.write("begin", "done", node=self._node, outcome="again" if again else "first")
        if self._diary.last("lose") is None:
            if again:
                yield from self._abandon("it was interrupted before anything was taken away")
                return
            if not (yield from self._prepare()):
                return
            yield from self._watched()
        yield from self._recover()

    def _watched(self) -> Told:
        """Watch the loss; what goes wrong with that keeps no node from its power."""
        if self._diary.done("lose") is None:
            return
        try:
            yield from LossWatch(self._diary, self._hands, self._patience).go()
        except MillwrightError as error:
            yield from self._give_power()
            self._diary.write("seen", "failed", error.message, outcome=BROKEN, node=self._node)
            yield f"nothing more is watched: {error.message}"

    def _prepare(self) -> Whether:
        """See the drill's own job on the node, and order its power away; False where nothing was
        ordered, and the drill is abandoned."""
        what = (self._diary.record, self._hands, self._node)
        refused = unfit(*what) or (yield from self._work()) or strangers(*what)
        refused = refused or (yield from self._lose())
        if refused:
            yield from self._abandon(refused)
        return not refused

    def _work(self) -> WhyNot:
        """Begin the drill's own job on the node; the answer is why there is none."""
        if with_jobs(self._diary.record):
            yield "no job of the drill's own: people's jobs are there"
            return ""
        name = self._diary.record.id
        self._diary.write("job", "intent", name, node=self._node)
        refused = self._hands.queue.begin(name, self._node)
        waited = 0.0
        while not refused:
            stand = self._hands.queue.job(name)
            if stand.state == "RUNNING":
                self._diary.write("job", "done", stand.id, node=stand.nodes)
                yield f"job {stand.id} of the drill runs on {stand.nodes}"
                return "" if stand.nodes == self._node else f"its job runs on {stand.nodes}"
            if waited >= self._patience.job_s:
                refused = f"{stand.state or stand.silent} ({stand.reason})"
                break
            self._hands.wait(self._patience.pause_s)
            waited += self._patience.pause_s
        self._diary.write("job", "failed", refused, node=self._node)
        return f"no job of the drill runs on it: {refused}"

    def _lose(self) -> WhyNot:
        """Order the node's power away; the answer is why nothing was ordered.

        An order that was refused, or whose answer was lost, may have been heard nevertheless: what
        became of it is looked at for as long, and `_recover` gives power back in either case.
        """
        life = self._hands.body.look(self._node)
        if not (life.answers and life.boot_id):
            return f"it answers no more: {life.reason or 'it tells no boot id'}"
        why = f"{self._diary.record.id} takes its power away"
        self._diary.move(self._node, "draining", why)
        self._diary.move(self._node, "drained", why)
        self._diary.write("lose", "intent", "power off", node=self._node, boot_id=life.boot_id)
        refused = self._hands.bmc.power(self._node, "off")
        waited = 0.0
        while (seen := self._hands.bmc.look(self._node)).power != "off":
            if waited >= self._patience.power_s:
                says = f"says {seen.power}" if seen.power else f"does not tell: {seen.reason}"
                told = refused or f"its controller {says}, {waited:.0f} s after the order"
                more = {"node": self._node, "boot_id": life.boot_id}
                self._diary.write("lose", "failed", told, **more)
                yield f"its power could not be taken: {told}"
                return ""
            self._hands.wait(1.0)
            waited += 1.0
        told = f"off, though: {refused}" if refused else "its controller says: off"
        self._diary.write("lose", "done", told, node=self._node, boot_id=life.boot_id)
        yield f"{self._node} has no power"
        return ""

    def _abandon(self, why: str) -> Told:
        yield from self._clean()
        if self._hands.book.state(self._node) in ("draining", "drained"):
            self._diary.move(self._node, "in-service", why)
        self._diary.close("abandoned", why)
        yield f"abandoned: {why}"

    def _clean(self) -> Told:
        """End the drill's own job, where there is one, wherever it waits or runs."""
        if self._diary.last("job") is None or self._diary.done("clean"):
            return
        refused = self._hands.queue.end(self._diary.record.id)
        self._diary.write("clean", "failed" if refused else "done", refused)
        if refused:
            yield f"its job is not ended: {refused}: scancel --name={self._diary.record.id}"

    def _recover(self) -> Told:
        """Give power, have the node proven, and give it back; each step once."""
        yield from self._give_power()
        yield from self._clean()
        if (yield from self._powered()) and (yield from self._validated()):
            yield from self._given_back()

    def _powered(self) -> Whether:
        """See the node run again; False where that is waited for, or did not come about."""
        if self._diary.done("restore"):
            return True
        begun = self._hands.clock()
        while (waited := self._hands.clock() - begun) <= self._patience.boot_s:
            yield from self._give_power()
            life = self._hands.body.look(self._node)
            if life.answers and life.boot_id and not self._may_fall(life.boot_id, waited):
                yield from self._runs(life.boot_id)
                return self.after.stands == "open"
            self._hands.wait(self._patience.pause_s)
        why = f"it does not answer {waited:.0f} s after its power was to be given back"
        why += f", and its controller says {self._said}"
        late = self._diary.last("restore")
        self._diary.write("restore", "failed", why)
        if late is not None and late.phase == "failed":
            self._to_person(Judged(NOT_KNOWN, why))
        yield f"waits: {why}"
        return False

    def _give_power(self) -> Told:
        seen = self._hands.bmc.look(self._node)
        self._said = seen.power or f"nothing: {seen.reason}"
        now = self._hands.clock()
        if seen.power != "off" or now - self._ordered < self._patience.power_s:
            return
        self._ordered = now
        refused = another_machine(seen, self._hands.serial(self._node))
        if not refused:
            try:
                self._diary.write("restore", "intent", "power on", node=self._node)
            except MillwrightError as error:
                yield f"power is given back though it cannot be written: {error.message}"
            yield from self._kept()
            refused = self._hands.bmc.power(self._node, "on")
        yield f"power on: {refused}" if refused else "power on"

    def _kept(self) -> Told:
        """Keep jobs from the node until it is proven: a scheduler may take it back by itself."""
        slot = self._hands.queue.look(self._node)
        if slot.out and slot.reason and not slot.reason.startswith(SCHEDULER_OWN):
            return
        if refused := self._hands.queue.drain(self._node, self._reason):
            yield f"jobs may come before it is proven, it is not drained: {refused}"

    def _may_fall(self, boot_id: str, waited: float) -> bool:
        """Return whether a node that goes on as before may lose its power yet: an order that
        nobody saw the end of takes its time."""
        last = self._diary.last("lose")
        unlost = last is not None and last.boot_id == boot_id
        return unlost and waited < self._patience.settle_s

    def _runs(self, boot_id: str) -> Told:
        """Keep that the node runs; one that never lost its power was in no drill."""
        last = self._diary.last("lose")
        if last is not None and last.boot_id == boot_id:
            # Power is ordered on only where the controller said that it was off.
            if last.phase == "done" or self._diary.intended("restore"):
                self._to_person(Judged(NOT_PASSED, ANOTHER))
                yield f"{self._node}: {ANOTHER}"
                return
            never = "it was interrupted before the node lost its power"
            failed = f"its power could not be taken: {last.detail}"
            yield from self._abandon(failed if last.phase == "failed" else never)
            return
        self._diary.write("restore", "done", "it runs again", boot_id=boot_id)
        yield "it runs again"

    def _validated(self) -> Whether:
        """Have the node pass its acceptance; False where a person has to look, or it waits."""
        if self._diary.done("validate", PASSED):
            return True
        if not testable(self._diary, self._hands, self._reason):
            told = "somebody put it into service meanwhile: this drill did not prove it"
            self._diary.write("return", "failed", told)
            yield told
            self._close()
            return False
        self._diary.move(self._node, "validating", "it runs again")
        found = self._hands.proven(self._node)
        self._diary.judged("validate", "done", found)
        yield f"validation: {found.outcome}: {found.why}"
        if found.outcome == PASSED:
            return True
        looks = [d for d in self._diary.deeds() if d.step == "validate"]
        if found.outcome == NOT_KNOWN and len(looks) < MOST_LOOKS:
            yield "waits: nobody can tell whether it is well"
            return False
        self._to_person(found)
        return False

    def _to_person(self, found: Judged) -> None:
        self._diary.move(self._node, "work-queue", found.why)
        reason = self._hands.queued(self._diary.record, self._node, found.why)
        told = f"it does not pass, and is in the work queue: {reason}: {found.why}"
        self._diary.write("return", "failed", told, node=self._node)
        self._close()

    def _given_back(self) -> Told:
        """Give the node back, where nobody else keeps it out."""
        waited, refused = 0.0, "the scheduler does not have it back"
        while waited <= self._patience.job_s:
            slot = self._hands.queue.look(self._node)
            if slot.serves:
                self._diary.move(self._node, "in-service", "proven after its loss")
                self._diary.write("return", "done", f"the scheduler has it {slot.state}")
                yield f"{self._node} serves again"
                self._close()
                return
            own = (*SCHEDULER_OWN, self._reason)
            if slot.out and slot.reason and not slot.reason.startswith(own):
                refused = f"somebody else keeps it out: {slot.reason}"
                break
            refused = slot.told
            if slot.out:
                refused = self._hands.queue.give_back(self._node) or refused
            self._hands.wait(self._patience.pause_s)
            waited += self._patience.pause_s
        self._diary.move(self._node, "in-service", f"proven; {refused}")
        self._diary.write("return", "failed", refused)
        yield f"proven, and stays out: {refused}"
        self._close()

    def _close(self) -> None:
        self._diary.close("done", "", figures(self._diary.record.plan, self._diary.deeds()))
