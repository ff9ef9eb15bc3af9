"""When the tests of a run went on, from what its turns left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from millwright.model.buildrun import Outcome
from millwright.reports.page import Tone
from millwright.reports.timeline import Span

_GRAVITY: dict[str, Tone] = {
    "error": "unknown",
    "hung": "bad",
    "lost": "unknown",
    "not run": "unknown",
}


def spans(outcomes: Sequence[Outcome]) -> tuple[Span, ...]:
    """Return one span a test, from the first beginning to the last end of its turns. An outcome is
    dated at its end."""
    known = [(outcome, _seconds(outcome.at)) for outcome in outcomes if outcome.came != "not run"]
    dated = [(outcome, at) for outcome, at in known if at is not None]
    if not dated:
        return ()
    zero = min(at - outcome.duration_s for outcome, at in dated)
    tests: dict[str, list[tuple[Outcome, float]]] = {}
    for outcome, at in dated:
        tests.setdefault(outcome.test, []).append((outcome, at - zero))
    told = [_span(test, turns) for test, turns in tests.items()]
    return tuple(sorted(told, key=lambda span: span.begin_s))


def _span(test: str, turns: Sequence[tuple[Outcome, float]]) -> Span:
    bad = [
        _GRAVITY[outcome.came] for outcome, _ in turns if outcome.came in _GRAVITY and outcome.final
    ]
    tone: Tone | None = "bad" if "bad" in bad else "unknown" if bad else None
    begin = min(at - outcome.duration_s for outcome, at in turns)
    return Span(test, begin, max(at for _, at in turns), tone)


def _seconds(at: str) -> float | None:
    try:
        return datetime.fromisoformat(at).timestamp()
    except ValueError:
        return None
