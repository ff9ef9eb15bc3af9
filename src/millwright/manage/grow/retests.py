"""Whether installed nodes do worse with the new ones than they did without them."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.model.growth import Retested
from millwright.model.verdict import Verdict


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
