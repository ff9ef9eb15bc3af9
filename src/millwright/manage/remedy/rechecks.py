"""Whether a complaint still holds, by a fresh sweep of its node."""

from __future__ import annotations

from datetime import datetime

from millwright.manage.remedy.past import GONE, HOLDS, NOT_KNOWN, UNTESTED
from millwright.model.health import HealthDocument, HealthFinding
from millwright.model.incident import Complaint

SILENT = "node:silent"
"""The fault of a node that does not answer."""


def rechecked(
    complaint: Complaint, document: HealthDocument, since: str = "", told_before: int = 0
) -> tuple[str, str]:
    """Return whether it holds, in a word of the journal, and why.

    Messages of before `since`, when the node was repaired without a new start, prove nothing, for
    a kernel log keeps them; where they are more than were `told_before` they do. What is explained
    by something else, or was not answered, is not known.
    """
    health = document.nodes.get(complaint.node)
    if health is None or health.silent is not None:
        why = health.silent if health and health.silent else "the node was not asked"
        # What others tell of a silent node, as its controller does, is an answer nevertheless.
        told = [f for f in document.findings if _is(f, complaint) and not f.silenced]
        holds = bool(told) or (complaint.fault == SILENT and health is not None)
        return (HOLDS if holds else NOT_KNOWN), f"it does not answer: {why}"
    if complaint.fault == SILENT:
        return GONE, "the node answers"
    if not complaint.check:
        return UNTESTED, "no check of a sweep asks for it: tests will"
    return _by_check(complaint, document, (since, told_before))


def messages(complaint: Complaint, document: HealthDocument) -> int:
    """Return how often a sweep has what is complained of."""
    return sum(each.count for each in document.findings if _is(each, complaint))


def _by_check(
    complaint: Complaint, document: HealthDocument, before: tuple[str, int]
) -> tuple[str, str]:
    health = document.nodes[complaint.node]
    found = [each for each in document.findings if _is(each, complaint)]
    more = messages(complaint, document) > before[1]
    new = [each for each in found if more or not _before(each.since, before[0])]
    if loud := [each for each in new if not each.silenced]:
        return HOLDS, loud[0].message
    if new:
        return NOT_KNOWN, f"{new[0].message}; it may be explained: {new[0].silenced}"
    for told in health.unknown:
        if complaint.check in told.checks:
            return NOT_KNOWN, f"{complaint.check} was not answered: {told.why}"
    if complaint.check in health.not_testable:
        return NOT_KNOWN, f"{complaint.check} asks for a machine, and this is a container of one"
    old = "; what its log says is of before the repair" if found else ""
    return GONE, f"{complaint.check} finds nothing{old}"


def _is(finding: HealthFinding, complaint: Complaint) -> bool:
    if finding.node != complaint.node or finding.check != complaint.check:
        return False
    return not complaint.device or finding.device in ("", complaint.device)


def _before(at: str | None, since: str) -> bool:
    if not at or not since:
        return False
    try:
        return datetime.fromisoformat(at) < datetime.fromisoformat(since)
    except (ValueError, TypeError):
        return False
