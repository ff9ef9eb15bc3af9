"""Roles are proven: hosts are asked, and what they say is held against the design."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from millwright.deploy.checks import Check, Verdict, judged, worst
from millwright.deploy.hands import Hands, Outcome
from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import hosts_of
from millwright.deploy.role import Role
from millwright.ports import Limits

PAUSE_S = 1.0


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
            if verdicts[host].standing in ("failed", "unknown") and waited < check.patience_s
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
    others: dict[str, Check] = {}
    for (argv, command_s), askers in same.items():
        for answer in hands.shell.run(list(askers), argv, Limits(command_s=command_s)):
            hands.keep(answer)
            for host in askers[answer.node]:
                verdicts[host] = judged(checks[host], answer)
                other = checks[host].instead
                if other is not None and answer.ended != "exit":
                    others[host] = other
    return verdicts | _once(others, hands) if others else verdicts


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
