"""Drift as lines: one for each difference, with its node set; and what was not told."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.drift import Difference, DriftDocument
from millwright.model.nodeset import folded

MOST_VALUE = 100


def headline(document: DriftDocument) -> str:
    """Return the answer in one line."""
    mark = " · SIMULATED" if document.simulated else ""
    counted = sum(each.counts for each in document.differences)
    expected = len(document.differences) - counted
    told = {
        "none": "NO DRIFT",
        "drift": f"DRIFT: {counted} difference{'s' if counted != 1 else ''}",
        "unanswered": "UNANSWERED: no drift where something was told",
    }[document.answer]
    more = f", {expected} expected" if expected else ""
    return f"{told}{more} · {document.nodes} nodes, {document.compared} items compared{mark}"


def lines(document: DriftDocument) -> Iterator[str]:
    """Yield a line for each difference, what to do below it, and what is UNKNOWN at the end."""
    for each in document.differences:
        about = f"{folded(each.nodes)} ({len(each.nodes)})  {each.kind}  {said(each)}"
        yield f"{about}; next: {each.command}"
        past = "; ".join(word for word in (each.why, each.when, each.who) if word)
        if each.kind != "unauthorised" or each.when or each.who:
            yield f"    {past}"
    for gap in document.unknown:
        words = ["UNKNOWN", f"{gap.items} items of {gap.question}:" if gap.items else "", gap.why]
        told = " ".join(word for word in words if word)
        yield f"{folded(gap.nodes)} ({len(gap.nodes)})  {told}"


def said(each: Difference) -> str:
    """Return what an item is and should be."""
    told = (("declared", each.declared), ("recorded", each.recorded), ("peers", each.peers))
    wanted = ", ".join(f"{word} {short(value)}" for word, value in told if value is not None)
    return f"{each.item}: {wanted}; observed {short(each.observed)}"


def short(value: str) -> str:
    """Return a value that fits into a line."""
    return value if len(value) <= MOST_VALUE else f"{value[: MOST_VALUE - 3]}..."
