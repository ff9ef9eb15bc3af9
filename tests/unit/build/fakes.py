"""A cluster of nodes that run jobs in no time, or as a test has it, and a clock that is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from millwright.build.hands import Hands
from millwright.build.schedule import Turn
from millwright.model.buildrun import Outcome
from millwright.ports import Answer, Job, SpoolOrder, SpoolTold, Unit

Said = tuple[int, bytes]


@dataclass
class FakeNode:
    """One node: jobs by their keys, with the time at which each ends.

    `most` is how many it ran at once, servers aside: what is forgotten goes on until its end.
    """

    takes_s: float = 5.0
    says: dict[str, Said] = field(default_factory=dict)
    hangs: frozenset[str] = frozenset()
    boot: int = 1
    silent: str = ""
    jobs: dict[str, tuple[Job, float, int]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    work: dict[str, tuple[float, int]] = field(default_factory=dict)
    most: int = 0

    def reboot(self) -> None:
        self.boot += 1


@dataclass
class FakeSpool:
    """Nodes by name; `now` is the clock of the whole test."""

    nodes: dict[str, FakeNode]
    now: float = 0.0
    crash_after: int | None = None
    backwards: bool = False

    def tend(self, orders: Sequence[SpoolOrder]) -> Iterator[SpoolTold]:
        for order in reversed(orders) if self.backwards else orders:
            if self.crash_after is not None:
                self.crash_after -= 1
                if self.crash_after < 0:
                    raise KeyboardInterrupt
            yield self._told(order)

    def _told(self, order: SpoolOrder) -> SpoolTold:
        node = self.nodes[order.node]
        if node.silent:
            return SpoolTold(order.node, node.silent)
        node.ended += order.end
        for key in order.end:
            node.stopped.add(key)
            node.work.pop(key, None)
        for job in order.begin:
            if job.key not in node.jobs:
                self._begin(node, job)
        for key in order.forget:
            node.jobs.pop(key, None)
        keys = [*(job.key for job in order.begin), *order.ask]
        units = {key: self._unit(node, key) for key in keys}
        return SpoolTold(order.node, "", f"boot-{node.boot}", False, units)

    def _begin(self, node: FakeNode, job: Job) -> None:
        node.jobs[job.key] = (job, self.now, node.boot)
        node.begun.append(job.key)
        node.stopped.discard(job.key)
        if not job.key.endswith(".serve"):
            node.work[job.key] = (self.now, node.boot)
        runs = [b == node.boot and self.now < at + node.takes_s for at, b in node.work.values()]
        node.most = max(node.most, sum(runs))

    def _unit(self, node: FakeNode, key: str) -> Unit:
        if key not in node.jobs:
            return Unit("none")
        job, since, boot = node.jobs[key]
        test = key.partition(".")[0]
        if boot != node.boot:
            return Unit("gone", f"boot-{boot}")
        if key in node.stopped:
            return Unit("done", f"boot-{boot}", "signal", None, reason="told to end")
        served = key.endswith(".serve")
        if served or self.now < since + node.takes_s or test in node.hangs:
            if test in node.hangs and self.now >= since + job.limit_s:
                return Unit("done", f"boot-{boot}", "timeout", None, job.limit_s, reason="late")
            return Unit("runs", f"boot-{boot}")
        status, out = node.says.get(test, (0, b""))
        return Unit("done", f"boot-{boot}", "exit", status, node.takes_s, out)


@dataclass
class Kept:
    """What a run saw on the disk."""

    answers: list[Answer] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    begun: list[tuple[float, Turn]] = field(default_factory=list)

    def hands(self, spool: FakeSpool, what: Any = None) -> Hands:
        """Return hands on fakes; `what` is called at each wait with the clock."""

        def wait(seconds: float) -> None:
            spool.now += seconds
            if what is not None:
                what(spool.now)

        def measured(rows: Sequence[dict[str, Any]]) -> int:
            self.rows += rows
            return len(self.rows)

        return Hands(
            run="run",
            spool=spool,
            keep=lambda answer, boot: self.answers.append(replace(answer)),
            measured=measured,
            done=self.outcomes.append,
            begun=lambda turn: self.begun.append((spool.now, turn)),
            now=lambda: spool.now,
            at=lambda: "2026-01-05T10:00:00Z",
            wait=wait,
        )
