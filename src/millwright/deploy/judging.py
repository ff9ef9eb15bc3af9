"""From plays that ended to roles that stand, while Ansible goes on with the next play.

A role counts on a host when it is proven there and every role before it is. A proof that is not
right while other plays still run is asked again when they have ended, and that is the last word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from millwright.deploy.checks import Verdict
from millwright.deploy.hands import Hands, Outcome
from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import Step
from millwright.deploy.proving import Proof, prove_all
from millwright.model.standing import Done, Standing
from millwright.ports import Played


class Judging:
    """Judges the steps of one wave; `bad` holds hosts that are out, with the reason."""

    def __init__(self, steps: Mapping[str, Sequence[Step]], inputs: Inputs, hands: Hands) -> None:
        self._open = {host: list(own) for host, own in steps.items()}
        self._played: dict[str, list[Step]] = {host: [] for host in steps}
        self._inputs = inputs
        self._hands = hands
        self.bad: dict[str, str] = {}

    def waiting_for(self, role: str) -> tuple[str, ...]:
        """Return the hosts on which a role is still to be done."""
        return tuple(
            host for host, own in self._open.items() if any(s.role.name == role for s in own)
        )

    def spare(self, host: str, role: str, why: str) -> Iterator[Outcome]:
        """Leave a role and all behind it on a host; what comes before it is done."""
        own = self._open[host]
        at = next(n for n, step in enumerate(own) if step.role.name == role)
        self._open[host] = own[:at]
        self.bad.setdefault(host, why)
        yield from (left(step, why) for step in own[at:])

    def refuse(self, host: str, role: str, verdict: Verdict) -> Iterator[Outcome]:
        """Note how a role ended that did not come to its proof, and leave those behind it."""
        step = next(step for step in self._open[host] if step.role.name == role)
        _, *behind = self.spare(host, role, f"{role} is {verdict.standing} there")
        self._note(step, verdict)
        yield Outcome(role, host, verdict)
        yield from behind

    def take(self, playbook: str, outcomes: Sequence[Played]) -> Iterator[Outcome]:
        """Take what one play came to on its hosts; prove it where nothing before is in doubt."""
        role = playbook.removesuffix(".yml")
        for outcome in outcomes:
            self._hands.keep_played(outcome, playbook)
        well = [outcome.node for outcome in outcomes if outcome.ended == "ok"]
        for host in well:
            self._played[host] += [s for s in self._open[host] if s.role.name == role]
        doubtful: set[str] = set()
        for (host, _), verdict in self._asked(well, patient=False).items():
            if verdict.standing not in ("proven", "not testable"):
                doubtful.add(host)
            elif host not in doubtful:
                yield self._noted(self._played[host].pop(0), verdict)
        for outcome in outcomes:
            if outcome.ended != "ok":
                yield from self._ended_badly(role, outcome)

    def _ended_badly(self, role: str, outcome: Played) -> Iterator[Outcome]:
        """Give the last word on what was played before, then on the play that ended badly."""
        host = outcome.node
        yield from self._last_word([host])
        if any(step.role.name == role for step in self._open[host]):
            yield from self.refuse(host, role, ended_badly(outcome))

    def rest(self) -> Iterator[Outcome]:
        """Give the last word on what was played and is not proven yet."""
        yield from self._last_word(list(self._played))
        for host in [host for host, steps in self._open.items() if steps]:
            yield from self._leave(host, "its play was not begun")

    def interrupt(self) -> None:
        """Note what was under way on hosts when somebody ended the run: nobody knows it now."""
        for steps in self._open.values():
            for step in steps[:1]:
                self._note(step, Verdict("unknown", "interrupted while it was done"))

    def _last_word(self, hosts: Sequence[str]) -> Iterator[Outcome]:
        """Prove what was played on hosts, all of it at once; what is not right now stays so."""
        for (host, role), verdict in self._asked(hosts).items():
            if any(step.role.name == role for step in self._played[host][:1]):
                yield from self._settled(host, verdict)

    def _settled(self, host: str, verdict: Verdict) -> Iterator[Outcome]:
        step = self._played[host].pop(0)
        yield self._noted(step, verdict)
        if verdict.standing not in ("proven", "not testable"):
            self._played[host].clear()
            yield from self._leave(host, f"{step.role.name} is {verdict.standing} there")

    def _asked(self, hosts: Sequence[str], *, patient: bool = True) -> dict[Proof, Verdict]:
        """Return the verdicts of all that was played on hosts; a host's in the order of plays."""
        played = [(step.role, host) for host in hosts for step in self._played[host]]
        return prove_all(played, self._inputs, self._hands, patient=patient)

    def _leave(self, host: str, why: str) -> Iterator[Outcome]:
        self.bad.setdefault(host, why)
        for step in self._open[host]:
            yield left(step, why)
        self._open[host].clear()

    def _noted(self, step: Step, verdict: Verdict) -> Outcome:
        self._open[step.host].remove(step)
        self._note(step, verdict)
        return Outcome(step.role.name, step.host, verdict)

    def _note(self, step: Step, verdict: Verdict) -> None:
        standing, detail = verdict.standing, verdict.detail
        at, run = self._hands.now(), self._hands.run
        done = Done(step.host, step.role.name, step.input_hash, standing, run, at, detail)
        self._hands.ledger.put(done)


def ended_badly(outcome: Played) -> Verdict:
    """Return the verdict of a play that did not end well: a host that is lost has not failed."""
    standing: Standing = "failed" if outcome.ended == "failed" else "unknown"
    place = f"at '{outcome.task}': " if outcome.task else ""
    return Verdict(standing, f"{place}{outcome.reason}")


def left(step: Step, why: str) -> Outcome:
    """Return the outcome of a step that is not begun, and why."""
    return Outcome(step.role.name, step.host, Verdict("unknown", f"not begun: {why}"), True)
