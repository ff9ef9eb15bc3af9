"""All gates of a workload, with who owns each; the workload is as ready as the worst of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from millwright.manage.ready.machines import acceptance, capacity, redundancy
from millwright.manage.ready.people import compliance, downtime, monitoring, sign_off
from millwright.manage.ready.records import Records
from millwright.model.readiness import GATES, Gate, GateItem, GateName, Readiness, worst_of
from millwright.model.workload import Workload

Ask = Callable[[Records, Workload], Iterator[GateItem]]

ASKED: dict[GateName, tuple[Ask, str]] = {
    "capacity": (capacity, "capacity planning"),
    "redundancy": (redundancy, "operations"),
    "acceptance": (acceptance, "build team"),
    "monitoring": (monitoring, "operations"),
    "downtime-procedure": (downtime, "clinical operations"),
    "compliance": (compliance, "compliance officer"),
    "model-sign-off": (sign_off, "clinical owner of the model"),
}
"""What asks, and the role that owns the gate where `owners.yaml` names nobody."""


def readiness(records: Records, workload: Workload) -> Readiness:
    """Return a workload before all its gates."""
    gates = tuple(_gate(records, workload, name) for name in GATES)
    worst = worst_of(gate.answer for gate in gates)
    return Readiness(
        workload=workload.name,
        answer="ready" if worst == "ready" or worst == "not-needed" else worst,
        gates=gates,
    )


def _gate(records: Records, workload: Workload, name: GateName) -> Gate:
    items = tuple(ASKED[name][0](records, workload))
    owner, source = _owner(records, workload, name)
    worst = worst_of(each.answer for each in items)
    return Gate(gate=name, answer=worst, owner=owner, owner_source=source, items=items)


def _owner(records: Records, workload: Workload, name: GateName) -> tuple[str, str]:
    if records.owners is not None:
        own = records.owners.workloads.get(workload.name, {}).get(name)
        found = own or records.owners.gates.get(name)
        if found:
            return found, "owners.yaml"
    return ASKED[name][1], "nobody is named: a role by default"
