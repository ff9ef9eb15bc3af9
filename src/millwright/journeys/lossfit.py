"""Whether a node may be lost now, looked at right before its power is taken, and tested after."""

from __future__ import annotations

from millwright.journeys.drilldiary import DrillDiary
from millwright.journeys.drillhands import DrillHands
from millwright.journeys.remedyacts import another_machine
from millwright.model.drill import DrillRecord
from millwright.model.lifecycle import SERVING


def with_jobs(record: DrillRecord) -> bool:
    """Return whether people's jobs may be ended by a drill, by the word that was said."""
    return record.plan.settings.get("with-jobs") == "yes"


def unfit(record: DrillRecord, hands: DrillHands, node: str) -> str:
    """Return why a node is not to be lost now, or nothing."""
    held = [rail for rail in hands.rails(node) if rail.holds]
    if held:
        return "; ".join(f"{rail.name}: {rail.told}" for rail in held)
    slot = hands.queue.look(node)
    if not slot.serves or (slot.state != "idle" and not with_jobs(record)):
        return slot.told
    life = hands.body.look(node)
    if not life.answers:
        return f"it does not answer: {life.reason}"
    seen = hands.bmc.look(node)
    # Power comes back by the serial number that is written down: it has to be this one.
    wrong = another_machine(seen, life.serial) or another_machine(seen, hands.serial(node))
    return wrong or ("" if seen.power == "on" else "its controller says that it has no power")


def strangers(record: DrillRecord, hands: DrillHands, node: str) -> str:
    """Return whose jobs are there beside the drill's own, or nothing: a partition may share its
    nodes, whatever the drill's job asks for."""
    if with_jobs(record):
        return ""
    jobs = hands.queue.jobs(node)
    if jobs is None:
        return "nobody can tell which jobs run there"
    others = [job for job in jobs if not job.endswith(f" {record.id}")]
    return "; ".join(f"job {job} runs there too" for job in others)


def testable(diary: DrillDiary, hands: DrillHands, reason: str) -> bool:
    """Return whether a node may be tested: one that somebody put into service meanwhile only where
    the scheduler has it out by this drill's `reason`, for else people's jobs may run there."""
    (node,) = diary.record.plan.nodes
    if hands.book.state(node) not in SERVING:
        return True
    if not hands.queue.look(node).reason.startswith(reason):
        return False
    diary.move(node, "draining", "it was without power")
    diary.move(node, "drained", "it was without power")
    return True
