"""What repair reads and writes: complaints, the policy of a site, lives and journals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.complaintfile import read_complaints
from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.remedypolicy import read_policy
from millwright.adapters.workspace import Workspace
from millwright.errors import InputError, MillwrightError
from millwright.model.incident import Complaint, Incident
from millwright.model.lifecycle import Deed, NodeState, Transition


def written(path: Path, schema: str, *findings: dict[str, Any], **more: Any) -> Path:
    path.write_text(json.dumps({"schema": schema, "findings": findings, **more}))
    return path


HEALTH, FINDINGS = "millwright.health/1", "millwright.findings/1"
XID = {
    "check": "gpu-xid", "node": "gpu1", "device": "gpu3", "severity": "critical",
    "message": "Xid 79", "fault": "xid:79", "actions": ["drain", "reboot"], "silenced": None,
}  # fmt: skip
SLOW = {
    "node": "gpu2", "device": "gpu0", "kind": "degradation", "families": ["compute", "thermal"],
    "since": "2026-11-26T09:00:00Z", "advice": "test it",
    "evidence": {"metric": "gemm", "family": "compute", "value": 600, "peer_median": 700},
}  # fmt: skip


def test_a_sweep_and_findings_become_complaints(tmp_path: Path) -> None:
    told = read_complaints(
        (
            written(tmp_path / "h.json", HEALTH, XID, simulated=True),
            written(tmp_path / "f.json", FINDINGS, SLOW),
        )
    )
    xid, slow = told.complaints
    assert (xid.fault, xid.hard, xid.check, xid.simulated) == ("xid:79", True, "gpu-xid", True)
    assert xid.advised == ("drain", "reboot")
    assert (slow.fault, slow.hard, slow.weak) == ("degraded:compute", False, False)
    assert told.simulated


def test_what_is_explained_silent_or_over_is_no_complaint_and_is_told(tmp_path: Path) -> None:
    path = written(
        tmp_path / "f.json", FINDINGS, {**SLOW, "kind": "stale"}, {**SLOW, "until": "10:00"},
        {**SLOW, "kind": "common-cause", "node": "gpu[1-9]", "reason": "leaf 3"},
    )  # fmt: skip
    told = read_complaints((path, written(tmp_path / "h.json", HEALTH, {**XID, "silenced": "w1"})))
    assert told.complaints == ()
    assert len(told.notes) == 3
    assert told.common == ("gpu[1-9]: leaf 3",)


def test_a_node_that_did_not_answer_is_a_complaint_of_its_own(tmp_path: Path) -> None:
    nodes = {"gpu1": {"silent": "no route"}, "gpu2": {"silent": None}}
    told = read_complaints((written(tmp_path / "h.json", HEALTH, nodes=nodes),))
    assert [(each.node, each.fault) for each in told.complaints] == [("gpu1", "node:silent")]
    assert told.answered == {"gpu2"}


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"schema": "millwright.verdict/1"}',
     '{"schema": "millwright.health/1", "findings": [{"node": "$(reboot)"}]}',
     '{"schema": "millwright.health/1", "findings": [{"node": "gpu1", "severity": "odd"}]}'],
)  # fmt: skip
def test_what_tells_no_findings_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(MillwrightError):
        read_complaints((path,))


def test_without_a_policy_nothing_is_allowed_beyond_advice(tmp_path: Path) -> None:
    assert read_policy(Workspace(tmp_path), "site").rows == ()


POLICY = """\
schema: millwright.remedy/1
factory: {factory}
rows:
  - {{faults: "{faults}", mode: auto, actions: [power-cycle], until: {until}, by: ops}}
partners: ["{partners}"]
"""


@pytest.mark.parametrize(
    "wrong",
    [{"factory": "other"}, {"faults": "*"}, {"until": "whenever"}, {"partners": "$(x)"},
     {"until": "2026-12-31T00:00:00"}],
)  # fmt: skip
def test_a_wrong_policy_names_its_line(tmp_path: Path, wrong: dict[str, str]) -> None:
    right = {
        "factory": "site", "faults": "xid:*", "until": "2026-12-31T00:00:00Z",
        "partners": "gpu[1-2]",
    }  # fmt: skip
    file = tmp_path / "remedy.yaml"
    file.write_text(POLICY.format(**right))
    assert read_policy(Workspace(tmp_path), "site").rows[0].actions == ("power-cycle",)
    file.write_text(POLICY.format(**{**right, **wrong}))
    with pytest.raises(InputError) as told:
        read_policy(Workspace(tmp_path), "site")
    assert told.value.problems[0].line >= 1


def moved(before: NodeState, after: NodeState) -> Transition:
    return Transition(node="gpu1", before=before, after=after, at="now", why="so", actor="me")


def test_lives_only_grow_and_a_step_that_may_not_follow_is_refused(tmp_path: Path) -> None:
    book = SqlLifecycle(ledger_of(tmp_path))
    assert book.states() == {}
    assert list(tmp_path.iterdir()) == []
    book.move(moved("in-service", "draining"))
    with pytest.raises(MillwrightError, match="gpu1 is draining"):
        book.move(moved("in-service", "draining"))
    with pytest.raises(MillwrightError):
        book.move(moved("draining", "remediating"))
    book.move(moved("draining", "drained"))
    again = SqlLifecycle(ledger_of(tmp_path))
    assert again.states() == {"gpu1": "drained"}
    assert [each.after for each in again.transitions()] == ["draining", "drained"]


def test_incidents_deeds_and_serials_are_there_for_the_next_process(tmp_path: Path) -> None:
    book = SqlLifecycle(ledger_of(tmp_path))
    assert (book.incidents(), book.deeds(), book.serial("gpu1")) == ({}, (), "")
    complaint = Complaint(node="gpu1", fault="xid:79", source="test")
    incident = Incident(
        id="inc-1", node="gpu1", stands="open", opened="now", simulated=True, complaint=complaint
    )
    book.keep(incident)
    book.keep(incident.model_copy(update={"stands": "returned"}))
    deed = Deed(incident="inc-1", node="gpu1", step="drain", phase="intent", at="now")
    book.put(deed)
    for serial in ("S1", "S2"):
        book.keep_serial("gpu1", serial, "now")
    again = SqlLifecycle(ledger_of(tmp_path))
    assert again.incidents()["inc-1"].stands == "returned"
    assert again.deeds() == (deed,)
    assert again.serial("gpu1") == "S2"
