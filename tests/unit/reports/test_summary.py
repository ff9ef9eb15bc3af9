"""What the summary says of many findings."""

from __future__ import annotations

from millwright.model.finding import Finding
from millwright.reports.summary import folded


def _finding(rule: str, message: str, where: str = "fabrics.compute") -> Finding:
    return Finding(rule=rule, severity="info", where=where, message=message)


def test_one_rule_about_one_place_is_told_once_with_its_count() -> None:
    steps = tuple(_finding("MW-D-024", f"steps at {unit}") for unit in (1, 5, 9))
    (told,) = folded(steps)
    assert told.message == "steps at 1 (and 2 more of this rule: all of them with --json)"


def test_other_places_and_other_rules_are_told_apart() -> None:
    findings = (
        _finding("MW-D-024", "a"),
        _finding("MW-D-024", "b", "fabrics.storage"),
        _finding("MW-D-009", "c"),
    )
    assert folded(findings) == findings
