"""Carries a plan out: batch by batch, canaries first and then waves, each host proven.

Asks everything of the world through ports, so that a rehearsal with fakes is the same code.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from millwright.deploy.advance import Advance
from millwright.deploy.batches import Batch, batches
from millwright.deploy.drains import Drains
from millwright.deploy.hands import Hands, Outcome
from millwright.deploy.inputs import Inputs
from millwright.deploy.judging import left
from millwright.deploy.orders import Orders, Run
from millwright.deploy.plan import Plan, Step
from millwright.deploy.proving import prove
from millwright.deploy.role import Role
from millwright.ports import Limits


def apply(
    plan: Plan, roles: Sequence[Role], inputs: Inputs, hands: Hands, orders: Orders
) -> Generator[Outcome, None, None]:
    """Yield how each step came out. A host that fails a role is asked for no later one.

    What the head node fails stops everything that stands on it.
    """
    run = Run(inputs, hands, orders)
    silent = _leave_out_silent(run, list(dict.fromkeys(step.host for step in plan.steps)))
    give_back_old_drains(plan, roles, inputs, hands)
    rest = yield from _ways_opened(run, plan, roles, silent)
    for batch in batches(rest, roles, inputs):
        _look_at_head(run, batch)
        yield from _worked_off(run, batch)
        _look_at_head(run, batch)


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


def _leave_out_silent(run: Run, hosts: Sequence[str]) -> list[str]:
    """Ask hosts whether they are there, so that a dead one costs one wait and not many."""
    silent = []
    for answer in run.hands.shell.run(hosts, ("true",), Limits(command_s=20.0)):
        run.hands.keep(answer)
        if answer.ended != "exit":
            run.out[answer.node] = f"it does not answer: {answer.reason or answer.ended}"
            silent.append(answer.node)
    return silent


def _ways_opened(
    run: Run, plan: Plan, roles: Sequence[Role], silent: list[str]
) -> Generator[Outcome, None, Plan]:
    """Open the ways to silent hosts first, and ask those again; return what is left to do.

    A host that was closed before it was named as a gateway forwards nothing yet.
    """
    while silent and (first := _ways(run, plan)):
        plan = replace(plan, steps=tuple(step for step in plan.steps if step not in first))
        for batch in batches(replace(plan, steps=first), roles, run.inputs):
            yield from _worked_off(run, batch)
        for host in silent:
            del run.out[host]
        silent = _leave_out_silent(run, silent)
    return plan


def _ways(run: Run, plan: Plan) -> tuple[Step, ...]:
    """Return the steps that open gateways which were closed before."""
    return tuple(
        step
        for step in plan.steps
        if step.role.leads
        and step.why != "never done"
        and step.host not in run.out
        and run.inputs.nodes[step.host].forwards
    )


def _look_at_head(run: Run, batch: Batch) -> None:
    """Leave out everybody where the head node is, from the cluster's stage on."""
    head = run.inputs.factory.head
    if head in run.out and batch.roles[0].stage == "cluster":
        for host in run.inputs.nodes:
            run.out.setdefault(host, f"the head node is out: {run.out[head]}")


def _worked_off(run: Run, batch: Batch) -> Iterator[Outcome]:
    """Work one batch off, without the hosts that are out."""
    for host, steps in batch.steps.items():
        if host in run.out:
            yield from (left(step, run.out[host]) for step in steps)
    todo = {host: steps for host, steps in batch.steps.items() if host not in run.out}
    with contextlib.closing(Advance(batch, todo, run).go()) as told:
        yield from (outcome for outcome in told if outcome is not None)
