"""What is done to drained nodes in an update: install, start again, and back to the old versions.

Each intention is in the journal first. After a kill it is looked what came of it: versions that
are there are not installed again, and a node that has started is not told to start once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from millwright.journeys.remedyhands import Life, Patience
from millwright.journeys.updatediary import Diary
from millwright.journeys.updatehands import Hands
from millwright.manage.update.cursor import attempt_of
from millwright.model.lifecycle import Deed

Told = Iterator[str]
REMEDY = {1: "update", 2: "undo"}


class Acts:
    """Acts on nodes of a wave. `barred` tells why a node may not be touched, or nothing."""

    def __init__(
        self, diary: Diary, hands: Hands, patience: Patience, barred: Callable[[str], str]
    ) -> None:
        self._diary = diary
        self._hands = hands
        self._patience = patience
        self._barred = barred
        self.waiting: dict[str, str] = {}

    def update(self, nodes: Sequence[str]) -> Told:
        """Install the new versions."""
        yield from self._begin(nodes, 1)

    def undo(self, nodes: Sequence[str]) -> Told:
        """Install the old versions again."""
        yield from self._begin(nodes, 2)

    def _free(self, nodes: Sequence[str]) -> Iterator[str]:
        """Yield the nodes that may be touched; the others wait."""
        for node in nodes:
            if why := self._barred(node):
                self.waiting[node] = why
            else:
                yield node

    def _begin(self, nodes: Sequence[str], attempt: int) -> Told:
        free = list(self._free(nodes))
        yield from self._told_waiting(nodes)
        for node in free:
            self._diary.intend(node, REMEDY[attempt], attempt)
            self._diary.move(node, "remediating", REMEDY[attempt])
        yield from self._installed(free)

    def settle(self, nodes: Sequence[str]) -> Told:
        """Find out what became of installations that nobody saw the end of."""
        free = list(self._free(nodes))
        yield from self._told_waiting(nodes)
        for node in free:
            self._diary.move(node, "remediating", self._remedy(node))
        there = [node for node in free if not self._lacking([node])[node]]
        for node in there:
            yield f"{node} has the versions already"
        yield from self._finished(there)
        yield from self._installed([node for node in free if node not in there])

    def _told_waiting(self, nodes: Sequence[str]) -> Told:
        for node in nodes:
            if node in self.waiting:
                yield f"{node} waits: {self.waiting[node]}"

    def _wanted(self, node: str) -> Mapping[str, str]:
        """Return the versions that a node's present try installs."""
        update = self._diary.update(node)
        return update.wanted if attempt_of(self._diary.deeds(node)) == 1 else update.before

    def _alike(self, nodes: Sequence[str]) -> Iterator[tuple[Mapping[str, str], list[str]]]:
        """Yield nodes that get the same versions, together."""
        groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for node in nodes:
            groups.setdefault(tuple(sorted(self._wanted(node).items())), []).append(node)
        return ((dict(wanted), names) for wanted, names in groups.items())

    def _installed(self, nodes: Sequence[str]) -> Told:
        good = []
        for wanted, group in self._alike(nodes):
            listed = ", ".join(f"{name} {version}" for name, version in wanted.items())
            yield f"{', '.join(group)}: {listed}"
            refused = self._hands.installer.install(group, wanted)
            for node in group:
                if refused.get(node):
                    yield from self._failed(node, refused[node])
                else:
                    good.append(node)
        lacking = self._lacking(good)
        for node in good:
            if lacking[node]:
                yield from self._failed(node, lacking[node])
        yield from self._finished([node for node in good if not lacking[node]])

    def _finished(self, nodes: Sequence[str]) -> Told:
        """Start services again where a node does not boot, and write down that it is done."""
        for node in nodes:
            update = self._diary.update(node)
            refused = ""
            if update.services and not update.boots:
                refused = self._hands.installer.restart([node], update.services).get(node, "")
            if refused:
                yield from self._failed(node, f"its services do not start: {refused}")
            else:
                self._diary.write(node, "act", "done", remedy=self._remedy(node))

    def _remedy(self, node: str) -> str:
        return REMEDY[attempt_of(self._diary.deeds(node))]

    def _failed(self, node: str, why: str) -> Told:
        self._diary.write(node, "act", "failed", why, remedy=self._remedy(node))
        yield f"{node} was not installed: {why}"

    def _lacking(self, nodes: Sequence[str]) -> dict[str, str]:
        """Return by node which versions are not there though they should be."""
        told = {}
        for wanted, group in self._alike(nodes):
            seen = self._hands.installer.look(group, tuple(wanted))
            for node in group:
                packages = seen.get(node)
                if packages is None or packages.silent:
                    told[node] = packages.silent if packages else "it did not answer"
                    continue
                short = [n for n, v in wanted.items() if packages.installed.get(n) != v]
                told[node] = ", ".join(
                    f"{name} is {packages.installed.get(name, 'not there')}" for name in short
                )
        return told

    def boot(self, nodes: Sequence[str]) -> Told:
        """Tell nodes to start again, by their own system."""
        free = list(self._free(nodes))
        yield from self._told_waiting(nodes)
        lives = self._hands.bodies.looks(free) if free else {}
        for node in free:
            life = lives.get(node, Life(reason="it did not answer"))
            attempt = attempt_of(self._diary.deeds(node))
            self._diary.intend(node, "reboot", attempt, life.boot_id)
            refused = self._hands.bodies.boot(node) if life.answers else life.reason
            if refused:
                told = f"it was not told to start again: {refused}"
                self._diary.write(node, "act", "failed", told, remedy="reboot")
                yield f"{node}: {told}"
            else:
                yield f"{node} starts again"

    def awaited(self, nodes: Sequence[str]) -> Told:
        """Wait until nodes have started: another boot id, and nothing else, says that they did."""
        left, waited = list(nodes), 0.0
        quiet = dict.fromkeys(nodes, 0.0)
        while left and waited <= self._patience.boot_s:
            lives = self._hands.bodies.looks(left)
            for node in list(left):
                life = lives.get(node, Life(reason="it did not answer"))
                quiet[node] = quiet[node] + self._patience.pause_s if life.answers else 0.0
                intent = self._diary.last(node, "act")
                if intent is not None and self._is_another(intent, life):
                    left.remove(node)
                    told = f"it started again after {waited:.0f} s"
                    self._diary.write(node, "act", "done", told, remedy="reboot")
                    yield f"{node}: {told}"
                elif quiet[node] > self._patience.order_s:
                    left.remove(node)
                    yield from self._not_started(node, "it goes on answering as before")
            if left:
                self._hands.wait(self._patience.pause_s)
                waited += self._patience.pause_s
        for node in left:
            yield from self._not_started(node, f"it did not answer within {waited:.0f} s")

    def _not_started(self, node: str, told: str) -> Told:
        self._diary.write(node, "act", "failed", told, remedy="reboot")
        yield f"{node}: {told}"

    def _is_another(self, intent: Deed, life: Life) -> bool:
        if not life.answers or not life.boot_id:
            return False
        if intent.boot_id:
            return life.boot_id != intent.boot_id
        begun, now = (datetime.fromisoformat(at) for at in (intent.at, self._hands.now()))
        return life.up_s is not None and life.up_s < (now - begun).total_seconds()
