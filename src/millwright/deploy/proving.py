"""Roles are proven: hosts are asked, and what they say is held against the design.

All that is open is asked in one go, so that a host costs one conversation and not one a question;
what must see the answers of others first has a later turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from millwright.deploy.checks import Check, Verdict, judged, worst
from millwright.deploy.hands import Hands, Outcome
from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import hosts_of
from millwright.deploy.role import Role
from millwright.ports import Question

PAUSE_S = 1.0

Proof = tuple[str, str]
"""The host and the role whose proof it is."""


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    """A check that is still to be answered, for the proof of which it is one."""

    proof: Proof
    check: Check

    @property
    def asked(self) -> str:
        """Return the host that is asked."""
        return self.check.asked or self.proof[0]


def prove(role: Role, hosts: Sequence[str], inputs: Inputs, hands: Hands) -> dict[str, Verdict]:
    """Return the verdict of a role's proof on each host; daemons are given time to come up."""
    found = prove_all([(role, host) for host in hosts], inputs, hands)
    return {host: verdict for (host, _), verdict in found.items()}


def prove_all(
    wanted: Sequence[tuple[Role, str]], inputs: Inputs, hands: Hands, *, patient: bool = True
) -> dict[Proof, Verdict]:
    """Return the verdict of each role on its host; where not `patient`, as things stand now."""
    found: dict[Proof, list[Verdict]] = {(host, role.name): [] for role, host in wanted}
    checks = [
        _Open((host, role.name), check)
        for role, host in wanted
        for check in role.checks(host, inputs)
    ]
    for turn in sorted({each.check.turn for each in checks}):
        now = [each for each in checks if each.check.turn == turn]
        for each, verdict in _answered(now, hands, patient=patient).items():
            found[each.proof].append(verdict)
    return {
        proof: worst(verdicts) if verdicts else Verdict("unknown", "nothing proves it")
        for proof, verdicts in found.items()
    }


def _answered(checks: Sequence[_Open], hands: Hands, *, patient: bool) -> dict[_Open, Verdict]:
    """Ask all questions, and again those that may still come right."""
    verdicts: dict[_Open, Verdict] = {}
    left, waited = list(checks), 0.0
    while left:
        verdicts |= _once(left, hands)
        left = [
            each
            for each in left
            if verdicts[each].standing in ("failed", "unknown")
            and patient
            and waited < each.check.patience_s
        ]
        if left:
            hands.wait(PAUSE_S)
            waited += PAUSE_S
    return {each: verdicts[each] for each in checks}


def _once(checks: Sequence[_Open], hands: Hands) -> dict[_Open, Verdict]:
    """Ask each question once, also where several proofs stand on its answer."""
    askers: dict[tuple[str, tuple[str, ...]], list[_Open]] = {}
    for each in checks:
        askers.setdefault((each.asked, each.check.argv), []).append(each)
    questions = [
        Question(node, argv, max(each.check.command_s for each in same))
        for (node, argv), same in askers.items()
    ]
    verdicts: dict[_Open, Verdict] = {}
    others: dict[_Open, _Open] = {}
    for answer in hands.asker.ask(questions):
        hands.keep(answer)
        for each in askers[answer.node, answer.argv]:
            verdicts[each] = judged(each.check, answer)
            if each.check.instead is not None and answer.ended != "exit":
                others[replace(each, check=each.check.instead)] = each
    if others:
        instead = _once(list(others), hands)
        verdicts |= {others[other]: verdict for other, verdict in instead.items()}
    return verdicts


def verify(
    roles: Sequence[Role], inputs: Inputs, hosts: frozenset[str], hands: Hands
) -> Iterator[Outcome]:
    """Yield how every role that stands on hosts proves itself now; changes go to the ledger."""
    rows = hands.ledger.rows()
    there = [(role, host) for role in roles for host in hosts_of(role, inputs) if host in hosts]
    known = [(role, host) for role, host in there if (host, role.name) in rows]
    found = prove_all(known, inputs, hands)
    at = hands.now()
    hands.ledger.put(
        *(
            replace(
                rows[proof], standing=verdict.standing, detail=verdict.detail, run=hands.run, at=at
            )
            for proof, verdict in found.items()
        )
    )
    never = Verdict("unknown", "it was never done")
    for role, host in there:
        verdict = found.get((host, role.name))
        yield Outcome(role.name, host, verdict or never, verdict is None)
