"""An account reads the journal of repair: incidents, remedies, times in which nodes were out."""

from __future__ import annotations

from pathlib import Path

from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.repairbook import repair_of
from millwright.adapters.updatebook import repairing, updating
from millwright.adapters.workspace import Workspace
from millwright.model.incident import Complaint, Incident
from millwright.model.lifecycle import Deed, NodeState, Transition


def test_without_a_journal_there_is_nothing(tmp_path: Path) -> None:
    assert repair_of(Workspace(tmp_path)) == ((), ())


def test_incidents_remedies_and_outages_are_those_of_the_journal(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    book = SqlLifecycle(ledger)
    complaint = Complaint(node="gpu1", fault="xid:79", since="2026-03-01T09:50:00Z", source="test")
    book.keep(
        Incident(id="I1", node="gpu1", stands="returned", opened="2026-03-01T10:00:00Z",
                 closed="2026-03-01T12:00:00Z", simulated=True, complaint=complaint)
    )  # fmt: skip
    for remedy, outcome in (("gpu-reset", "FAIL"), ("reboot", "PASS"), ("look", "UNKNOWN")):
        book.put(Deed(incident="I1", node="gpu1", step="validate", phase="done", remedy=remedy,
                      at="2026-03-01T11:00:00Z", outcome=outcome))  # fmt: skip
    steps = ("in-service", "draining", "drained", "validating", "in-service")
    for hour, (before, after) in enumerate(zip(steps, steps[1:], strict=False)):
        book.move(
            Transition.model_validate(
                {"node": "gpu1", "before": before, "after": after, "incident": "I1", "why": "w",
                 "at": f"2026-03-01T1{hour}:00:00Z", "actor": "a"}
            )
        )  # fmt: skip
    ledger.close()
    (trouble,), (outage,) = repair_of(Workspace(tmp_path))
    assert trouble.remedies == (("gpu-reset", False), ("reboot", True))
    assert trouble.began is not None
    assert trouble.noticed - trouble.began == 600
    assert trouble.closed is not None
    assert trouble.closed - trouble.noticed == 7200
    assert (outage.node, outage.kind, outage.fault) == ("gpu1", "drained", "xid:79")
    assert outage.end is not None
    assert outage.end - outage.begin == 3 * 3600


def test_what_repair_has_out_is_explained_until_it_serves_again(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    book = SqlLifecycle(ledger)

    def moved(node: str, before: NodeState, after: NodeState, incident: str) -> None:
        book.move(Transition(node=node, before=before, after=after, at="2026-01-05T10:00:00Z",
                             incident=incident, why="w", actor="a"))  # fmt: skip

    for node, incident in (("gpu1", "inc-1"), ("gpu2", "inc-2"), ("gpu3", "upd-1")):
        moved(node, "in-service", "draining", incident)
        moved(node, "draining", "drained", incident)
    moved("gpu2", "drained", "in-service", "inc-2")
    assert repairing(ledger) == {
        "gpu1": "repair has it out (drained) for inc-1 since 2026-01-05T10:00:00Z"
    }
    assert set(updating(ledger)) == {"gpu3"}
    moved("gpu1", "drained", "work-queue", "inc-1")
    assert "work-queue" in repairing(ledger)["gpu1"]
    ledger.close()
