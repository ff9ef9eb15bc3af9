"""A rolling update: the canary, then wave after wave, each baked before the next one begins.

It halts where the canary fails, where more nodes failed than are let pass, or where nodes that
came back are not well any more. Killed anywhere, it goes on from its journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from millwright.journeys.remedyhands import Patience
from millwright.journeys.updatediary import Diary
from millwright.journeys.updatehands import Hands
from millwright.journeys.updatewave import Wave
from millwright.manage.remedy.past import NOT_KNOWN, PASSED
from millwright.manage.update.cursor import UPDATED, outcome_of
from millwright.model.nodeset import folded
from millwright.model.update import UpdateRun

BAKE_PAUSE_S = 30.0
Told = Iterator[str]


class Rollout:
    """Carries a run out, as far as it goes now. `after` is how it stands when it was left."""

    def __init__(self, run: UpdateRun, hands: Hands, patience: Patience) -> None:
        self._diary = Diary(run, hands)
        self._hands = hands
        self._patience = patience
        self.waiting: dict[str, str] = {}

    @property
    def after(self) -> UpdateRun:
        """Return the run as it stands."""
        return self._diary.run

    def go(self) -> Told:
        """Yield what is done, until the run ends or has to wait for something."""
        waves = self.after.plan.waves
        while self.after.stands == "open" and not self.waiting:
            number = self.after.waves_done
            if number == len(waves):
                self._diary.keep(stands="done", closed=self._hands.now())
                return
            yield f"{_called(number)}: {folded(waves[number])}"
            yield from self._through(waves[number])

    def _through(self, nodes: Sequence[str]) -> Told:
        wave = Wave(self._diary, self._hands, self._patience, lambda: bool(self._halting()))
        yield from wave.go(nodes)
        self.waiting = wave.waiting
        if self.waiting:
            return
        if why := self._halting():
            yield from self._halt(why)
            return
        updated = [n for n in nodes if outcome_of(self._diary.deeds(n)) == UPDATED]
        if not updated and self.after.waves_done == 0:
            yield from self._halt("the canary was not updated: nothing was proven by it")
            return
        if updated:
            yield from self._bake(updated)
        if self.after.stands == "open" and not self.waiting:
            self._diary.keep(waves_done=self.after.waves_done + 1, baking_since="")

    def _halting(self) -> str:
        """Return why the run goes no further, or nothing."""
        fallen = self._diary.fallen()
        canary = [n for n in fallen if n in self.after.plan.waves[0]]
        if canary:
            return f"the canary failed: {folded(canary)}"
        allowed = self.after.plan.allowed_failures
        if len(fallen) > allowed:
            return f"{folded(fallen)} failed, and {allowed} may"
        return ""

    def _halt(self, why: str) -> Told:
        self._diary.keep(stands="halted", why=why, closed=self._hands.now())
        yield f"halted: {why}"

    def _bake(self, nodes: Sequence[str]) -> Told:
        """Let nodes serve for a while, and look at them again before the next wave."""
        if not self.after.baking_since:
            self._diary.keep(baking_since=self._hands.now())
        yield f"bakes for {self.after.plan.bake_minutes:g} minutes"
        while (left := self._left_s()) > 0:
            self._hands.wait(min(left, BAKE_PAUSE_S))
        found = self._hands.gate.well(nodes)
        bad = {n: each for n, each in found.items() if each.outcome not in (PASSED, NOT_KNOWN)}
        if bad:
            told = "; ".join(f"{node}: {each.why}" for node, each in bad.items())
            yield from self._halt(f"not well after its return: {told}"[:2000])
            return
        unknown = {n: each.why for n, each in found.items() if each.outcome == NOT_KNOWN}
        for node, why in unknown.items():
            yield f"{node} waits: nobody can tell whether it is still well: {why}"
        self.waiting = unknown

    def _left_s(self) -> float:
        began = datetime.fromisoformat(self.after.baking_since)
        now = datetime.fromisoformat(self._hands.now())
        return self.after.plan.bake_minutes * 60 - (now - began).total_seconds()


def _called(number: int) -> str:
    return "canary" if number == 0 else f"wave {number}"
