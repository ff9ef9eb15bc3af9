"""What a role is: one play, the hosts it is for, what it reads, and what proves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from millwright.deploy.checks import Check
from millwright.deploy.inputs import Inputs, NodeInputs

Stage = Literal["image", "boot", "cluster"]
STAGES: Sequence[Stage] = ("image", "boot", "cluster")
Where = Callable[[NodeInputs, Inputs], bool]
Checks = Callable[[str, Inputs], Sequence[Check]]


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that the engine lays on a host itself, past Ansible: where, whose, and how long.

    One that is `given` is not drawn: somebody hands it over, and where nobody did, none is laid.
    """

    name: str
    path: str
    owner: int
    mode: int
    length: int
    given: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """One play of `playbooks/`, and what the engine must know of it.

    `where` says of a host whether the role is for it: what a design has no use for is no step of
    its plan. `reads` names the variables that it is templated from: a host's role is done again
    when one of them changes, and only then. `checks` returns the questions that prove it on a
    host. `restarts` names what its change disturbs, `reboots` says what of it waits for a reboot.
    `drains` says that jobs on a node would not outlive it: the node is drained before. `leads` says
    that ways to other hosts depend on it: a gateway's comes first where hosts are silent.
    """

    name: str
    stage: Stage
    where: Where
    title: str
    reads: tuple[str, ...]
    checks: Checks
    restarts: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    reboots: str = ""
    drains: bool = False
    leads: bool = False


def everywhere(node: NodeInputs, inputs: Inputs) -> bool:
    """Return that a role is for every host."""
    del node, inputs
    return True


def on_compute(node: NodeInputs, inputs: Inputs) -> bool:
    """Return whether a host computes."""
    del inputs
    return node.kind == "compute"


def with_gpus(node: NodeInputs, inputs: Inputs) -> bool:
    """Return whether a host has GPUs by design."""
    del inputs
    return node.gpus > 0


def on_head(node: NodeInputs, inputs: Inputs) -> bool:
    """Return whether a host is the head node."""
    return node.name == inputs.factory.head


def off_head(node: NodeInputs, inputs: Inputs) -> bool:
    """Return whether a host is another one than the head node."""
    return node.name != inputs.factory.head
