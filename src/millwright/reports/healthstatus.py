"""The last sweep on one screen: who is in service, what was found, what was not answered, when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from millwright.model.health import HealthDocument
from millwright.model.nodeset import folded
from millwright.reports.health import counts, finding_lines, gap_lines, silent_lines, worst_of

STALE_S = 3600.0
"""A sweep that is older says nothing of now."""
_OUT = {"slurm-out": "out of service", "slurm-drained": "drained"}
MOST_LINES = 12


def status_document(document: HealthDocument, now: str) -> dict[str, Any]:
    """Return the same as JSON has it (millwright.status/1)."""
    old_s = age_s(document, now)
    return {
        "schema": "millwright.status/1",
        "at": document.at,
        "age_s": old_s,
        "stale": old_s is None or old_s > STALE_S,
        "answer": document.answer,
        "simulated": document.simulated,
        "run": document.run,
        "nodes": {word: folded(names) for word, names in standings(document).items()},
        "findings": counts(document),
        "unanswered": sum(n.checks - n.answered for n in document.nodes.values()),
    }


def age_s(document: HealthDocument, now: str) -> float | None:
    """Return how old a sweep is; None where its time is none."""
    try:
        gone = datetime.fromisoformat(now) - datetime.fromisoformat(document.at)
    except ValueError:
        return None
    return round(gone.total_seconds(), 1)


def standings(document: HealthDocument) -> dict[str, list[str]]:
    """Return nodes by how they stand: Slurm's word goes before a finding."""
    words: dict[str, str] = dict(worst_of(document))
    for finding in document.findings:
        if finding.check in _OUT and finding.node in words:
            words[finding.node] = _OUT[finding.check]
    found: dict[str, list[str]] = {}
    for name, word in words.items():
        found.setdefault(word, []).append(name)
    return found


_ORDER = ("out of service", "critical", "silent", "drained", "warning", "watch", "unknown", "well")


def status_lines(document: HealthDocument, now: str) -> Iterator[str]:
    """Yield one screen: the worst first, and no more lines of findings than fit."""
    mark = "  SIMULATED" if document.simulated else ""
    old_s = age_s(document, now)
    told = "at an unknown time" if old_s is None else f"{_span(old_s)} ago"
    stale = "  STALE" if old_s is None or old_s > STALE_S else ""
    yield f"{document.answer.upper()}  as of the sweep {told} ({document.at}){stale}{mark}"
    for word, names in sorted(standings(document).items(), key=lambda pair: _ORDER.index(pair[0])):
        yield f"  {word:15} {folded(names)} ({len(names)})"
    lines = [line for line in finding_lines(document) if line.silenced is None]
    for line in lines[:MOST_LINES]:
        yield f"  {line.severity:9} {line.check:22} {line.nodes} ({line.count})  {line.message}"
    if lines[MOST_LINES:]:
        yield f"  and {len(lines) - MOST_LINES} more: `millwright manage health`"
    silenced = sum(each.silenced is not None for each in document.findings)
    if silenced:
        yield f"  {silenced} findings are explained, and silenced"
    gaps = sum(n.checks - n.answered - len(n.not_testable) for n in document.nodes.values())
    if gaps:
        quiet = len(silent_lines(document))
        yield f"  {gaps} checks were not answered, for {len(gap_lines(document)) + quiet} reasons"


def _span(seconds: float) -> str:
    for size, word in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{max(0.0, seconds):.0f} seconds"
