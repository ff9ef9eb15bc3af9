"""The case against a part that is sent back, and what a vendor will ask of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from millwright.build.judge.identities import parts_of, spot
from millwright.model.measurements import Measurements
from millwright.model.rma import Packet, Shown
from millwright.model.verdict import Verdict, VerdictDocument, VerdictFinding


def findings_against(
    document: VerdictDocument, node: str, device: str = ""
) -> tuple[VerdictFinding, ...]:
    """Return what a verdict holds against a node, or one device of it; what is waived is not."""
    known = document.nodes.get(node)
    return tuple(
        each
        for each in (known.findings if known else ())
        if each.verdict > Verdict.PASS
        and each.disposition != "waived"
        and (not device or each.device == device)
    )


def packet_of(
    document: VerdictDocument,
    place: tuple[str, str],
    told: tuple[str, Measurements, int],
    shown: Sequence[Shown],
) -> Packet:
    """Return the packet of a place (node, device); `told` is the run's name, all that it measured,
    and how many values of that are of this place."""
    node, device = place
    findings = findings_against(document, node, device)
    serials = _serials(told[1], node, device)
    return Packet(
        run=told[0], node=node, device=device, simulated=document.simulated,
        verdict=max(each.verdict for each in findings), serials=serials, findings=findings,
        measurements=told[2], evidence=tuple(shown),
        notes=tuple(_notes(findings, serials, place, shown)),
    )  # fmt: skip


def _serials(columns: Measurements, node: str, device: str) -> dict[str, str]:
    return {
        name: serial
        for (where, name), serial in sorted(parts_of(columns).serials.items())
        if where == node and (not device or name in ("", device))
    }


def _notes(
    findings: Sequence[VerdictFinding],
    serials: dict[str, str],
    place: tuple[str, str],
    shown: Sequence[Shown],
) -> Iterator[str]:
    """Yield what weakens the case, so that it is known before the vendor says it."""
    if place[1] not in serials:
        yield f"no measurement tells the serial number of {spot(place)}: read it from the part"
    if any(each.disposition == "retest" for each in findings):
        yield "not all of it was repeated: millwright build retest, then judge again"
    if all(each.verdict < Verdict.FAIL for each in findings):
        yield "the verdict is not FAIL"
    for pattern in sorted({each.pattern for each in findings if each.pattern}):
        yield f"it has {pattern} in common with others: then it may not be the part"
    if any(each.bar_confidence == "estimate" for each in findings):
        yield "a bar of it is an estimate: no vendor is bound by it"
    if not shown:
        yield "the run kept no evidence of this node"
    lacking = sum(len(each.lacking) for each in shown)
    if lacking:
        yield f"{lacking} outputs are not in it: packet.json says why"
