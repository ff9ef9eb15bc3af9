"""One batch under way: canaries first, the others behind them, each host drained where it must be.

While a canary is at work on a role, others may follow it through the roles that it has shown
already: they meet nothing that no canary stands on, and do not wait until it has come to its end.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

from millwright.deploy.batches import Batch, canaries
from millwright.deploy.checks import Verdict
from millwright.deploy.drains import Drains, Seen
from millwright.deploy.hands import Outcome
from millwright.deploy.judging import Judging, left
from millwright.deploy.orders import Run
from millwright.deploy.plan import Step
from millwright.deploy.shares import Share
from millwright.model.nodeset import folded
from millwright.ports import Limits, Play, Played

MOST_AT_ONCE = Share(64)
MOST_DRAINED = Share(25, percent=True)
MOST_BAD_CANARIES = 1
"""So many canaries may fail a role, within the limit of the run, before it is the role that is bad:
one host with a defect of its own keeps nobody, and a bad change meets few."""
FEWEST_SHOWN = 2
"""As many roles must have been shown before others follow, or all that they have to do: each start
of Ansible costs seconds."""

Told = Iterator[Outcome | None]
"""What came of steps; None where there is nothing to tell yet, and something else may be done."""
Lane = Generator[Outcome | None, None, None]


class Advance:
    """One batch under way: `blocked` holds roles that hosts are spared from now on, and why."""

    def __init__(self, batch: Batch, todo: dict[str, tuple[Step, ...]], run: Run) -> None:
        self._roles = [role.name for role in batch.roles]
        self._waiting = todo
        self._count = len(todo)
        self._disturbed = sum(bool(_disturbing(steps)) for steps in todo.values())
        self._run = run
        self._drains = Drains(run.inputs.factory.head, run.hands, run.orders.drain_wait_s)
        self._blocked: dict[str, str] = {}
        self._failed: dict[str, list[str]] = {}
        self._calm: bool | None = None

    def go(self) -> Lane:
        """Yield how steps come out: canaries until every role has been shown, then waves."""
        yield from self._show()
        yield from self._go_on()

    def _show(self) -> Told:
        """Yield how canaries come out; for one that is lost or fails another host is taken."""
        wanted = frozenset(self._roles)
        lost: dict[str, list[str]] = {}
        while hosts := canaries(self._waiting, wanted - self._blocked.keys()):
            outcomes: list[Outcome] = []
            for outcome in self._led(hosts):
                if outcome is not None and outcome.host in hosts:
                    outcomes.append(outcome)
                yield outcome
            wanted -= {outcome.role for outcome in outcomes if outcome.well}
            for outcome in outcomes:
                if not outcome.well and outcome.role in wanted - self._blocked.keys():
                    lost.setdefault(outcome.role, []).append(outcome.host)
            self._stop_losing(lost)

    def _led(self, hosts: Sequence[str]) -> Told:
        """Yield how canaries come out, and others that follow them while they are at work."""
        showing: dict[str, set[str]] = {}
        for host in hosts:
            for step in self._waiting[host]:
                showing.setdefault(step.role.name, set()).add(host)
        lead, follow = self._wave(hosts), _nobody()
        try:
            for outcome in lead:
                yield outcome
                if outcome is not None:
                    self._seen(outcome, showing)
                    continue
                for other in follow:
                    yield other
                    if other is None:
                        break
                else:
                    follow = self._followed(self._shown(showing))
            yield from follow
        finally:
            lead.close()
            follow.close()

    def _seen(self, outcome: Outcome, showing: Mapping[str, set[str]]) -> None:
        """Take how a canary came out: a role is shown where it stands on all that have it."""
        if outcome.well:
            showing[outcome.role].discard(outcome.host)
        elif outcome.verdict.standing == "failed":
            bad = self._failed.setdefault(outcome.role, [])
            bad.append(outcome.host)
            limit = self._run.orders.max_failed.of(self._count)
            if len(bad) > min(limit, MOST_BAD_CANARIES):
                self._blocked.setdefault(
                    outcome.role, f"{outcome.role} failed on {folded(bad)} first"
                )

    def _shown(self, showing: Mapping[str, set[str]]) -> dict[str, tuple[Step, ...]]:
        """Return what others may do now; nothing where that is little."""
        shown = {role for role, hosts in showing.items() if not hosts} - self._blocked.keys()
        steps: dict[str, tuple[Step, ...]] = {}
        for host in tuple(self._waiting)[: MOST_AT_ONCE.number]:
            own = self._waiting[host]
            steps[host] = tuple(itertools.takewhile(lambda step: step.role.name in shown, own))
        steps = {host: own for host, own in steps.items() if own}
        enough = any(
            len(own) >= FEWEST_SHOWN or own == self._waiting[host] for host, own in steps.items()
        )
        return steps if enough and self._at_once() else {}

    def _at_once(self) -> bool:
        """Return whether others come all at once: nobody said how many, and none is drained."""
        if self._calm is None:
            self._calm = self._run.orders.wave is None and not self._drained_for_it()
        return self._calm

    def _followed(self, steps: Mapping[str, tuple[Step, ...]]) -> Lane:
        """Yield how hosts come out that do a part of their steps; who is out does no other."""
        for host, own in steps.items():
            if rest := self._waiting[host][len(own) :]:
                self._waiting[host] = rest
            else:
                del self._waiting[host]
        yield from self._counted(self._done(steps), len(steps))
        for host in steps:
            if host in self._run.out and host in self._waiting:
                why = self._run.out[host]
                yield from (left(step, why) for step in self._waiting.pop(host))

    def _stop_losing(self, lost: Mapping[str, Sequence[str]]) -> None:
        limit = self._run.orders.max_failed.of(self._count)
        for role, hosts in lost.items():
            if len(hosts) > limit:
                why = f"{role} came to no end on {folded(hosts)}, one after the other"
                self._blocked.setdefault(role, why)

    def _go_on(self) -> Told:
        """Yield how the other hosts come out, wave by wave."""
        while self._waiting:
            hosts = self._next_wave()
            yield from self._counted(self._wave(hosts), len(hosts))

    def _counted(self, outcomes: Told, count: int) -> Told:
        """Yield outcomes of so many hosts; a role that too many of them fail is done no further."""
        bad: dict[str, list[str]] = {}
        for outcome in outcomes:
            if outcome is not None and not outcome.well and not outcome.skipped:
                bad.setdefault(outcome.role, []).append(outcome.host)
            yield outcome
        limit = self._run.orders.max_failed.of(count)
        for role, names in bad.items():
            if len(names) > limit:
                told = f"on {folded(names)}, {len(names)} of a wave of {count}"
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
        """Return the waiting hosts that are disturbed, where Slurm runs there; all of them where it
        does not say."""
        disturbed = [h for h, steps in self._waiting.items() if _disturbing(steps)]
        found = self._drains.look(disturbed) if disturbed else Seen()
        return [host for host in disturbed if found.silent or host in found.nodes]

    def _wave(self, hosts: Sequence[str]) -> Lane:
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

    def _done(self, steps: Mapping[str, tuple[Step, ...]]) -> Told:
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

    def _played(self, judging: Judging, steps: Mapping[str, tuple[Step, ...]]) -> Told:
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
            yield from judging.take(ended[0].playbook, ended) if ended else (None,)

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


def by_play(plays: Sequence[Play], played: Iterable[Played | None]) -> Iterator[list[Played]]:
    """Yield what each play came to as soon as its last node is known, so that it is proven while
    the next one runs; an empty list where nothing is told yet."""
    out: set[str] = set()
    awaited = {play.playbook: set(play.nodes) for play in plays}
    gathered: list[Played] = []
    for each in played:
        if each is None:
            yield []
            continue
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


def _nobody() -> Lane:
    """Return where nobody does anything."""
    yield from ()
