"""The table of what a healthcare AI factory must be able to do names commands that are there."""

from __future__ import annotations

import re

import pytest
import typer

from millwright.cli.main import app
from tests.conftest import TESTS

PAGE = (TESTS.parent / "docs" / "capabilities.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
NAMED = sorted(set(re.findall(r"`millwright ([a-z][a-z -]*)`", PAGE)))


def test_every_capability_has_its_row_and_each_an_answer() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 47))
    for number, _, answer in ROWS:
        assert "`millwright " in answer or "out of scope" in answer, number


def test_whatever_is_out_of_scope_says_why() -> None:
    for number, _, answer in ROWS:
        for part in answer.split("out of scope")[1:]:
            assert part.startswith(":"), number


@pytest.mark.parametrize("words", NAMED)
def test_every_command_that_is_named_exists(words: str) -> None:
    command = typer.main.get_command(app)
    for word in words.split():
        inner = getattr(command, "commands", None)
        if inner is None:
            assert word in ("wan-loss",), f"{words}: {word} is an argument that nobody knows"
            return
        assert word in inner, words
        command = inner[word]
