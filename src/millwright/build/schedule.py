"""Turns of a burn-in: which node runs what after what, and when the next one may begin."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from millwright.build.power import PowerBook
from millwright.model.buildplan import BuildPlan, PlannedTest

ROUND = ("reboot", "after-reboot")
BESIDE_S = 2.0
"""What a turn takes beside its test: to begin, and to be seen ended."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One run of a test. The first of `nodes` runs it, all of them are taken meanwhile.

    `number` counts rounds or segments from 0.
    """

    at: int
    test: PlannedTest
    number: int
    nodes: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return its name on its node."""
        return f"{self.test.test}.{self.number}"

    @property
    def runs_on(self) -> str:
        """Return the node that is asked to run it."""
        return self.nodes[0]

    @property
    def peer(self) -> str:
        """Return the other one of a pair; nothing where there is none."""
        return self.nodes[1] if self.test.scope == "pair" else ""


def turns(plan: BuildPlan) -> list[Turn]:
    """Return all turns of a plan in their order, which is that of every node as well.

    Starts go round with what is looked at after them, so that every start is looked at.
    """
    found: list[Turn] = []
    every = [(test, number, nodes) for test in plan.tests for number, nodes in _of(test)]
    straight = [each for each in every if each[0].when not in ROUND]
    around = sorted((each for each in every if each[0].when in ROUND), key=lambda each: each[1])
    for test, number, nodes in (*straight, *around):
        found.append(Turn(len(found), test, number, nodes))
    return found


def _of(test: PlannedTest) -> Iterator[tuple[int, tuple[str, ...]]]:
    if test.scope == "pair":
        for number, pairs in enumerate(test.rounds):
            yield from ((number, pair) for pair in pairs)
        return
    names = test.names()
    for segment in range(test.segments):
        if test.scope == "fabric":
            yield segment, names
        else:
            yield from ((segment, (name,)) for name in names)


class Floor:
    """Who is at work, and who comes next: every node takes its turns in order.

    A turn of several nodes begins when it is the next one of all of them. `spread` says whether
    starts are kept apart here; the power that feeds carry is minded in any case.
    """

    def __init__(self, plan: BuildPlan, left: list[Turn], *, spread: bool = True) -> None:
        self.book = PowerBook(plan.feeds, plan.idle_w, plan.stagger_s if spread else 0.0)
        self.busy: dict[str, Turn] = {}
        self.queues: dict[str, deque[Turn]] = {name: deque() for name in plan.nodes()}
        for turn in left:
            for name in turn.nodes:
                self.queues[name].append(turn)

    @property
    def over(self) -> bool:
        """Return whether nothing is left to do."""
        return not self.busy and not any(self.queues.values())

    def due(self, now: float, able: Callable[[str], bool]) -> Iterator[Turn]:
        """Yield the turns that may begin now, each taken as begun; `able` says of a node whether
        it can be asked."""
        for name, queue in self.queues.items():
            if name in self.busy or not queue or not able(name):
                continue
            turn = queue[0]
            if self._ready(turn, able) and self.book.may_begin(turn.nodes, turn.test.draw_w, now):
                self.begin(turn, now)
                yield turn

    def _ready(self, turn: Turn, able: Callable[[str], bool]) -> bool:
        return all(
            name not in self.busy and self.queues[name][0] is turn and able(name)
            for name in turn.nodes
        )

    def begin(self, turn: Turn, now: float) -> None:
        """Take that a turn begins."""
        for name in turn.nodes:
            self.queues[name].popleft()
            self.busy[name] = turn
        self.book.begin(turn.nodes, turn.test.draw_w, now)

    def end(self, turn: Turn) -> None:
        """Take that a turn is over."""
        for name in turn.nodes:
            self.busy.pop(name, None)
        self.book.end(turn.nodes, turn.test.draw_w)

    def again(self, turn: Turn) -> None:
        """Take that a turn is over and has to be done once more, before what follows it."""
        self.end(turn)
        for name in turn.nodes:
            self.queues[name].appendleft(turn)

    def drop(self, turn: Turn) -> None:
        """Take out a turn that was not begun and never will be."""
        for name in turn.nodes:
            self.queues[name].remove(turn)

    def waiting(self) -> float | None:
        """Return the earliest time at which the spread of starts lets a next turn begin."""
        heads = {id(q[0]): q[0] for name, q in self.queues.items() if q and name not in self.busy}
        times = [self.book.next_at(turn.nodes, turn.test.draw_w) for turn in heads.values()]
        return min(times, default=None)


@dataclass(frozen=True, slots=True)
class Slot:
    """One turn and its time, in seconds from the beginning."""

    turn: Turn
    begins: float
    ends: float


def timeline(plan: BuildPlan) -> Iterator[Slot]:
    """Yield how a plan goes where every node answers and every test takes its time."""
    floor, now = Floor(plan, turns(plan)), 0.0
    ends: list[tuple[float, int, Turn]] = []
    while not floor.over:
        for turn in floor.due(now, lambda _: True):
            end = now + turn.test.seconds + BESIDE_S
            heapq.heappush(ends, (end, turn.at, turn))
            yield Slot(turn, now, end)
        later = floor.waiting()
        if later is not None and later > now and (not ends or later < ends[0][0]):
            now = later
            continue
        if not ends:
            return
        now = ends[0][0]
        while ends and ends[0][0] <= now:
            floor.end(heapq.heappop(ends)[2])
