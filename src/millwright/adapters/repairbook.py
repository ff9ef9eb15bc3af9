"""What the journals say of incidents, of nodes that were out, and of drills, for an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from millwright.adapters.drillbook import SqlDrillBook
from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.workspace import Workspace
from millwright.model.drill import DrillRecord
from millwright.model.incident import Incident
from millwright.model.lifecycle import SERVING, Deed, Transition
from millwright.model.usage import Outage, Trouble

_MENDED = {"PASS": True, "FAIL": False}
"""What the gate after a remedy says; what it could not tell counts for nothing."""


def repair_of(workspace: Workspace) -> tuple[tuple[Trouble, ...], tuple[Outage, ...]]:
    """Return incidents, and times in which repair had nodes out; none without a journal."""
    if not (workspace.root / "state.db").is_file():
        return (), ()
    ledger = ledger_of(workspace.root)
    try:
        book = SqlLifecycle(ledger)
        incidents, deeds = book.incidents(), book.deeds()
        troubles = tuple(_trouble(each, deeds) for each in incidents.values())
        return troubles, tuple(_outages(book.transitions(), incidents))
    finally:
        ledger.close()


def drills_of(workspace: Workspace) -> tuple[DrillRecord, ...]:
    """Return the drills of a workspace, the oldest first; none without a journal."""
    if not (workspace.root / "state.db").is_file():
        return ()
    ledger = ledger_of(workspace.root)
    try:
        return tuple(SqlDrillBook(ledger, SqlLifecycle(ledger)).records().values())
    finally:
        ledger.close()


def _trouble(incident: Incident, deeds: Iterable[Deed]) -> Trouble:
    own = (deed for deed in deeds if deed.incident == incident.id and deed.remedy)
    tried = tuple((deed.remedy, helped) for deed in own if (helped := _helped(deed)) is not None)
    return Trouble(
        id=incident.id,
        node=incident.node,
        fault=incident.complaint.fault,
        began=_moment(incident.complaint.since),
        noticed=_moment(incident.opened) or 0,
        closed=_moment(incident.closed),
        remedies=tried,
        simulated=incident.simulated,
    )


def _helped(deed: Deed) -> bool | None:
    if deed.step == "act" and deed.phase == "failed":
        return False
    if deed.step == "validate" and deed.phase == "done":
        return _MENDED.get(deed.outcome)
    return None


def _moment(text: str | None) -> int | None:
    return int(datetime.fromisoformat(text).timestamp()) if text else None


def _outages(steps: Iterable[Transition], incidents: dict[str, Incident]) -> Iterator[Outage]:
    """Yield times in which nodes did not serve; what is drained may still run to its end."""
    out: dict[str, tuple[int, str]] = {}
    for step in steps:
        at = _moment(step.at) or 0
        if step.after not in SERVING and step.node not in out:
            fault = incidents[step.incident].complaint.fault if step.incident in incidents else ""
            out[step.node] = (at, fault)
        elif step.after in SERVING and step.node in out:
            begin, fault = out.pop(step.node)
            yield Outage(step.node, begin, at, "drained", fault)
    for node, (begin, fault) in out.items():
        yield Outage(node, begin, None, "drained", fault)
