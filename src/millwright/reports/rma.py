"""The case against a part, in words that stand at the head of its packet."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.rma import Packet
from millwright.model.verdict import VerdictFinding


def packet_lines(packet: Packet) -> Iterator[str]:
    """Yield the case as plain text: who, which number, what was found, and what is inside."""
    if packet.simulated:
        yield "SIMULATED: nothing of this was measured on real hardware"
    where = " ".join(part for part in (packet.node, packet.device) if part)
    yield f"{where}  {packet.verdict}  (run {packet.run})"
    for device, serial in packet.serials.items():
        yield f"serial number of {device or packet.node}: {serial}"
    yield ""
    for finding in packet.findings:
        yield from _finding(finding)
    yield from (f"note: {note}" for note in packet.notes)
    yield ""
    yield f"measurements.jsonl  {packet.measurements} values of the run, as they were kept"
    yield f"evidence.jsonl      {len(packet.evidence)} commands with their outputs in blobs/,"
    yield "                    lines of the run's chain; each carries its own SHA-256 (RFC 8785)"
    yield "SHA256SUMS          `sha256sum -c SHA256SUMS` checks every file"


def _finding(finding: VerdictFinding) -> Iterator[str]:
    where = " ".join(part for part in (finding.device, finding.metric) if part)
    yield f"{finding.kind} {finding.verdict}: {where}: {finding.reason}"
    if finding.value is not None:
        yield f"  measured: {finding.value:g} {finding.unit}"
    if finding.bar is not None:
        yield f"  bar: {finding.bar} ({finding.bar_source}, {finding.bar_confidence})"
    if finding.peer_median is not None:
        yield f"  median of {finding.peers} peers: {finding.peer_median:g} {finding.unit}"
    if finding.attempts:
        yield f"  attempts: {', '.join(f'{value:g}' for value in finding.attempts)}"
