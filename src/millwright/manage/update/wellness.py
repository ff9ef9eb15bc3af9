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

    A finding that a start or a window explains is no finding here either.
    """
    health = document.nodes.get(node)
    if health is None or health.silent is not None:
        return (), (health.silent if health and health.silent else "the node was not asked",)
    bad = tuple(
        each.message
        for each in document.findings
        if each.node == node and each.severity == "critical" and not each.silenced
        and _counts(each.check, checks)
    )  # fmt: skip
    unknown = tuple(
        f"{name} was not answered: {told.why}"
        for told in health.unknown
        for name in told.checks
        if _counts(name, checks) and name in checks and checks[name].severity == "critical"
    )
    return bad, unknown


def _counts(name: str, checks: Mapping[str, Check]) -> bool:
    return name not in checks or checks[name].subject not in BESIDE
