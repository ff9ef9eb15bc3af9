"""Carries a plan out: batch by batch, canaries first and then waves, each host proven.

Asks everything of the world through ports, so that a rehearsal with fakes is the same code.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from millwright.deploy.batches import Batch, batches, canaries
from millwright.deploy.checks import Verdict
from millwright.deploy.drains import Drains
from millwright.deploy.hands import Hands, Outcome
from millwright.deploy.inputs import Inputs
from millwright.deploy.judging import Judging, left
from millwright.deploy.plan import Plan, Step
from millwright.deploy.proving import prove
from millwright.deploy.role import Role
from millwright.deploy.shares import Share
from millwright.model.nodeset import folded
from millwright.ports import Limits, Play, Played

MOST_AT_ONCE = Share(64)
MOST_DRAINED = Share(25, percent=True)


@dataclass(frozen=True, slots=True)
class Orders:
    """How a run goes about it.

    `wave` is how many hosts come at a time after the canaries: 64 if not said, and a quarter of
    them where they are drained for it. `max_failed` is how many of a wave may fail a role before
    the others are spared it. `drain_wait_s` is how long jobs may take to leave a node, `role_s` how
    long one role may take.
    """

    wave: Share | None = None
    max_failed: Share = Share(10, percent=True)
    drain_wait_s: float = 1800.0
    role_s: float = 3600.0


def apply(
    plan: Plan, roles: Sequence[Role], inputs: Inputs, hands: Hands, orders: Orders
) -> Generator[Outcome, None, None]:
    """Yield how each step came out. A host that fails a role is asked for no later one.

    What the head node fails stops everything that stands on it.
    """
    run = _Run(inputs, hands, orders)
    run.leave_out_silent(plan)
    give_back_old_drains(plan, roles, inputs, hands)
    for batch in batches(plan, roles, inputs):
        run.look_at_head(batch)
        yield from run.batch(batch)
        run.look_at_head(batch)


def give_back_old_drains(
    plan: Plan, roles: Sequence[Role], inputs: Inputs, hands: Hands
) -> dict[str, str]:
    """Give back nodes that a run which was ended left drained, where nothing is to be done there.

    They are proven again before, and left alone where the plan may not touch them; return why one
    stays drained.
    """
    busy = {step.host for step in plan.steps if step.role.drains}
    rows, open_now = hands.ledger.rows(), hands.drains.open()
    ours = [host for host in open_now if host in inputs.nodes and plan.may_touch(host)]
    idle = [host for host in ours if host not in busy]
    kept: dict[str, str] = {}
    for role in (role for role in roles if role.drains):
        known = [host for host in idle if (host, role.name) in rows]
        for host, verdict in prove(role, known, inputs, hands).items():
            if verdict.standing not in ("proven", "not testable"):
                kept[host] = f"{role.name} is {verdict.standing}"
    drains = Drains(inputs.factory.head, hands, 0.0)
    return kept | drains.give_back([host for host in idle if host not in kept])


@dataclass(slots=True)
class _Run:
    """One run under way; `out` holds the hosts that are asked for nothing more, and why."""

    inputs: Inputs
    hands: Hands
    orders: Orders
    out: dict[str, str] = field(default_factory=dict)

    def leave_out_silent(self, plan: Plan) -> None:
        """Ask every host whether it is there, so that a dead one costs one wait and not many."""
        hosts = list(dict.fromkeys(step.host for step in plan.steps))
        for answer in self.hands.shell.run(hosts, ("true",), Limits(command_s=20.0)):
            self.hands.keep(answer)
            if answer.ended != "exit":
                self.out[answer.node] = f"it does not answer: {answer.reason or answer.ended}"

    def look_at_head(self, batch: Batch) -> None:
        """Leave out everybody where the head node is, from the cluster's stage on."""
        head = self.inputs.factory.head
        if head in self.out and batch.roles[0].stage == "cluster":
            for host in self.inputs.nodes:
                self.out.setdefault(host, f"the head node is out: {self.out[head]}")

    def batch(self, batch: Batch) -> Iterator[Outcome]:
        """Work one batch off: canaries until every role has been shown, then waves."""
        for host, steps in batch.steps.items():
            if host in self.out:
                yield from (left(step, self.out[host]) for step in steps)
        todo = {host: steps for host, steps in batch.steps.items() if host not in self.out}
        work = _Batch(batch, todo, self)
        yield from work.show()
        yield from work.go_on()


class _Batch:
    """One batch under way: `blocked` holds roles that hosts are spared from now on, and why."""

    def __init__(self, batch: Batch, todo: dict[str, tuple[Step, ...]], run: _Run) -> None:
        self._roles = [role.name for role in batch.roles]
        self._waiting = todo
        self._count = len(todo)
        self._disturbed = sum(bool(_disturbing(steps)) for steps in todo.values())
        self._run = run
        self._drains = Drains(run.inputs.factory.head, run.hands, run.orders.drain_wait_s)
        self._blocked: dict[str, str] = {}

    def show(self) -> Iterator[Outcome]:
        """Yield how canaries come out; for one that is lost another host is taken."""
        wanted = frozenset(self._roles)
        lost: dict[str, list[str]] = {}
        while hosts := canaries(self._waiting, wanted - self._blocked.keys()):
            outcomes = []
            for outcome in self._wave(hosts):
                outcomes.append(outcome)
                yield outcome
            wanted -= {outcome.role for outcome in outcomes if outcome.well}
            for outcome in outcomes:
                if outcome.verdict.standing == "failed":
                    why = f"{outcome.role} failed on {outcome.host} first"
                    self._blocked.setdefault(outcome.role, why)
                elif not outcome.well and outcome.role in wanted:
                    lost.setdefault(outcome.role, []).append(outcome.host)
            self._stop_losing(lost)

    def _stop_losing(self, lost: Mapping[str, Sequence[str]]) -> None:
        limit = self._run.orders.max_failed.of(self._count)
        for role, hosts in lost.items():
            if len(hosts) > limit:
                why = f"{role} came to no end on {folded(hosts)}, one after the other"
                self._blocked.setdefault(role, why)

    def go_on(self) -> Iterator[Outcome]:
        """Yield how the other hosts come out, wave by wave."""
        while self._waiting:
            hosts = self._next_wave()
            bad: dict[str, list[str]] = {}
            for outcome in self._wave(hosts):
                if not outcome.well and not outcome.skipped:
                    bad.setdefault(outcome.role, []).append(outcome.host)
                yield outcome
            limit = self._run.orders.max_failed.of(len(hosts))
            for role, names in bad.items():
                if len(names) > limit:
                    told = f"on {folded(names)}, {len(names)} of a wave of {len(hosts)}"
                    self._blocked.setdefault(role, f"{role} did not come right {told}")

    def _next_wave(self) -> tuple[str, ...]:
        """Return the hosts that come next; of those that are drained for it, not too many."""
        orders, disturbed = self._run.orders, self._drained_for_it()
        if orders.wave is not None:
            return tuple(self._waiting)[: max(1, orders.wave.of(self._count))]
        most = MOST_DRAINED.of(self._disturbed)
        spared = frozenset(disturbed[most:])
        return tuple(h for h in self._waiting if h not in spared)[: MOST_AT_ONCE.number]

    def _drained_for_it(self) -> list[str]:
        """Return the waiting hosts that are disturbed, where Slurm runs there."""
        disturbed = [h for h, steps in self._waiting.items() if _disturbing(steps)]
        there = self._drains.look(disturbed).nodes if disturbed else {}
        return [host for host in disturbed if host in there]

    def _wave(self, hosts: Sequence[str]) -> Iterator[Outcome]:
        """Do the steps of some hosts together; those that are blocked are left."""
        steps: dict[str, tuple[Step, ...]] = {}
        for host in hosts:
            own = self._waiting.pop(host)
            whys = [self._blocked.get(step.role.name) for step in own]
            at = next((n for n, why in enumerate(whys) if why), len(own))
            steps[host] = own[:at]
            if at < len(own):
                why = whys[at] or ""
                self._run.out.setdefault(host, why)
                yield from (left(step, why) for step in own[at:])
        yield from self._done({host: own for host, own in steps.items() if own})

    def _done(self, steps: Mapping[str, tuple[Step, ...]]) -> Iterator[Outcome]:
        """Drain, play, prove, and give back."""
        if not steps:
            return
        hands = self._run.hands
        judging = Judging(steps, self._run.inputs, hands)
        drained = [host for host, own in steps.items() if _disturbing(own)]
        refused = self._drains.take(drained) if drained else {}
        for host, why in refused.items():
            yield from judging.spare(host, _disturbing(steps[host])[0], why)
        try:
            yield from self._played(judging, steps)
            yield from judging.rest()
        except (KeyboardInterrupt, GeneratorExit):
            judging.interrupt()
            raise
        finally:
            self._run.out |= judging.bad
        well = [h for h in drained if h not in refused and h not in judging.bad]
        if well:
            self._drains.give_back(well)
        held = {h: judging.bad[h] for h in drained if h not in refused and h in judging.bad}
        if held:
            self._drains.hold(held)

    def _played(self, judging: Judging, steps: Mapping[str, tuple[Step, ...]]) -> Iterator[Outcome]:
        """Lay secrets, play, and judge each play as soon as it is over."""
        yield from self._secrets(judging, steps)
        plays = [
            Play(f"{role}.yml", hosts)
            for role in self._roles
            if (hosts := judging.waiting_for(role))
        ]
        if not plays:
            return
        limits = Limits(run_s=self._run.orders.role_s * len(plays))
        for ended in by_play(plays, self._run.hands.playbooks.play(plays, limits)):
            yield from judging.take(ended[0].playbook, ended)

    def _secrets(
        self, judging: Judging, steps: Mapping[str, tuple[Step, ...]]
    ) -> Iterator[Outcome]:
        roles = {step.role.name: step.role for own in steps.values() for step in own}
        for name in self._roles:
            for secret in roles[name].secrets if name in roles else ():
                hosts = judging.waiting_for(name)
                refused = self._run.hands.lay(secret, hosts) if hosts else {}
                for host, reason in refused.items():
                    yield from judging.refuse(host, name, Verdict("unknown", reason))


def _disturbing(steps: Sequence[Step]) -> list[str]:
    """Return the roles among these for which a node is drained."""
    return [step.role.name for step in steps if step.role.drains]


def by_play(plays: Sequence[Play], played: Iterable[Played]) -> Iterator[list[Played]]:
    """Yield what each play came to as soon as its last node is known, so that it is proven while
    the next one runs."""
    out: set[str] = set()
    awaited = {play.playbook: set(play.nodes) for play in plays}
    gathered: list[Played] = []
    for each in played:
        if gathered and gathered[0].playbook != each.playbook:
            yield gathered
            gathered = []
        gathered.append(each)
        out |= {each.node} if each.ended != "ok" else set()
        awaited[each.playbook].discard(each.node)
        if awaited[each.playbook] <= out:
            yield gathered
            gathered = []
    if gathered:
        yield gathered
