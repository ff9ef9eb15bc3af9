"""Health as the sweep judges it, told as findings: what a check says, and what keeps work off."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from millwright.manage.assess.draft import DEVICE, Draft
from millwright.manage.assess.looks import looks
from millwright.manage.assess.voice import Voice, collected
from millwright.manage.expected import Expected
from millwright.manage.health.quiet import Quiet
from millwright.manage.health.sweep import Standing, swept
from millwright.model.assessment import Gravity, Proof
from millwright.model.catalog import Catalog
from millwright.model.fault import FaultCatalog
from millwright.model.health import HealthFinding
from millwright.model.heard import Recording

_GRAVITY: Mapping[str, Gravity] = {
    "critical": "critical",
    "warning": "warning",
    "watch": "notice",
}
_OTHERS = frozenset({"gpu-pcie-width", "gpu-pcie-speed", "gpu-power-cap"})
"""Checks whose matter is told as a bottleneck, with both figures."""
_FULL_PERCENT, _FAR_S = 98.0, 30.0
_BLOCKS_FROM = {"disk-full": _FULL_PERCENT, "clock-apart": _FAR_S}
"""Warnings that keep work off from a value on: nothing can be written, no ticket is taken."""
RATE_OVER_S = 300.0


@dataclass(frozen=True, slots=True)
class Known:
    """What a design and the fault catalogue add to what nodes say; empty for strangers."""

    expected: Mapping[str, Expected] = field(default_factory=dict)
    faults: FaultCatalog | None = None


def health(
    recording: Recording, catalog: Catalog, voices: Mapping[str, Voice], known: Known
) -> Iterator[Draft]:
    """Yield what checks find. A boot explains nothing to who sees a node for the first time."""
    standing = Standing(known.expected, Quiet(0.0), RATE_OVER_S, faults=known.faults)
    checks = list(catalog.checks.values())
    for finding in swept(recording, checks, standing).document.findings:
        apart = finding.check == "clock-apart" and collected(voices)
        if finding.check not in _OTHERS and finding.node not in recording.silent and not apart:
            yield _draft(finding, voices)


def _draft(finding: HealthFinding, voices: Mapping[str, Voice]) -> Draft:
    device, message = finding.device, finding.message
    blocks = finding.severity == "critical" or _is_far(finding)
    if finding.check == "port-down" and _mostly_down(device, voices):
        blocks, message = False, f"{message}; at most nodes it does not: perhaps nobody uses it"
    return Draft(
        id=f"health.{finding.check}",
        topic="health",
        gravity="critical" if blocks else _least(finding),
        node=finding.node,
        device=device,
        message=message.replace(device, DEVICE) if device else message,
        proof=_proof(finding, voices),
        why=finding.advice,
        command=_command(finding),
        blocks=blocks,
        source=finding.source,
        confidence=finding.confidence,
    )


def _least(finding: HealthFinding) -> Gravity:
    gravity = _GRAVITY[finding.severity]
    return "notice" if gravity == "critical" else gravity


def _mostly_down(name: str, voices: Mapping[str, Voice]) -> bool:
    """Return whether an adapter carries no link at most of the nodes that have it, of several."""
    told = [voice.facts("ibstat") for voice in voices.values()]
    alike = [each for facts in told if facts for each in facts.adapters if each.name == name]
    down = sum(not all(port.active for port in each.ports) for each in alike)
    return len(alike) > 1 and 2 * down > len(alike)


def _is_far(finding: HealthFinding) -> bool:
    least = _BLOCKS_FROM.get(finding.check)
    value = finding.value
    return least is not None and isinstance(value, int | float) and abs(value) >= least


def _proof(finding: HealthFinding, voices: Mapping[str, Voice]) -> Proof:
    voice = voices.get(finding.node)
    if voice is None or finding.evidence not in voice.heard:
        return Proof(node=finding.node, question=finding.evidence)
    if finding.evidence in _LOGS:
        return _logged(voice, finding)
    device = finding.device
    for needle in (f"'{device}'", f'"{device}"', f"Id={device}", device) if device else ():
        proof = voice.proof(finding.evidence, needle)
        if proof.at:
            return proof
    return voice.proof(finding.evidence)


_LOGS = frozenset({"dmesg", "journalctl"})
_TAIL = 40
"""Letters by which a line of a log is known again in the words of a finding."""


def _logged(voice: Voice, finding: HealthFinding) -> Proof:
    for line in (voice.text(finding.evidence) or "").splitlines():
        if len(line) > _TAIL and line[-_TAIL:] in finding.message:
            return voice.proof(finding.evidence, line[-_TAIL:])
    return voice.proof(finding.evidence)


def _command(finding: HealthFinding) -> str:
    """Return what tells more: of a fault that the catalogue knows, its entry."""
    if finding.check in ("unit-failed", "unit-down") and finding.device:
        return shlex.join(["systemctl", "status", finding.device])
    if finding.check in ("disk-full", "disk-filling") and finding.device:
        return shlex.join(["du", "-xh", "--max-depth=2", finding.device])
    if finding.fault:
        return shlex.join(["millwright", "explain", finding.fault])
    return looks(finding.evidence)
