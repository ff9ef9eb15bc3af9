"""Slurm as repair needs it: one node's state, and taking it out and giving it back."""

from __future__ import annotations

from collections.abc import Callable

from millwright.deploy.drains import BUSY, LIMITS, OUT, QUESTION, Seen, seen
from millwright.journeys.remedyhands import Scheduler, Slot
from millwright.manage.remedy.rails import UNSERVED, is_ours
from millwright.ports import Answer, Shell

JOBS = ("squeue", "--noheader", "--states=R,CG,S", "--format=%i %u %j", "--nodelist")
MOST_JOBS = 200
STRANGE = "Slurm does not know the node, and cannot keep jobs from it"
"""Why a node is left alone that another scheduler, or none, gives work."""


SHORT = ("Low ", "gres/")
"""How Slurm's own reasons begin of a node that has less than is configured. Its state hides whether
somebody drained it as well: any other reason is somebody's."""


def _slot(found: Seen, node: str) -> Slot:
    state, reason = found.nodes.get(node, ("", ""))
    reason = "" if reason == "none" else reason
    quiet = node in found.quiet
    return Slot(state, reason, state in OUT, state in BUSY, found.silent, quiet)


def _unserved(slot: Slot) -> str:
    if slot.reason and not slot.reason.startswith(SHORT):
        return slot.reason
    return f"{UNSERVED}: {slot.told}" + (f": {slot.reason}" if slot.reason else "")


def kept_out(scheduler: Scheduler, node: str, reason: str, own: str = UNSERVED) -> str:
    """Keep a node out by a reason of ours; return why it is not, or nothing.

    Whoever else keeps it out already goes on doing so by his own words: nobody undrains it then
    because he reads ours. `own` is the reason that we gave before.
    """
    slot = scheduler.look(node)
    if slot.out and not (is_ours(slot.reason) or slot.reason.startswith(own)):
        return f"somebody else keeps it out: {slot.reason or 'no reason'}"
    return scheduler.drain(node, reason)


class SlurmHead:
    """A Scheduler: Slurm, told on the node where it runs. `keep` sees every answer kept."""

    def __init__(self, head: str, shell: Shell, keep: Callable[[Answer], None]) -> None:
        self._head = head
        self._shell = shell
        self._keep = keep

    def look(self, node: str) -> Slot:
        """Return how a node stands; none of its words where Slurm does not know it."""
        found = seen(self._ask(("sh", "-c", QUESTION, "sh", node)))
        return _slot(found, node)

    def out(self, nodes: tuple[str, ...]) -> tuple[dict[str, str], str]:
        """Return the reasons of nodes that get no jobs, and why Slurm says nothing.

        A node that Slurm does not know is among them: it cannot be kept out of anybody's way. So is
        one that it does not hear yet, or that registered with less than is configured (`inval`):
        whoever counts what is left counts only what serves.
        """
        found = seen(self._ask(("sh", "-c", QUESTION, "sh", ",".join(nodes))))
        told = {name: reason for name, (state, reason) in found.nodes.items() if state in OUT}
        for name in found.nodes:
            slot = _slot(found, name)
            if not (slot.out or slot.serves):
                told[name] = _unserved(slot)
        if not found.silent:
            told |= {name: STRANGE for name in nodes if name not in found.nodes}
        return told, found.silent

    def jobs(self, node: str) -> tuple[str, ...] | None:
        """Return the jobs of a node in words: number, user, name. None where nobody can tell."""
        answer = self._ask((*JOBS, node))
        if not answer.succeeded:
            return None
        lines = answer.stdout.decode("utf-8", "backslashreplace").splitlines()
        return tuple(line.strip()[:200] for line in lines if line.strip())[:MOST_JOBS]

    def drain(self, node: str, reason: str) -> str:
        """Drain a node. One that is down stays so, with our reason."""
        return self._told(("State=DRAIN", f"Reason={reason}"), node)

    def give_back(self, node: str) -> str:
        """Undrain a node; where Slurm has it down beside that, it is resumed."""
        refused = self._told(("State=UNDRAIN",), node)
        slot = self.look(node)
        if not slot.out and not slot.silent:
            return ""
        return self._told(("State=RESUME",), node) or refused

    def _told(self, words: tuple[str, ...], node: str) -> str:
        answer = self._ask(("scontrol", "update", f"NodeName={node}", *words))
        if answer.succeeded:
            return ""
        said = answer.stderr.decode("utf-8", "backslashreplace").strip()[:200]
        return answer.reason or said or "scontrol does not say why"

    def _ask(self, words: tuple[str, ...]) -> Answer:
        (answer,) = self._shell.run([self._head], words, LIMITS)
        self._keep(answer)
        return answer
