"""Growth in operation: new nodes come, are proven step by step and serve; what stands stays.

Each step is in the journal before it is done, and each may be done twice without harm: killed
anywhere, it goes on from the journal. A node that does not get through a step stays out and is
named; it never keeps the others from serving. In the end it is proven, by the start of every
process, that nothing of what stood was started again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from millwright.journeys.growdiary import Diary
from millwright.journeys.growhands import Hands
from millwright.journeys.growserve import Serving
from millwright.journeys.remedyhands import Judged
from millwright.manage.grow.proof import proven
from millwright.manage.grow.retests import unseen, worse
from millwright.manage.remedy.past import NOT_KNOWN, PASSED
from millwright.model.growth import GrowStep, GrowthRun, Retested
from millwright.model.lifecycle import NodeState
from millwright.model.nodeset import folded
from millwright.model.verdict import Verdict

Told = Iterator[str]


class Growth:
    """Carries a growth out, as far as it goes now. `after` is how it stands when it was left."""

    def __init__(self, run: GrowthRun, hands: Hands) -> None:
        self._diary = Diary(run, hands)
        self._hands = hands
        self._serving = Serving(self._diary, hands)
        self.waiting: dict[str, str] = {}
        self._steps: Mapping[GrowStep, Callable[[], Told]] = {
            "note": self._note,
            "record": self._record,
            "before": self._before,
            "rack": self._rack,
            "trust": self._trust,
            "preflight": self._preflight,
            "boot": self._boot,
            "burn-in": self._burn_in,
            "deploy": self._deploy,
            "after": self._after,
            "serve": self._serve,
            "books": self._books,
            "prove": self._prove,
        }

    @property
    def after(self) -> GrowthRun:
        """Return the run as it stands."""
        return self._diary.run

    @property
    def out(self) -> Mapping[str, str]:
        """Return the new nodes that stay out, and why."""
        return self._diary.out()

    @property
    def behind(self) -> Mapping[str, str]:
        """Return the installed hosts that could not be told of the new nodes, and why."""
        return self._diary.behind()

    def go(self) -> Told:
        """Yield what is done, until the run ends or has to wait for something."""
        while self.after.stands == "open" and not self.waiting:
            step = self._diary.next()
            if step is None:
                self._diary.keep(stands="done", closed=self._hands.now())
                return
            self._diary.intend(step)
            yield from self._steps[step]()
            self.waiting |= self._serving.waiting

    def _halt(self, why: str) -> Told:
        self._diary.keep(stands="halted", why=why[:2000], closed=self._hands.now())
        yield f"halted: {why}"

    def _wait_for(self, found: Mapping[str, str]) -> Told:
        for node, why in found.items():
            self.waiting[node] = why
            yield f"{node} waits: {why}"

    def _note(self) -> Told:
        """Note since when everything runs on what stands, before anything is done."""
        if self.after.noted is None:
            noted = self._hands.witness.note(self.after.plan.installed)
            self._diary.keep(noted=noted)
            silent = [life.host for life in noted.hosts if life.silent]
            count = sum(len(life.services) for life in noted.hosts)
            yield f"noted: {count} services on {len(noted.hosts) - len(silent)} hosts"
            if silent:
                yield f"UNKNOWN what runs on {folded(silent)}: it does not tell"
            if noted.jobs_silent:
                yield f"UNKNOWN which jobs run: {noted.jobs_silent}"
        self._diary.done("note")

    def _record(self) -> Told:
        former = self._hands.books.record(self.after)
        self._diary.keep(former=former)
        for node in self.after.plan.nodes:
            self._diary.born(node)
        self._diary.done("record", former)
        yield f"the larger design is recorded; the former one is kept in {former}"

    def _before(self) -> Told:
        """Test fabric and storage as they stand, so that growth is not blamed for their state."""
        if self.after.before is None:
            self._diary.keep(before=self._hands.tester.retest(self.after.plan.computing))
        yield from _told_of("before", self.after.before)
        self._diary.done("before")

    def _rack(self) -> Told:
        """See that new nodes are there; whoever racks them may take days, and nobody fails."""
        silent = self._hands.crew.answers(self._diary.good())
        away = {node: why for node, why in silent.items() if why}
        if away:
            told = {node: f"rack it, cable it, start it: {why}" for node, why in away.items()}
            yield from self._wait_for(told)
            return
        self._diary.done("rack")
        yield f"{folded(self._diary.good())} answers"

    def _trust(self) -> Told:
        pin = self.after.said.trust
        refused = self._hands.crew.trust(self._diary.good(), pin=pin)
        if left := {node: why for node, why in refused.items() if why}:
            yield from self._wait_for(left)
            return
        self._diary.done("trust")
        yield f"the host keys of {folded(self._diary.good())} are pinned"

    def _preflight(self) -> Told:
        yield from self._judged("preflight", self._hands.crew.fit(self._diary.good()))

    def _boot(self) -> Told:
        yield from self._roles("boot", self._diary.good(), "boot")

    def _burn_in(self) -> Told:
        good = self._diary.good()
        for node in good:
            self._diary.move(node, _tried(self._diary.state(node)), "burn-in")
        yield from self._judged("burn-in", self._hands.tester.burn_in(good))

    def _judged(self, step: GrowStep, found: Mapping[str, Judged]) -> Told:
        """Keep what came of each node; one of which nobody can tell stays out like one that
        failed."""
        for node in self._diary.good():
            judged = found.get(node, Judged(NOT_KNOWN, "nobody says anything of it"))
            if judged.outcome == PASSED:
                self._diary.through(step, node, judged.why, judged.evidence)
                yield f"{node} {step}: {judged.why}"
            else:
                word = "UNKNOWN: " if judged.outcome == NOT_KNOWN else ""
                self._diary.fell(step, node, f"{word}{judged.why}", judged.evidence)
                yield f"{node} stays out, {step}: {word}{judged.why}"
        yield from self._done(step)

    def _done(self, step: GrowStep) -> Told:
        if self._diary.good():
            self._diary.done(step)
            return
        yield from self._serving.leave_out()
        yield from self._halt(f"no new node came through {step}")

    def _roles(self, step: GrowStep, hosts: Sequence[str], until: str) -> Told:
        found = self._hands.deployer.deploy(hosts, until)
        good = self._diary.good()
        for node in good:
            if why := found.get(node, ""):
                self._diary.fell(step, node, why)
                yield f"{node} stays out, {step}: {why}"
        head = self.after.plan.head
        if why := found.get(head, ""):
            yield from self._wait_for({head: f"{step}: {why}"})
            return
        for host in (name for name in found if found[name] and name not in good):
            self._diary.fell(step, host, found[host])
            yield f"{host} does not know of the new nodes yet: {found[host]}"
        yield f"roles stand on {folded(self._diary.good()) or 'no new node'}"
        yield from self._done(step)

    def _deploy(self) -> Told:
        """Bring new nodes their roles, and tell installed hosts of them: by that and no more."""
        plan = self.after.plan
        expected = {change.role for change in plan.roles}
        open_now = self._hands.deployer.open_on(plan.installed)
        if strange := sorted(set(open_now) - expected):
            told = f"{', '.join(strange)} are open on installed hosts, and not by this growth"
            yield from self._wait_for({plan.head: f"{told}: look at `millwright deploy plan`"})
            return
        touched = {host for change in plan.roles for host in change.hosts}
        hosts = [*(name for name in plan.installed if name in touched), *self._diary.good()]
        yield from self._roles("deploy", hosts, "cluster")
        # The scheduler knows them from here on: what fell gets no job while others are waited for.
        yield from self._serving.leave_out()

    def _after(self) -> Told:
        """Test fabric and storage with the new nodes. One that jobs took meanwhile is tested when
        they have left it: nobody can tell of it yet."""
        found = self.after.after
        if found is None:
            found = self._hands.tester.retest((*self.after.plan.computing, *self._diary.good()))
        yield from _told_of("after", found)
        dark = {node: _dark(node, found) for node in self._diary.good() if _dark(node, found)}
        if dark:
            yield from self._wait_for(dark)
            return
        self._diary.keep(after=found)
        for node in self._diary.good():
            if found.verdicts[node] == Verdict.FAIL:
                why = f"{Verdict.FAIL}: {found.why.get(node, 'no reason')}"
                self._diary.fell("after", node, why, (found.run,) if found.run else ())
                yield f"{node} stays out, after: {why}"
        if fallen := worse(self.after.before, found, self.after.plan.computing):
            yield f"worse than before growth: {'; '.join(fallen)}"
        if lost := unseen(self.after.before, found, self.after.plan.computing):
            yield f"UNKNOWN, and well before growth: {folded(lost)}"
        yield from self._done("after")

    def _serve(self) -> Told:
        yield from self._serving.serve()
        yield from self._serving.leave_out()
        if not self._serving.waiting:
            self._diary.done("serve")

    def _books(self) -> Told:
        files = self._hands.books.write(self.after, self._diary.good())
        self._diary.done("books", ", ".join(files)[:2000], files)
        yield f"written: {', '.join(files)}"

    def _prove(self) -> Told:
        """Compare the start of every process that ran before with what runs now."""
        plan, before = self.after.plan, self.after.noted
        if before is None:
            yield from self._halt("nothing was noted before: nothing can be proven")
            return
        now = self._hands.witness.note(plan.installed)
        gone = [job.id for job in before.jobs if job.id not in {each.id for each in now.jobs}]
        allowed = [each for each in plan.restarts if each.unit in self.after.said.allow_restarts]
        found = proven(before, now, allowed, self._hands.witness.ends(gone) if gone else {})
        self._diary.keep(proof=found)
        yield f"compared: {found.services} services on {found.hosts} hosts, {found.jobs} jobs"
        yield from (f"as foreseen: {each}" for each in found.foreseen)
        yield from (f"STARTED AGAIN: {each}" for each in found.restarted)
        yield from (f"UNKNOWN: {each}" for each in found.unknown)
        self._diary.done("prove")


def _tried(state: NodeState) -> NodeState:
    return "validating" if state == "work-queue" else "testing"


def _dark(node: str, found: Retested) -> str:
    """Return why nobody can tell how a node came through a test, or nothing."""
    if found.verdicts.get(node, Verdict.UNKNOWN) != Verdict.UNKNOWN:
        return ""
    return f"UNKNOWN: {found.untested.get(node) or found.why.get(node) or 'it was not tested'}"


def _told_of(when: str, found: Retested | None) -> Told:
    if found is None:
        return
    groups: dict[str, list[str]] = {}
    for node, word in found.verdicts.items():
        groups.setdefault(word, []).append(node)
    for word, nodes in groups.items():
        yield f"fabric and storage {when}: {folded(nodes)} {word}"
    for node, why in found.untested.items():
        yield f"fabric and storage {when}: {node} UNKNOWN: {why}"
