"""Whether a node is well enough to be updated, or to serve after it, by one sweep."""

from __future__ import annotations

from collections.abc import Mapping

from millwright.model.health import Check, HealthDocument

BESIDE = frozenset(("slurm", "bmc"))
"""Subjects that say nothing here: who drained the node is known, and controllers are not asked."""


def wellness(
    node: str, document: HealthDocument, checks: Mapping[str, Check]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is critical at a node, and what critical nobody could tell.

    What a start, a window or a drain may explain is not known to be well: nobody is called for it,
    and a node is not proven by it either.
    """
    health = document.nodes.get(node)
    if health is None or health.silent is not None:
        return (), (health.silent if health and health.silent else "the node was not asked",)
    found = [
        each
        for each in document.findings
        if each.node == node and each.severity == "critical" and _counts(each.check, checks)
    ]
    bad = tuple(each.message for each in found if not each.silenced)
    explained = tuple(
        f"{each.message}; it may be explained: {each.silenced}" for each in found if each.silenced
    )
    unanswered = tuple(
        f"{name} was not answered: {told.why}"
        for told in health.unknown
        for name in told.checks
        if _counts(name, checks) and name in checks and checks[name].severity == "critical"
    )
    return bad, (*explained, *unanswered)


def _counts(name: str, checks: Mapping[str, Check]) -> bool:
    return name not in checks or checks[name].subject not in BESIDE
