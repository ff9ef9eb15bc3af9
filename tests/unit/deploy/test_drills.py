"""A drill whose head node comes to no answer tells nothing of backups, and says what to do."""

from __future__ import annotations

import pytest

from millwright.cli.drills import Unanswered
from millwright.errors import Exit
from millwright.model.evidence import Ended
from millwright.ports import Answer


@pytest.mark.parametrize(
    ("ended", "reason", "hint"),
    [
        ("lost", "No route to host", "deploy reach"),
        ("lost", "its host key is not trusted yet: run `millwright deploy trust`", "deploy trust"),
        (
            "lost",
            "the host key of 10.0.0.1 is not the one that was trusted: refused",
            "compare its key with the host's own",
        ),
        ("timeout", "no end after 3600 s", "still be at work"),
    ],
)
def test_no_answer_is_neither_yes_nor_no(ended: Ended, reason: str, hint: str) -> None:
    told = Unanswered(Answer("head-1", ("backup", "drill"), ended, None, 1.0, reason=reason))
    assert told.exit_status == Exit.UNANSWERED
    assert "head-1 did not answer" in told.message
    assert reason in told.message
    assert hint in told.hint
