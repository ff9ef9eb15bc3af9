"""The hardening of a cluster on paper: each setting with rule and state, and the exceptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from millwright.reports.page import (
    SIMULATED,
    Cell,
    Fact,
    Facts,
    Field,
    Grid,
    Mark,
    Page,
    Section,
    Signatures,
    Tone,
)

TONES: dict[str, Tone] = {
    "proven": "good",
    "failed": "bad",
    "unknown": "unknown",
    "never done": "unknown",
    "not followed": "warn",
}


def hardening_page(
    name: str, settings: Sequence[Mapping[str, Any]], *, simulated: bool, by: str
) -> Page:
    """Return the page of settings as `hardening.rows` tells them."""
    counts = Counter(str(each["state"]) for each in settings)
    told = ", ".join(f"{count} {state}" for state, count in counts.most_common())
    worst: Tone = "bad" if counts["failed"] else "unknown" if _open(counts) else "good"
    figures = tuple(Fact(state, count) for state, count in counts.most_common(4))
    exceptions = [each for each in settings if each["kind"] == "exception"]
    followed = [each for each in settings if each["kind"] != "exception"]
    words = f"Read and accepted, with {len(exceptions)} exceptions."
    return Page(
        what="Hardening report",
        title=name,
        first_line=f"{len(settings)} settings: {told or 'none'}.",
        tone=worst,
        sections=(
            Section("summary", "Summary", (Facts(figures, large=True),)),
            Section("exceptions", "What is not followed, and why", (_grid(exceptions),)),
            Section("settings", "Settings", (_grid(followed),)),
            Section("signatures", "Signatures", (Signatures(words, ("Integrator", "Security")),)),
        ),
        by=by,
        notices=(SIMULATED,) if simulated else (),
        paper="landscape",
    )


def _open(counts: Counter[str]) -> bool:
    return any(TONES.get(state, "unknown") == "unknown" and n for state, n in counts.items())


def _grid(settings: Sequence[Mapping[str, Any]]) -> Grid:
    fields = (
        Field("state", "mark"),
        Field("setting", "code"),
        Field("design", share=1.4),
        Field("rules"),
        Field("hosts"),
        Field("reason", share=2),
        Field("source", "code"),
    )
    return Grid(fields, tuple(map(_row, settings)))


def _row(each: Mapping[str, Any]) -> tuple[Cell, ...]:
    state = str(each["state"])
    return (
        Mark(state, TONES.get(state, "unknown")),
        str(each["name"]),
        str(each["design"]),
        ", ".join(each["rules"]),
        str(each["hosts"]),
        str(each["reason"]),
        str(each["source"]),
    )
