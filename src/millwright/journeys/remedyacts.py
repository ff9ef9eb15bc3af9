"""Remedies as they are done, each at most once for a try, whatever is killed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from datetime import datetime

from millwright.journeys.remedydiary import Diary
from millwright.journeys.remedyhands import Hands, Life, Patience
from millwright.model.lifecycle import Deed
from millwright.model.remedy import BOOTS, POWER
from millwright.model.serials import names_no_machine
from millwright.ports import Controlled, PowerAction

Done = Generator[str, None, bool | None]
"""Tells what happens; at the end whether it was done, or None where it may not be yet."""


class Acts:
    """Does the remedies of one incident."""

    def __init__(self, diary: Diary, hands: Hands, patience: Patience) -> None:
        self._diary = diary
        self._hands = hands
        self._patience = patience

    def begin(self, remedy: str) -> Done:
        """Do a remedy for the first time: written down, then done."""
        node = self._diary.node
        life = self._hands.body.look(node)
        action: PowerAction = "restart"
        if remedy in POWER:
            wrong, action = self._right_node(node, life)
            if wrong:
                intent = self._diary.intend(remedy, life)
                self._diary.write("act", "failed", wrong, intent)
                yield f"{remedy} is refused: {wrong}"
                return False
        intent = self._diary.intend(remedy, life)
        if remedy in POWER:
            refused = self._hands.bmc.power(node, action)
        else:
            refused = self._hands.body.act(node, remedy, self._diary.incident.complaint)
        if refused:
            self._diary.write("act", "failed", refused, intent)
            yield f"{remedy} did not come about: {refused}"
            return False
        return (yield from self._came(intent))

    def settle(self, intent: Deed) -> Done:
        """Find out what became of a remedy that was about to be done when somebody was killed."""
        if intent.remedy in BOOTS:
            yield f"{intent.remedy} was about to be done: looking whether it was"
            return (yield from self._came(intent))
        yield f"{intent.remedy} was about to be done: done again, for it harms nothing twice"
        complaint = self._diary.incident.complaint
        refused = self._hands.body.act(self._diary.node, intent.remedy, complaint)
        self._diary.write("act", "failed" if refused else "done", refused, intent)
        return not refused

    def _came(self, intent: Deed) -> Done:
        """Wait for what a remedy was to bring about, and write down whether it did."""
        if intent.remedy not in BOOTS:
            self._diary.write("act", "done", "", intent)
            return True
        waited = quiet = 0.0
        while waited <= self._patience.boot_s:
            life = self._hands.body.look(self._diary.node)
            if self._is_another(intent, life):
                told = f"it started again after {waited:.0f} s"
                self._diary.write("act", "done", told, intent)
                yield told
                return True
            quiet = quiet + self._patience.pause_s if life.answers else 0.0
            if quiet > self._patience.order_s:
                break
            self._hands.wait(self._patience.pause_s)
            waited += self._patience.pause_s
        told = (
            f"it goes on answering as before: nobody can tell whether {intent.remedy} was ordered"
            if quiet
            else f"it did not answer within {waited:.0f} s after {intent.remedy}"
        )
        self._diary.write("act", "failed", told, intent)
        yield told
        return False

    def _is_another(self, intent: Deed, life: Life) -> bool:
        """Return whether a node runs since after a try was begun."""
        if not life.answers or not life.boot_id:
            return False
        if intent.boot_id:
            return life.boot_id != intent.boot_id
        begun, now = (datetime.fromisoformat(at) for at in (intent.at, self._hands.now()))
        return life.up_s is not None and life.up_s < (now - begun).total_seconds()

    def _right_node(self, node: str, life: Life) -> tuple[str, PowerAction]:
        """Return why power may not be acted on, or nothing, and what is to be ordered.

        The controller must be in the machine that the node says it is: serial against serial.
        """
        seen = self._hands.bmc.look(node)
        inside = life.serial or self._hands.serial(node)
        action: PowerAction = "on" if seen.power == "off" else "restart"
        return another_machine(seen, inside) or self._hands.twin(node, inside), action


def another_machine(seen: Controlled, inside: str) -> str:
    """Return why a controller may not be told to act for a node of a serial number, or nothing."""
    if seen.reason:
        return seen.reason
    if not seen.serial:
        return "its controller tells no serial number"
    if not inside:
        return "the node never told its serial number: the controller may be another's"
    if inside != seen.serial:
        return (
            f"the controller is in {seen.serial}, and the node is {inside}: "
            "it would be another machine's power"
        )
    if names_no_machine(inside):
        return (
            f"the node and its controller say {inside!r} for a serial number, as other machines "
            "do: write the machine's own into its firmware (the vendor's tool does), and try again"
        )
    return ""


def twins(node: str, serial: str, others: Iterable[str], of: Callable[[str], str]) -> str:
    """Return why a serial number does not tell a node from all others, or nothing. `of` is what
    each was last heard to say."""
    same = [each for each in others if each != node and serial and of(each) == serial]
    return f"{', '.join(same)} said the same serial number, {serial}" if same else ""
