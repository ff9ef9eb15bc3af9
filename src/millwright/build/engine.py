"""Carries a plan out: begins turns, asks after them, keeps what came of each before it is told.

Nodes run their jobs by themselves, so that nothing is lost with a connection or with this
process: whoever goes on later finds the same jobs under the same names, and begins none twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from millwright.build.boots import BOOT, started
from millwright.build.hands import Hands, Patience
from millwright.build.jobs import job_of, slots_of
from millwright.build.left import left_of
from millwright.build.observe import Observed, observed
from millwright.build.rows import rows_of
from millwright.build.running import Node, Running, answer_of, outcome_of, turn_id
from millwright.build.schedule import Floor, Turn
from millwright.build.slowed import since_last_look
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Came, Outcome
from millwright.ports import Job, SpoolOrder, SpoolTold, Unit

NO_JOB = "a start of its node is no job of a scheduler's: `build resume --executor ssh` runs it"


class Engine:
    """One run of a plan; `before` is what came of turns when it was run until now."""

    def __init__(
        self, plan: BuildPlan, hands: Hands, patience: Patience, before: Sequence[Outcome] = ()
    ) -> None:
        self._plan, self._hands, self._patience = plan, hands, patience
        left = left_of(plan, before)
        self._attempts, self._known = left.attempts, left.known
        self._end, self._forget = left.end, left.forget
        self._floor = Floor(plan, left.turns, spread=not hands.scheduled)
        self._slots = slots_of(plan)
        self._running: dict[int, Running] = {}
        self._nodes = {name: Node(simulated=plan.simulated) for name in plan.nodes()}
        self._worked: set[str] = set()
        self._sent: dict[str, SpoolOrder] = {}

    def go(self) -> Iterator[Outcome]:
        """Yield what came of every turn that was left, each after it is on the disk."""
        if self._hands.scheduled:
            yield from self._leave_starts()
        while not self._floor.over:
            self._begin()
            for told in self._hands.spool.tend(self._orders()):
                yield from self._hear(told)
            yield from self._lose_patience()
            if not self._floor.over:
                self._hands.wait(self._pause())
        while orders := self._last_orders():
            for told in self._hands.spool.tend(orders):
                self._heard(told)

    def _leave_starts(self) -> Iterator[Outcome]:
        """Give up what only a run over SSH can do: starts, and what has to come after them."""
        turns = {turn.at: turn for queue in self._floor.queues.values() for turn in queue}
        for turn in turns.values():
            if turn.test.when in ("reboot", "after-reboot"):
                yield self._not_run(turn, Observed("not run", NO_JOB))

    def _begin(self) -> None:
        now = self._hands.now()
        for turn in self._floor.due(now, self._able):
            running = self._next_try(turn)
            careless = running.served and turn.test.reader != BOOT
            running.new = careless or turn.runs_on in self._worked
            self._worked.add(turn.runs_on)
            self._running[turn.at] = running
            self._hands.begun(turn)

    def _next_try(self, turn: Turn) -> Running:
        attempt = self._attempts.get(turn_id(turn), 0) + 1
        return Running(turn, attempt, served=turn.test.scope != "pair")

    def _able(self, name: str) -> bool:
        return self._nodes[name].silent_since is None

    def _pause(self) -> float:
        """Return how long to wait: a tenth of what the youngest job has run or stood, in bounds."""
        now, least = self._hands.now(), self._patience.pause_s
        ages = [now - r.since if r.since is not None else 0.0 for r in self._running.values()]
        return min(10 * least, max(least, 0.1 * min(ages, default=0.0)))

    def _orders(self) -> list[SpoolOrder]:
        """Return what nodes are told now; those that are silent are asked whether they live."""
        begin: dict[str, list[Job]] = {}
        ask: dict[str, list[str]] = {}
        for running in self._running.values():
            turn = running.turn
            if not running.new:
                ask.setdefault(turn.runs_on, []).append(running.key)
                continue
            if turn.test.scope == "pair":
                self._order(running, turn.peer, running.serve_key, (begin, ask))
            if running.served or self._hands.scheduled:
                self._order(running, turn.runs_on, running.key, (begin, ask))
        silent = [name for name, node in self._nodes.items() if node.silent_since is not None]
        names = dict.fromkeys([*begin, *ask, *self._forget, *self._end, *silent])
        orders = [self._order_of(name, begin.get(name, ()), ask.get(name, ())) for name in names]
        return orders

    def _order(
        self,
        running: Running,
        node: str,
        key: str,
        into: tuple[dict[str, list[Job]], dict[str, list[str]]],
    ) -> None:
        """Have a job begun until its node has said that it was, and asked for from then on.

        A name that an earlier run left behind is cleared first.
        """
        begin, ask = into
        if key in (*self._end.get(node, ()), *self._forget.get(node, ())):
            return
        both = key == running.key or self._hands.scheduled
        if running.begun is not None if both else running.served:
            ask.setdefault(node, []).append(key)
        else:
            begin.setdefault(node, []).append(job_of(self._plan, running, key, self._slots))

    def _order_of(self, name: str, begin: Sequence[Job], ask: Sequence[str]) -> SpoolOrder:
        end, forget = tuple(self._end.get(name, ())), tuple(self._forget.get(name, ()))
        self._sent[name] = SpoolOrder(name, tuple(begin), tuple(ask), end, forget)
        return self._sent[name]

    def _last_orders(self) -> list[SpoolOrder]:
        names = dict.fromkeys([*self._forget, *self._end])
        return [self._order_of(name, (), ()) for name in names if self._able(name)]

    def _heard(self, told: SpoolTold) -> bool:
        """Take whether a node answered; what was ended or forgotten is so from then on."""
        node = self._nodes[told.node]
        if not told.reached:
            if node.silent_since is None:
                node.silent_since = self._hands.now()
            node.why = told.reason
            return False
        node.silent_since, node.simulated = None, node.simulated or told.simulated
        self._obeyed(told.node)
        return True

    def _obeyed(self, name: str) -> None:
        """Strike out what a node was told; what came up while it answered, it has yet to hear."""
        sent = self._sent.pop(name, SpoolOrder(name))
        end = [key for key in self._end.pop(name, ()) if key not in sent.end]
        forget = [key for key in self._forget.pop(name, ()) if key not in sent.forget]
        for keys, into in ((end, self._end), (forget + list(sent.end), self._forget)):
            if keys:
                into[name] = keys

    def _hear(self, told: SpoolTold) -> Iterator[Outcome]:
        """Take what a node told of its jobs."""
        if not self._heard(told):
            return
        turn = self._floor.busy.get(told.node)
        running = self._running.get(turn.at) if turn else None
        if running is None:
            return
        if told.node == running.turn.peer and (unit := told.units.get(running.serve_key)):
            yield from self._hear_serving(running, unit)
        if told.node == running.turn.runs_on and (unit := told.units.get(running.key)):
            yield from self._hear_running(running, unit, told.boot_id)

    def _hear_serving(self, running: Running, unit: Unit) -> Iterator[Outcome]:
        if unit.state == "runs":
            running.served = True
        elif unit.state in ("done", "gone", "none") and running.begun is None:
            turn, said = running.turn, unit.stderr.decode("utf-8", "replace").strip()[-120:]
            self._keep_unit(turn.peer, turn.test.serve, unit)
            told = f"{turn.peer} does not serve: {said or unit.reason or unit.state}"
            yield from self._over(running, Observed("error", told, again=True), unit)

    def _hear_running(self, running: Running, unit: Unit, boot_id: str) -> Iterator[Outcome]:
        running.left = running.left or (not running.new and unit.state != "none")
        running.served, running.new = running.served or running.left, True
        if running.waits is None and unit.state == "waits":
            running.waits = self._hands.now()
        test = running.turn.test
        # A start that an earlier run ordered took its own job with it: the start it names tells.
        ordered = test.reader == BOOT and unit.state == "gone" and bool(unit.boot_id)
        if running.begun is None and (ordered or unit.state in ("begins", "runs", "done")):
            running.begun, running.boot_id = self._hands.now(), unit.boot_id
        if test.reader == BOOT and running.begun is not None:
            waited_s = self._hands.now() - running.begun
            unit = started(unit, (running.boot_id, boot_id), waited_s, test.limit_s)
            unit = replace(unit, duration_s=0.0) if running.left else unit
        if unit.state == "done":
            turn = running.turn
            self._keep_unit(turn.runs_on, turn.test.argv, unit)
            known = self._known.get(turn.runs_on, {})
            seen = since_last_look(observed(turn.test, unit), known, self._hands.at())
            yield from self._over(running, seen, unit)
        elif unit.state == "refused":
            yield from self._over(running, Observed("not run", unit.reason), None)
        elif unit.state == "gone" or (unit.state == "none" and running.begun is not None):
            told = "it ended without a word: its node started again, or somebody ended it"
            told += f" ({unit.reason})" if unit.reason else ""
            self._keep_unit(
                running.turn.runs_on,
                running.turn.test.argv,
                replace(unit, ended="lost", reason=told),
            )
            yield from self._over(running, Observed("error", told, again=True), unit)

    def _keep_unit(self, node: str, argv: Sequence[str], unit: Unit) -> None:
        answer = answer_of(self._nodes[node], node, argv, unit)
        self._hands.keep(answer, unit.boot_id)

    def _over(self, running: Running, seen: Observed, unit: Unit | None) -> Iterator[Outcome]:
        """Take a turn off the floor, to be done once more where that is worth it, and keep it."""
        turn = running.turn
        again = seen.again and running.attempt < self._patience.attempts
        outcome = self._outcome(running, seen, unit).model_copy(
            update={"final": not again and seen.came not in ("lost", "not run")}
        )
        known = self._known.setdefault(turn.runs_on, {})
        known.update(seen.facts)
        rows = list(rows_of(self._plan, turn, seen, outcome, known))
        length = self._hands.measured([{**row, "run": self._hands.run} for row in rows])
        update = {"measurements": len(rows), "measured_to": length}
        yield self._kept(outcome.model_copy(update=update))
        if seen.came not in ("lost", "not run"):
            self._attempts[turn_id(turn)] = running.attempt
        if seen.came != "lost":
            self._forget.setdefault(turn.runs_on, []).append(running.key)
        self._settle(running, again)

    def _settle(self, running: Running, again: bool) -> None:
        turn = running.turn
        del self._running[turn.at]
        if turn.peer:
            self._end.setdefault(turn.peer, []).append(running.serve_key)
        if again:
            self._floor.again(turn)
        else:
            self._floor.end(turn)

    def _outcome(self, running: Running, seen: Observed, unit: Unit | None) -> Outcome:
        simulated = self._nodes[running.turn.runs_on].simulated
        return outcome_of(running, seen, unit, self._hands.at(), simulated=simulated)

    def _not_run(self, turn: Turn, seen: Observed) -> Outcome:
        """Give up a turn that was not begun; whoever goes on later tries it."""
        self._floor.drop(turn)
        outcome = self._outcome(self._next_try(turn), seen, None)
        return self._kept(outcome.model_copy(update={"final": False}))

    def _kept(self, outcome: Outcome) -> Outcome:
        self._hands.done(outcome)
        return outcome

    def _lose_patience(self) -> Iterator[Outcome]:
        """Give up nodes that are silent for too long, and the turns that need them."""
        now = self._hands.now()
        gone = {
            name
            for name, node in self._nodes.items()
            if node.silent_since is not None and now - node.silent_since >= self._bearable(name)
        }
        for running in list(self._running.values()):
            if silent := next((n for n in running.turn.nodes if n in gone), None):
                yield from self._give_up(running, silent, running.turn.runs_on in gone)
        for name in gone:
            for turn in list(self._floor.queues[name]):
                came: Came = "lost" if name == turn.runs_on else "not run"
                yield self._not_run(turn, Observed(came, self._silence(name)))

    def _give_up(self, running: Running, silent: str, adrift: bool) -> Iterator[Outcome]:
        """Give up a turn; where its job is `adrift` on a silent node, the outcome says it ended so.

        That job keeps its name, for a later run to collect. A node that answers and lost its
        partner goes on with other tests, and is told to end this one.
        """
        told = self._silence(silent)
        lost = Unit("gone", ended="lost", reason=told)
        self._keep_unit(running.turn.runs_on, running.turn.test.argv, lost)
        yield from self._over(running, Observed("lost", told), lost if adrift else None)
        if not adrift:
            self._end.setdefault(running.turn.runs_on, []).append(running.key)

    def _bearable(self, name: str) -> float:
        """Return how long a node may be silent: one that starts again, as long as that may take."""
        turn = self._floor.busy.get(name)
        starts = turn is not None and turn.test.reader == BOOT
        limit = float(turn.test.limit_s) if turn is not None and starts else 0.0
        return max(self._patience.silent_s, limit)

    def _silence(self, name: str) -> str:
        return f"{name} is silent: {self._nodes[name].why}"
