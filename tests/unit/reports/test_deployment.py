"""What is told of a deployment beside its outcomes."""

from __future__ import annotations

from millwright.reports.deployment import unbegun_line


def test_roles_that_were_not_begun_are_counted_with_the_reason() -> None:
    line = unbegun_line([("munge", "gpu1"), ("limits", "gpu1"), ("munge", "gpu2")])
    assert line.startswith("3 roles were not begun on gpu[1-2] (2): each may stand on those before")
    assert "deploy apply` goes on" in line


def test_a_run_in_which_everything_was_begun_says_nothing_of_it() -> None:
    assert unbegun_line([]) == ""
