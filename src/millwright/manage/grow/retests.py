"""Whether installed nodes do worse with the new ones than they did without them."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.model.growth import Retested
from millwright.model.verdict import Verdict


def unseen(before: Retested | None, after: Retested, nodes: Sequence[str]) -> tuple[str, ...]:
    """Return the nodes that did well before and of which nobody can tell afterwards, though they
    were tested: they may have fallen off the fabric."""
    well = (Verdict.PASS, Verdict.WARN)
    was = before.verdicts if before else {}
    return tuple(
        node for node in nodes
        if was.get(node) in well and after.verdicts.get(node) == Verdict.UNKNOWN
    )  # fmt: skip


def worse(before: Retested | None, after: Retested, nodes: Sequence[str]) -> tuple[str, ...]:
    """Return the nodes that fail now and did not before, in words.

    A node that was tested only once, or is UNKNOWN either time, shows nothing.
    """
    told = []
    for node in nodes:
        was = before.verdicts.get(node, "") if before else ""
        now = after.verdicts.get(node, "")
        if now == Verdict.FAIL and was in (Verdict.PASS, Verdict.WARN):
            told.append(f"{node} {was} -> {now}: {after.why.get(node, 'no reason')}")
    return tuple(told)
