"""The role that opens new ports of closed hosts, before anything that listens there is proven."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Judge, Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, everywhere
from millwright.deploy.sections.ports import OpenPort

LOOK = "nft --stateless list table inet millwright 2>/dev/null || true"
"""Constant shell text: a host that was never closed has no such table, or no nft at all."""


def _openings(host: str, inputs: Inputs) -> Sequence[Check]:
    return (Check(("sh", "-c", LOOK), opened(inputs.nodes[host].ports)),)


def opened(ports: Sequence[OpenPort]) -> Judge:
    """Return the judge of what a closed host lets in: more than the table is `firewall`'s affair.

    A host without rules of ours lets everything in, and is right so until that role closes it.
    """

    def judge(text: str) -> Verdict:
        if not text.strip():
            return PROVEN
        closed = [f"{p.protocol}/{p.first} ({p.role})" for p in ports if rule_of(p) not in text]
        return Verdict("failed", f"closed: {', '.join(closed)}") if closed else PROVEN

    return judge


def rule_of(port: OpenPort) -> str:
    """Return what nft tells of a port that is open, without who may come to it."""
    numbers = f"{port.first}" if port.first == port.last else f"{port.first}-{port.last}"
    return f'{port.protocol} dport {numbers} accept comment "{port.role}"'


OPENINGS = Role(
    "openings",
    "image",
    everywhere,
    "new ports of hosts that are closed, before anything listens there",
    ("node.ports",),
    _openings,
)
