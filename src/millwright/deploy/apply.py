"""Carries a plan out: role by role, a canary first, each host proven before it counts as done.

Asks everything of the world through ports, so that a rehearsal with fakes is the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from millwright.deploy.checks import Check, Verdict, judged, worst
from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import Plan, Step, hosts_of
from millwright.deploy.role import Role, Secret
from millwright.model.standing import Done, Standing
from millwright.ports import Answer, Limits, Playbooks, Played, Shell


class Ledger(Protocol):
    """Where what was done is kept."""

    def put(self, done: Done) -> None:
        """See it on the disk."""
        ...

    def rows(self) -> Mapping[tuple[str, str], Done]:
        """Return how every role stands, by host and role."""
        ...


@dataclass(frozen=True, slots=True)
class Hands:
    """What a run works with.

    `lay` puts a secret on hosts and returns why it could not, by host; `keep` sees an answer on
    the disk, `keep_played` what a play came to; `wait` lets some seconds pass.
    """

    playbooks: Playbooks
    shell: Shell
    ledger: Ledger
    lay: Callable[[Secret, Sequence[str]], Mapping[str, str]]
    keep: Callable[[Answer], None]
    keep_played: Callable[[Played, str], None]
    now: Callable[[], str]
    wait: Callable[[float], None]
    run: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one role came out on one host; `skipped` says that it was not begun, and why."""

    role: str
    host: str
    verdict: Verdict
    skipped: bool = False


def apply(
    plan: Plan, roles: Sequence[Role], inputs: Inputs, hands: Hands, limits: Limits
) -> Iterator[Outcome]:
    """Yield how each step came out. A host that fails a role is asked for no later one.

    What the head node fails stops everything that stands on it.
    """
    out: dict[str, str] = {}
    for role in roles:
        steps = plan.of(role.name)
        ready = [step for step in steps if step.host not in out]
        for step in steps:
            if step.host in out:
                yield _left(step, out[step.host])
        for outcome in _role(role, ready, inputs, hands, limits):
            if outcome.verdict.standing in ("failed", "unknown"):
                out[outcome.host] = f"{role.name} is {outcome.verdict.standing} there"
            yield outcome
        head = inputs.factory.head
        if head in out and role.stage == "cluster":
            for host in inputs.nodes:
                out.setdefault(host, f"the head node is out: {out[head]}")


def _role(
    role: Role, steps: Sequence[Step], inputs: Inputs, hands: Hands, limits: Limits
) -> Iterator[Outcome]:
    """Work one role off: a canary first; where that fails, the others are left alone."""
    canary, others = steps[:1], steps[1:]
    failed = False
    for outcome in _wave(role, canary, inputs, hands, limits):
        failed = outcome.verdict.standing == "failed"
        yield outcome
    if failed:
        why = f"{role.name} failed on {canary[0].host} first"
        yield from (_left(step, why) for step in others)
    else:
        yield from _wave(role, others, inputs, hands, limits)


def _wave(
    role: Role, steps: Sequence[Step], inputs: Inputs, hands: Hands, limits: Limits
) -> Iterator[Outcome]:
    if not steps:
        return
    by_host = {step.host: step for step in steps}
    refused: dict[str, str] = {}
    for secret in role.secrets:
        refused |= hands.lay(secret, [host for host in by_host if host not in refused])
    verdicts = {host: Verdict("unknown", reason) for host, reason in refused.items()}
    played = [host for host in by_host if host not in refused]
    for outcome in hands.playbooks.play(f"{role.name}.yml", played, limits) if played else ():
        hands.keep_played(outcome, f"{role.name}.yml")
        if outcome.ended != "ok":
            standing: Standing = "failed" if outcome.ended == "failed" else "unknown"
            place = f"at '{outcome.task}': " if outcome.task else ""
            verdicts[outcome.node] = Verdict(standing, f"{place}{outcome.reason}")
    proven = [host for host in by_host if host not in verdicts]
    verdicts |= prove(role, proven, inputs, hands)
    for host, step in by_host.items():
        _note(step, verdicts[host], hands)
        yield Outcome(role.name, host, verdicts[host])


def _note(step: Step, verdict: Verdict, hands: Hands) -> None:
    hands.ledger.put(
        Done(
            step.host,
            step.role.name,
            step.input_hash,
            verdict.standing,
            hands.run,
            hands.now(),
            verdict.detail,
        )
    )


def _left(step: Step, why: str) -> Outcome:
    return Outcome(step.role.name, step.host, Verdict("unknown", f"not begun: {why}"), True)


def prove(role: Role, hosts: Sequence[str], inputs: Inputs, hands: Hands) -> dict[str, Verdict]:
    """Return the verdict of a role's proof on each host; daemons are given time to come up."""
    found: dict[str, list[Verdict]] = {host: [] for host in hosts}
    asked = {host: list(role.checks(host, inputs)) for host in hosts}
    for number in range(max((len(checks) for checks in asked.values()), default=0)):
        now = {host: checks[number] for host, checks in asked.items() if number < len(checks)}
        for host, verdict in _answered(now, hands).items():
            found[host].append(verdict)
    return {
        host: worst(verdicts) if verdicts else Verdict("unknown", "nothing proves it")
        for host, verdicts in found.items()
    }


PAUSE_S = 1.0


def _answered(checks: Mapping[str, Check], hands: Hands) -> dict[str, Verdict]:
    """Ask one question of each host, again while it may still come right."""
    verdicts: dict[str, Verdict] = {}
    left = dict(checks)
    waited = 0.0
    while left:
        verdicts |= _once(left, hands)
        left = {
            host: check
            for host, check in left.items()
            if verdicts[host].standing != "proven" and waited < check.patience_s
        }
        if left:
            hands.wait(PAUSE_S)
            waited += PAUSE_S
    return verdicts


def _once(checks: Mapping[str, Check], hands: Hands) -> dict[str, Verdict]:
    """Ask hosts with the same question together, and each host once."""
    same: dict[tuple[tuple[str, ...], float], dict[str, list[str]]] = {}
    for host, check in checks.items():
        askers = same.setdefault((check.argv, check.command_s), {})
        askers.setdefault(check.asked or host, []).append(host)
    verdicts: dict[str, Verdict] = {}
    for (argv, command_s), askers in same.items():
        for answer in hands.shell.run(list(askers), argv, Limits(command_s=command_s)):
            hands.keep(answer)
            for host in askers[answer.node]:
                verdicts[host] = judged(checks[host], answer)
    return verdicts


def verify(
    roles: Sequence[Role], inputs: Inputs, hosts: frozenset[str], hands: Hands
) -> Iterator[Outcome]:
    """Yield how every role that stands on hosts proves itself now; changes go to the ledger."""
    rows = hands.ledger.rows()
    for role in roles:
        there = [host for host in hosts_of(role, inputs) if host in hosts]
        known = [host for host in there if (host, role.name) in rows]
        for host in there:
            if host not in known:
                yield Outcome(role.name, host, Verdict("unknown", "it was never done"), True)
        for host, verdict in prove(role, known, inputs, hands).items():
            before = rows[host, role.name]
            fresh = replace(
                before,
                standing=verdict.standing,
                detail=verdict.detail,
                run=hands.run,
                at=hands.now(),
            )
            hands.ledger.put(fresh)
            yield Outcome(role.name, host, verdict)
