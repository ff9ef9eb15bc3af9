"""A Spool whose jobs Slurm begins: laid ready on nodes over a Shell, submitted on the head.

Nodes keep jobs as they do without Slurm, so that what is collected is the same; Slurm says when one
begins. A turn waits in its queue behind people's jobs, takes its nodes whole, and ends for itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from millwright.adapters.slurmqueue import Group, Queue, QueuedJob, SlurmHead, Turn, partition_for
from millwright.adapters.spool import ShellSpool
from millwright.ports import Job, Share, SpoolOrder, SpoolTold, Unit

AT_ONCE = 400
"""Turns that are submitted in one call: the rest follow in the next."""
SPARE_S = 180.0
"""What a job may take beside its test: prolog, start of steps, end."""
SERVE = ".serve"
NEVER = math.inf


@dataclass(slots=True)
class SlurmSpool:
    """`inner` lays jobs ready and collects them; a turn waits `within_s` in the queue at most."""

    inner: ShellSpool
    head: SlurmHead
    now: Callable[[], float]
    within_s: float = NEVER
    _jobs: dict[Turn, Job] = field(default_factory=dict)
    _owners: dict[tuple[str, str], Turn] = field(default_factory=dict)
    _laid: set[tuple[str, str]] = field(default_factory=set)
    _submitted: set[Turn] = field(default_factory=set)
    _since: dict[Turn, float] = field(default_factory=dict)
    _pending: set[tuple[str, str]] = field(default_factory=set)
    _ended: set[Turn] = field(default_factory=set)

    def tend(self, orders: Sequence[SpoolOrder]) -> Iterator[SpoolTold]:
        """Yield what each node told, with Slurm's word on what it has not begun.

        A node all of whose jobs wait in the queue is not asked.
        """
        for order in orders:
            self._learn(order)
        asked: list[SpoolOrder] = []
        resting: list[SpoolOrder] = []
        for order in orders:
            (resting if self._rests(order) else asked).append(order)
        found = {told.node: told for told in self.inner.tend(asked)}
        found |= {order.node: _resting(order) for order in resting}
        for told in found.values():
            self._laid -= {(told.node, key) for key in told.units}
            self._laid |= {(told.node, k) for k, u in told.units.items() if u.state == "waits"}
        queue = self._queue(orders, found)
        for told in found.values():
            units = {k: self._unit(told.node, k, u, found, queue) for k, u in told.units.items()}
            waits = {(told.node, key) for key, unit in units.items() if unit.state == "waits"}
            self._pending -= {(told.node, key) for key in units}
            self._pending |= waits if not queue.silent else set()
            yield replace(told, units=units)

    def cancel(self) -> str:
        """Cancel every job of the run, and no other; return why Slurm did not, if so."""
        return self.head.ask(cancel="all").silent

    def _learn(self, order: SpoolOrder) -> None:
        for job in order.begin:
            share = _share(job, order.node)
            turn = (share.turn, share.nodes[0])
            self._jobs[turn] = job
            self._owners[order.node, job.key] = turn

    def _owner(self, node: str, key: str) -> Turn:
        return self._owners.get((node, key), (key, node))

    def _rests(self, order: SpoolOrder) -> bool:
        keys = {(order.node, key) for key in (*(job.key for job in order.begin), *order.ask)}
        return bool(keys) and not (order.end or order.forget) and keys <= self._pending

    def _queue(self, orders: Sequence[SpoolOrder], found: Mapping[str, SpoolTold]) -> Queue:
        """Return what Slurm tells, once what is ready is submitted, and what is over cancelled."""
        cancel = self._over(orders)
        waiting = dict.fromkeys(
            self._owner(told.node, key)
            for told in found.values()
            for key, unit in told.units.items()
            if unit.state == "waits"
        )
        if not waiting and not cancel:
            return Queue()
        queue = self.head.ask(cancel=cancel, nodes=bool(waiting))
        self._submitted |= {turn for turn, job in queue.jobs.items() if not job.over}
        groups = [] if queue.silent else list(self._groups(waiting, queue))
        if not groups:
            return queue
        after = self.head.ask(submit=groups)
        if after.silent:
            return after
        self._submitted |= {(g.key, task[0]) for g in groups for task in g.tasks}
        return replace(after, nodes=queue.nodes)

    def _over(self, orders: Sequence[SpoolOrder]) -> set[Turn]:
        """Return the turns that were begun here and are over: what still waits of them is not."""
        over = {
            self._owner(order.node, key)
            for order in orders
            for key in (*order.end, *order.forget)
            if (order.node, key) in self._laid
        }
        for order in orders:
            for key in order.forget:
                self._laid.discard((order.node, key))
                self._pending.discard((order.node, key))
        self._submitted -= over
        for turn in over:
            self._since.pop(turn, None)
        return over

    def _groups(self, waiting: Mapping[Turn, None], queue: Queue) -> Iterator[Group]:
        """Yield what is to be submitted, like turns together.

        Those whose nodes are idle come by themselves and first: where one task of an array has to
        wait, Slurm's quick scheduler passes over the others of that array.
        """
        alike: dict[tuple[bool, str, int, str, int], list[Share]] = {}
        ready = [turn for turn in waiting if self._ready(turn, queue)]
        for turn in ready[:AT_ONCE]:
            job = self._jobs[turn]
            share = _share(job, turn[1])
            partition = partition_for(share.nodes, queue.nodes)
            busy = any(queue.nodes[name].state != "idle" for name in share.nodes)
            kind = (busy, turn[0], _minutes(job, share), partition, len(share.nodes))
            alike.setdefault(kind, []).append(share)
        for (_, key, minutes, partition, _), shares in sorted(alike.items()):
            tasks = tuple(share.nodes for share in shares)
            yield Group(key, shares[0].scope, minutes, partition, tasks)

    def _ready(self, turn: Turn, queue: Queue) -> bool:
        """Return whether a turn may be submitted: it lies ready on its nodes, and Slurm has them
        in service, and has no job of it."""
        job, known = self._jobs.get(turn), queue.jobs.get(turn)
        if job is None or turn in self._submitted or (known and not known.over):
            return False
        nodes = _share(job, turn[1]).nodes
        return not self._unable(nodes, queue) and self._is_laid(turn, nodes)

    def _is_laid(self, turn: Turn, nodes: Sequence[str]) -> bool:
        if (turn[1], turn[0]) not in self._laid:
            return False
        scope = _share(self._jobs[turn], turn[1]).scope
        return scope != "pair" or (nodes[1], turn[0] + SERVE) in self._laid

    def _unable(self, nodes: Sequence[str], queue: Queue) -> str:
        """Return why Slurm begins nothing on these nodes; nothing where it may."""
        if not queue.nodes:
            return ""
        for name in nodes:
            node = queue.nodes.get(name)
            if node is None:
                return f"Slurm does not know {name}"
            if node.out:
                return f"{name} is {node.state} in Slurm: {node.reason}"
        if not partition_for(nodes, queue.nodes):
            return f"no partition of Slurm that is up has {', '.join(nodes[:4])} together"
        return ""

    def _unit(
        self, node: str, key: str, unit: Unit, found: Mapping[str, SpoolTold], queue: Queue
    ) -> Unit:
        """Return how a job stands: by its node's word, and while that has not begun it, Slurm's."""
        turn = self._owner(node, key)
        if key.endswith(SERVE) and unit.state in ("done", "gone"):
            runs = found.get(turn[1], SpoolTold(turn[1])).units.get(turn[0], Unit("none"))
            return Unit("runs", unit.boot_id) if runs.state in ("runs", "done") else unit
        if unit.state != "waits":
            self._since.pop(turn, None)
            return unit
        told = self._queued(turn, queue)
        if told.state != "waits":
            self._since.pop(turn, None)
            return told
        waited_s = self.now() - self._since.setdefault(turn, self.now())
        if waited_s < self.within_s:
            return told
        return Unit("refused", reason=f"waited {waited_s / 60:.0f} min for Slurm: {told.reason}")

    def _queued(self, turn: Turn, queue: Queue) -> Unit:
        if queue.silent:
            return Unit("waits", reason=f"Slurm does not answer: {queue.silent}")
        if turn in queue.refused:
            self._submitted.discard(turn)
            return Unit("refused", reason=queue.refused[turn])
        job = queue.jobs.get(turn)
        if job is not None and not job.over and job.state != "PENDING":
            return Unit("begins")
        known = self._jobs.get(turn)
        if known and (why := self._unable(_share(known, turn[1]).nodes, queue)):
            return Unit("refused", reason=why)
        if job is not None and not job.over:
            return Unit("waits", reason=f"job {job.id} is pending: {job.reason}")
        if turn not in self._submitted:
            return Unit("waits", reason="is yet to be submitted") if known else Unit("none")
        return self._without_a_word(turn, job)

    def _without_a_word(self, turn: Turn, job: QueuedJob | None) -> Unit:
        """Return how a turn stands whose job is over, though its node told of no beginning.

        The node was asked before Slurm was: a short test may have run in between, so that the
        node is asked once more.
        """
        if turn not in self._ended:
            self._ended.add(turn)
            return Unit("begins")
        self._ended.discard(turn)
        if job is not None and job.state == "CANCELLED":
            return Unit("refused", reason=f"somebody cancelled job {job.id} in Slurm")
        ended = f"job {job.id} ended {job.state}" if job else "its job is gone"
        return Unit("gone", reason=f"Slurm: {ended} and began nothing")


def _resting(order: SpoolOrder) -> SpoolTold:
    keys = (*(job.key for job in order.begin), *order.ask)
    return SpoolTold(order.node, units={key: Unit("waits") for key in keys})


def _share(job: Job, node: str) -> Share:
    return job.share or Share(job.key, (node,))


def _minutes(job: Job, share: Share) -> int:
    """Return the time limit of a job, as Slurm counts it."""
    spread_s = share.slot[1] * share.slot[2] if share.slot else 0.0
    return math.ceil((job.limit_s + spread_s + SPARE_S) / 60.0)
