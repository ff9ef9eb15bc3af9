"""The hardening report on paper."""

from __future__ import annotations

from typing import Any

import pytest

from millwright.adapters.htmlpage import html
from millwright.reports.hardened import hardening_page


def setting(state: str, kind: str = "service") -> dict[str, Any]:
    """Return a setting as the report of a terminal has it."""
    told = {"name": "no-telnet", "kind": kind, "design": "absent", "rules": ["R1", "R2"]}
    return {**told, "state": state, "hosts": "gpu[1-4]", "reason": "<b>old</b>", "source": "s"}


@pytest.mark.parametrize(
    ("states", "tone"),
    [
        (("proven",), "good"),
        (("proven", "unknown"), "unknown"),
        (("never done",), "unknown"),
        (("proven", "failed", "unknown"), "bad"),
        (("something new",), "unknown"),
    ],
)
def test_the_worst_state_is_what_the_page_says_first(states: tuple[str, ...], tone: str) -> None:
    page = hardening_page("site", [setting(s) for s in states], simulated=False, by="test")
    assert page.tone == tone
    assert f"1 {states[-1]}" in page.first_line


def test_exceptions_stand_apart_with_their_reasons() -> None:
    settings = [setting("proven"), setting("not followed", "exception")]
    page = hardening_page("site", settings, simulated=True, by="test")
    (apart,) = [section for section in page.sections if section.id == "exceptions"]
    assert "not followed" in str(apart)
    told = html(page)
    assert "SIMULATED" in told
    assert "&lt;b&gt;old" in told
