"""How a lab is, as values that are shown: always marked as simulated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millwright.lab.boot import HostState
from millwright.lab.faults import Kind
from millwright.lab.plan import LabPlan
from millwright.reports.table import Table, left


def lab_document(plan: LabPlan, states: Sequence[HostState]) -> dict[str, Any]:
    """Return the lab as JSON tells it."""
    return {
        "schema": "millwright.lab-status/1",
        "simulated": True,
        "id": plan.id,
        "factory": plan.factory,
        "os": plan.os,
        "hosts": [
            {
                "name": state.host.name,
                "role": state.host.role,
                "address": state.host.reached_at,
                "bmc": state.host.bmc,
                "profile": state.host.profile,
                "running": state.running,
                "answers_ssh": state.answers,
                "faults": list(state.faults),
                "ready_after_s": None if state.waited_s is None else round(state.waited_s, 2),
            }
            for state in states
        ],
    }


def lab_table(plan: LabPlan, states: Sequence[HostState]) -> Table:
    """Return the hosts as rows."""
    rows = tuple(
        (
            state.host.name,
            state.host.role,
            state.host.reached_at,
            state.host.profile or "",
            "runs" if state.running else "off",
            _ssh(state),
            ", ".join(state.faults),
        )
        for state in states
    )
    title = f"Lab of {plan.factory} · {plan.os} · SIMULATED accelerators"
    return Table(title, left("host", "role", "address", "profile", "power", "SSH", "faults"), rows)


def _ssh(state: HostState) -> str:
    if not state.answers:
        return "no answer"
    return "answers" if state.waited_s is None else f"answers after {state.waited_s:.1f} s"


SAID = {
    "": "",
    "gpu": "[:GPU]",
    "number": "[:NUMBER]",
    "gpu-value": "[:GPU[:VALUE]]",
    "value-gpu": ":CODE[:GPU]",
    "value": ":VALUE",
}


def kinds_table(kinds: Sequence[Kind]) -> Table:
    """Return the faults that can be had."""
    rows = tuple((_said(kind), kind.title, kind.default or "", kind.seen_by) for kind in kinds)
    return Table(
        "Faults · SIMULATED", left("fault", "what it is", "value if not said", "seen by"), rows
    )


def kinds_document(kinds: Sequence[Kind]) -> dict[str, Any]:
    """Return the faults that can be had as JSON tells them."""
    listed = [
        {
            "kind": kind.name,
            "takes": kind.takes,
            "title": kind.title,
            "seen_by": kind.seen_by,
            "default": kind.default,
        }
        for kind in kinds
    ]
    return {"schema": "millwright.lab-fault-kinds/1", "simulated": True, "kinds": listed}


def _said(kind: Kind) -> str:
    takes = SAID[kind.takes]
    return f"{kind.name}[{takes}]" if takes == ":VALUE" and kind.default else kind.name + takes
