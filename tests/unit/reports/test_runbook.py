"""Runbooks: whole, safe to open, and with commands that exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
import typer.main

from millwright.adapters.catalogs import load
from millwright.adapters.faultfiles import fault_catalog
from millwright.adapters.htmlpage import html
from millwright.cli.main import app, flags_first
from millwright.manage.faults.runbooks import group_of, runbook
from millwright.model.fault import FaultGroup
from millwright.reports.runbook import runbook_page, runbook_text

LOADED = load(None)
FAULTS = fault_catalog(LOADED)
HOSTILE = "</script><img src=x onerror=alert(1)> | `rm -rf` \u202e"


def commands() -> Iterator[str]:
    """Yield every command that a runbook shows."""
    for group in FAULTS.groups.values():
        yield from (look.run for look in group.looks if look.run)
    for step in FAULTS.steps.values():
        yield from step.commands


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_of_a_runbook_is_one_that_millwright_has(line: str) -> None:
    words = shlex.split(line)
    assert words.pop(0) == "millwright"
    words = flags_first(words)
    command = typer.main.get_command(app)
    context = command.make_context("millwright", [], resilient_parsing=True)
    while hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, line
        command = command.commands[name]
        context = typer.Context(command, parent=context, info_name=name)
    names = {option for each in command.params for option in each.opts}
    ours = words[: words.index("--")] if "--" in words else words
    assert {word for word in ours if word.startswith("--")} <= names, line


@pytest.mark.parametrize("name", sorted(FAULTS.groups))
def test_every_class_has_a_runbook_that_says_all_that_one_needs(name: str) -> None:
    book = runbook(name, FAULTS, LOADED.catalog.sources)
    text = runbook_text(book)
    for heading in ("How it shows", "What it means", "What to do", "When to stop",
                    "What to record", "Who says what", "Sources"):  # fmt: skip
        assert f"\n## {heading}\n" in text
    for fault, advice in book.members:
        assert len(re.findall(rf"^\| {fault.id} \|", text, re.M)) == len(advice.opinions)
    assert book.members
    assert len({line.count(" | ") for line in text.splitlines() if line.startswith("| ")}) == 1
    titles = [section.title for section in runbook_page(book).sections]
    assert len(titles) == len(set(titles))


def test_what_a_site_wrote_cannot_become_markup() -> None:
    group = FAULTS.groups["gpu-lost"]
    told = group.model_copy(update={"title": HOSTILE, "meaning": HOSTILE, "shows": (HOSTILE,)})
    assert isinstance(told, FaultGroup)
    catalog = FAULTS.model_copy(update={"groups": {**FAULTS.groups, "gpu-lost": told}})
    book = runbook("gpu-lost", catalog, LOADED.catalog.sources)
    assert "<img" not in html(runbook_page(book))
    assert "<img" not in runbook_text(book)


def test_a_runbook_is_found_by_fault_by_class_and_by_its_id() -> None:
    assert {group_of(n, FAULTS) for n in ("xid:79", "gpu-lost", "runbook:gpu-lost")} == {"gpu-lost"}
    assert group_of("xid:999", FAULTS) is None
