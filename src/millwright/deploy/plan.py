"""Which role has to be done on which host: what was never done, failed, or changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import rfc8785

from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role
from millwright.model.standing import Done

Why = Literal["never done", "changed", "failed before", "not known"]


@dataclass(frozen=True, slots=True)
class Step:
    """One role that has to be done on one host, and why."""

    role: Role
    host: str
    input_hash: str
    why: Why


@dataclass(frozen=True, slots=True)
class Plan:
    """Every step in order; hosts that are done already are counted only.

    `only` are the hosts that may be touched, all where nothing was said.
    """

    steps: tuple[Step, ...]
    done: int
    only: frozenset[str] | None = None

    def may_touch(self, host: str) -> bool:
        """Return whether a host is among those that were said."""
        return self.only is None or host in self.only

    def of(self, role: str) -> tuple[Step, ...]:
        """Return the steps of a role."""
        return tuple(step for step in self.steps if step.role.name == role)


def hosts_of(role: Role, inputs: Inputs) -> tuple[str, ...]:
    """Return the hosts that a role is for."""
    return tuple(name for name, node in inputs.nodes.items() if role.where(node, inputs))


def plan(
    roles: Sequence[Role],
    inputs: Inputs,
    ledger: Mapping[tuple[str, str], Done],
    texts: Mapping[str, str],
    only: frozenset[str] | None = None,
) -> Plan:
    """Return what has to be done.

    `ledger` is keyed by host and role; `texts` holds the digest of each role's own files, so that
    a changed role is done again; `only` names the hosts that may be touched.
    """
    steps: list[Step] = []
    done = 0
    for role in roles:
        for host in hosts_of(role, inputs):
            if only is not None and host not in only:
                continue
            wanted = input_hash(role, inputs, host, texts[role.name])
            why = _why(ledger.get((host, role.name)), wanted)
            if why is None:
                done += 1
            else:
                steps.append(Step(role, host, wanted, why))
    return Plan(tuple(steps), done, only)


def _why(before: Done | None, wanted: str) -> Why | None:
    if before is None:
        return "never done"
    if before.standing == "failed":
        return "failed before"
    if before.input_hash != wanted:
        return "changed"
    return "not known" if before.standing == "unknown" else None


def input_hash(role: Role, inputs: Inputs, host: str, text: str) -> str:
    """Return the digest of everything that a role on a host depends on."""
    whole = {
        "factory": inputs.factory.model_dump(mode="json"),
        "node": inputs.nodes[host].model_dump(mode="json"),
    }
    read = {path: _at(whole, path) for path in role.reads}
    document: dict[str, Any] = {"role": role.name, "files": text, "read": read}
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()


def _at(whole: dict[str, Any], path: str) -> Any:
    value: Any = whole
    for key in path.split("."):
        value = value[key]
    return value
