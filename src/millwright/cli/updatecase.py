"""A node that did not come through an update becomes a case of the repair's work queue."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

from millwright.cli.remedying import Desk
from millwright.manage.remedy.past import HOLDS
from millwright.manage.remedy.rails import MARK
from millwright.model.incident import Complaint, Incident
from millwright.model.lifecycle import Deed
from millwright.model.update import UpdateRun


def case_of(desk: Desk, which: tuple[str, str], node: str, why: str) -> Incident:
    """Return the incident of a node in an update; `which` are the run and the part."""
    run, part = which
    post = desk.fleet().posts[node]
    complaint = Complaint(
        node=node, fault=f"update:{part}", hard=True, families=("update",), message=why[:2000],
        source=f"update {run}", simulated=desk.simulated,
    )  # fmt: skip
    return Incident(
        id=f"inc-{run}-{node}", node=node, stands="work-queue", opened=_now(),
        simulated=desk.simulated, complaint=complaint, sku=post.sku,
    )  # fmt: skip


def queued(desk: Desk, run: UpdateRun, node: str, why: str) -> str:
    """Open the incident of a node once, and return by which reason it stays out.

    `manage remedy repaired NODE` proves it and gives it back.
    """
    part = next(iter(run.plan.order.set)).partition(":")[0]
    incident = case_of(desk, (run.id, part), node, why)
    if incident.id not in desk.book.incidents():
        deed = Deed(
            incident=incident.id, node=node, step="recheck", phase="done", at=_now(),
            outcome=HOLDS, detail=why[:2000], actor=getpass.getuser(),
        )  # fmt: skip
        desk.book.put(deed)
        desk.book.keep(incident)
    return f"{MARK}{incident.id}: for a person to look at, {incident.complaint.fault}"


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
