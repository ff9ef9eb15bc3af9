"""The case of an incident: what goes with a node to whoever looks at it, and the support bundle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.remedying import Desk
from millwright.model.incident import Incident, Moment

if TYPE_CHECKING:
    from millwright.model.lifecycle import Deed, Transition

MOST_RUNS = 20


def whole(desk: Desk, incident: Incident) -> Incident:
    """Return an incident with its timeline and evidence, told from the journal."""
    deeds = [deed for deed in desk.book.deeds() if deed.incident == incident.id]
    lives = [each for each in desk.book.transitions() if each.incident == incident.id]
    moments = sorted((*map(_of_life, lives), *map(_of_deed, deeds)), key=lambda each: each.at)
    opened = Moment(at=incident.opened, what=f"opened: {incident.complaint.message}"[:2000])
    evidence = dict.fromkeys(name for each in moments for name in each.evidence)
    return incident.model_copy(update={"timeline": (opened, *moments), "evidence": tuple(evidence)})


def _of_life(each: Transition) -> Moment:
    what = f"{each.before} > {each.after}: {each.why}"
    return Moment(at=each.at, what=what[:2000], evidence=each.evidence, actor=each.actor)


def _of_deed(deed: Deed) -> Moment:
    name = f"{deed.step} {deed.remedy}".strip()
    number = f" (try {deed.attempt})" if deed.attempt else ""
    told = " ".join(part for part in (deed.outcome, deed.detail) if part)
    what = f"{name}{number} {deed.phase}" + (f": {told}" if told else "")
    return Moment(at=deed.at, what=what[:2000], evidence=deed.evidence, actor=deed.actor)


def write_case(desk: Desk, incident: Incident) -> str:
    """Write the packet of an incident; return where it lies in the workspace.

    It holds the incident, its evidence, and where its tests found something the case against the
    part, as a vendor wants it. Secrets are taken out as they are of evidence.
    """
    from millwright.adapters.rmafile import write_packet

    full = whole(desk, incident)
    files = {"incident.json": _document(full), **_evidence(desk, full), **_against(desk, full)}
    files["README.txt"] = "".join(f"{line}\n" for line in case_lines(full)).encode()
    target = write_packet(desk.inputs.workspace, incident.id, _clean(files))
    return str(target.relative_to(desk.inputs.workspace.root))


def _document(incident: Incident) -> bytes:
    return incident.model_dump_json(by_alias=True, indent=1).encode() + b"\n"


def _clean(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return files redacted, but for those whose digests stand in a chain of evidence."""
    from millwright.model.redaction import redacted

    kept = ("evidence.jsonl", "evidence.head.json")
    return {
        name: raw if "/blobs/" in name or name.endswith(kept) else redacted(raw)
        for name, raw in files.items()
    }


def _evidence(desk: Desk, incident: Incident) -> dict[str, bytes]:
    """Return what runs kept of the node, each under the run's name."""
    from millwright.adapters.rmafile import evidence_of

    found: dict[str, bytes] = {}
    for folder in _runs(desk, incident):
        _, files = evidence_of(folder, incident.node)
        found |= {f"{folder.name}/{name}": raw for name, raw in files.items()}
    return found


def _runs(desk: Desk, incident: Incident) -> Iterator[Path]:
    for name in incident.evidence[:MOST_RUNS]:
        folder = desk.inputs.workspace.inside(desk.inputs.workspace.root / name)
        if folder.is_dir():
            yield folder


def _against(desk: Desk, incident: Incident) -> dict[str, bytes]:
    """Return the case of the last tests that hold something against the node."""
    from millwright.adapters.buildruns import MEASUREMENTS
    from millwright.adapters.judgefiles import read_verdict
    from millwright.adapters.measurementfile import read_measurements
    from millwright.adapters.rmafile import evidence_of, packet_json, rows_of_node
    from millwright.build.rma import findings_against, packet_of

    for folder in reversed(list(_runs(desk, incident))):
        verdict, values = folder / "verdict.json", folder / MEASUREMENTS
        if not (verdict.is_file() and values.is_file()):
            continue
        document = read_verdict(verdict)
        if not findings_against(document, incident.node):
            continue
        shown, _ = evidence_of(folder, incident.node)
        rows = rows_of_node(values, incident.node)
        told = (folder.name, read_measurements((values,)), rows.count(b"\n"))
        packet = packet_of(document, (incident.node, ""), told, shown)
        return {"packet.json": packet_json(packet), "measurements.jsonl": rows}
    return {}


def case_lines(incident: Incident) -> Iterator[str]:
    """Yield an incident as text: what, whom it hurts, what was done, where to read."""
    if incident.simulated:
        yield "SIMULATED: nothing of this happened on real hardware"
    where = f"{incident.node} {incident.complaint.device}".rstrip()
    yield f"incident {incident.id}: {where}, {incident.complaint.fault}; {incident.stands}"
    yield f"told by {incident.complaint.source}: {incident.complaint.message}"
    yield from impact_lines(incident)
    if incident.choice is not None:
        yield f"order of remedies: {' > '.join(incident.choice.ladder)}"
        yield from (f"  {reason}" for reason in incident.choice.reasons)
    yield "timeline"
    yield from _moments(incident.timeline)
    if incident.packet:
        yield f"the case lies in {incident.packet}"


def impact_lines(incident: Incident) -> Iterator[str]:
    """Yield whom an incident hurts, and what people do meanwhile."""
    impact = incident.impact
    if not impact.pool:
        yield "it was not taken out of service"
        return
    if impact.tier:
        left = "unknown" if impact.left_in_service is None else str(impact.left_in_service)
        yield f"tier {impact.tier}: {left} nodes left, {impact.min_replicas} must be"
    if impact.workloads:
        yield f"workloads of the tier: {', '.join(impact.workloads)}"
    if impact.downtime_procedure:
        yield f"meanwhile people follow {impact.downtime_procedure}"
    jobs = ", ".join(impact.jobs) if impact.jobs else "none"
    yield f"jobs on the node when it was taken out: {jobs if impact.jobs_known else 'UNKNOWN'}"


def _moments(moments: Iterable[Moment]) -> Iterator[str]:
    for each in moments:
        evidence = f"  [{', '.join(each.evidence)}]" if each.evidence else ""
        yield f"  {each.at[:19]}  {each.what}{evidence}"


def incident_document(desk: Desk, incident: Incident) -> dict[str, object]:
    """Return an incident as JSON tells it."""
    found: dict[str, object] = json.loads(_document(whole(desk, incident)))
    return found
