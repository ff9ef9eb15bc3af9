"""Signals of Slurm, as the head node tells them of every node: out of service, why, or unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from millwright.errors import MillwrightError
from millwright.manage.health.signals import Seen, Source, source
from millwright.manage.health.view import Unheard, View
from millwright.model.nodeset import expanded
from millwright.probes.slurm_facts import SlurmNode

OUT = ("down", "fail", "failing", "error", "unknown", "inval", "future", "not-responding")
"""States and flags of a node that takes no work, without somebody having said so."""
DRAINED = ("drain", "drained", "draining", "maint", "maintenance")


def _nodes(view: View) -> Iterator[Seen]:
    told = view.facts("slurm-nodes").nodes
    if not told:
        raise Unheard("slurm-nodes: no node is listed")
    named: set[str] = set()
    for node in told:
        for name in _names(node.name):
            named.add(name)
            yield from _node(name, node)
    for missing in sorted(set(view.fleet) - named):
        yield Seen("slurm_missing", "", 1.0, "the design has it", node=missing)


def _names(told: str) -> tuple[str, ...]:
    try:
        return expanded(told)
    except MillwrightError:
        return (told,)


def _node(name: str, node: SlurmNode) -> Iterator[Seen]:
    words = [word for word in (node.state, *node.flags) if word]
    if not words:
        yield Seen("slurm_state", "", None, "Slurm does not say its state", node=name)
        return
    why = f"{'+'.join(words)}: {node.reason or 'no reason is given'}"
    out = next((word for word in words if word in OUT), None)
    yield Seen("slurm_state", "", out or "in service", why, node=name)
    drained = next((word for word in words if word in DRAINED), None)
    yield Seen("slurm_drained", "", float(drained is not None), why, node=name)


def _controllers(view: View) -> Iterator[Seen]:
    lines = re.findall(r"Slurmctld\((\w+)\) at (\S+) is (UP|DOWN)", view.text("slurm-ping"))
    if not lines:
        raise Unheard("slurm-ping: no controller is told")
    for kind, host, state in lines:
        yield Seen("slurm_controller_down", host, float(state != "UP"), kind)


SOURCES: Iterable[Source] = (
    source("slurm-nodes", _nodes, "slurm_state", "slurm_drained", "slurm_missing", of="head"),
    source("slurm-ping", _controllers, "slurm_controller_down", of="head"),
)
