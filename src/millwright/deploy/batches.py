"""Which roles are done in one go, and on which hosts first.

Every start of Ansible costs seconds, so the roles of a stage go together as far as nothing that
comes later stands on another host's proof. Within that, hosts come in order: canaries, then waves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import Plan, Step, hosts_of
from millwright.deploy.role import Role


@dataclass(frozen=True, slots=True)
class Batch:
    """Roles that are played one after the other in one go; each host's steps are in their order."""

    roles: tuple[Role, ...]
    steps: Mapping[str, tuple[Step, ...]]


def batches(plan: Plan, roles: Sequence[Role], inputs: Inputs) -> list[Batch]:
    """Return the plan in batches.

    A batch ends before the cluster's stage. It also ends behind roles of the head node alone where
    a role for other hosts follows: those may stand on what the head node offers, once that is
    proven.
    """
    groups: list[list[Role]] = []
    for role in roles:
        if not plan.of(role.name):
            continue
        if not groups or _parts(groups[-1], role, inputs):
            groups.append([])
        groups[-1].append(role)
    return [_batch(group, plan) for group in groups]


def _parts(before: Sequence[Role], role: Role, inputs: Inputs) -> bool:
    """Return whether a role cannot go with those before it."""
    if (before[-1].stage == "cluster") != (role.stage == "cluster"):
        return True
    head = (inputs.factory.head,)
    alone = any(hosts_of(other, inputs) == head for other in before)
    return alone and hosts_of(role, inputs) != head


def _batch(roles: Sequence[Role], plan: Plan) -> Batch:
    steps: dict[str, list[Step]] = {}
    for role in roles:
        for step in plan.of(role.name):
            steps.setdefault(step.host, []).append(step)
    return Batch(tuple(roles), {host: tuple(own) for host, own in steps.items()})


def canaries(steps: Mapping[str, Sequence[Step]], wanted: frozenset[str]) -> tuple[str, ...]:
    """Return few hosts whose steps hold every role that is wanted, as far as hosts have it."""
    left = set(wanted)
    chosen: list[str] = []
    while left:
        shown = {host: len(left & _names(own)) for host, own in steps.items() if host not in chosen}
        best = max(shown, key=lambda host: shown[host], default=None)
        if best is None or not shown[best]:
            break
        chosen.append(best)
        left -= _names(steps[best])
    return tuple(chosen)


def _names(steps: Sequence[Step]) -> set[str]:
    return {step.role.name for step in steps}


def waves(hosts: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield hosts in their order, so many at a time."""
    for at in range(0, len(hosts), max(1, size)):
        yield tuple(hosts[at : at + max(1, size)])
