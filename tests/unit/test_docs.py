"""What documentation and examples for pipelines name is there; the reference leaves out nothing."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from millwright.adapters.rulefiles import rules
from millwright.model.catalog import Catalog
from millwright.model.finding import Finding
from millwright.reports.findingsjunit import findings_junit

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
PIPELINES = sorted((ROOT / "examples" / "ci").glob("*.yml"))
CALL = re.compile(r"(?:^|[`\s|$-])millwright ((?:[^`|\n>#;]|\\\n)+)")
GLOBAL = frozenset({"-C", "--json", "-q", "--quiet", "-v", "--verbose", "--debug", "--version"})


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def known(reference: ModuleType) -> dict[str, Any]:
    return {path.removeprefix("millwright").strip(): each for path, each in reference.commands()}


def calls(text: str) -> list[list[str]]:
    """Return the words of every call of the program in a text, without what counts everywhere."""
    found = []
    for raw in CALL.findall(text):
        words = raw.split()
        while "-C" in words:
            at = words.index("-C")
            del words[at : at + 2]
        words = [word for word in words if word not in GLOBAL]
        if words:
            found.append(words)
    return found


@pytest.mark.parametrize("page", [*PAGES, *PIPELINES], ids=lambda path: path.name)
def test_every_command_and_option_that_is_named_exists(page: Path, known: dict[str, Any]) -> None:
    for words in calls(page.read_text(encoding="utf-8")):
        path = next(
            (path for length in (3, 2, 1) if (path := " ".join(words[:length])) in known),
            None,
        )
        assert path is not None, words
        command = known[path]
        rest = words[len(path.split()) :]
        group = bool(getattr(command, "commands", None))
        assert not (group and rest and re.fullmatch("[a-z-]+", rest[0])), words
        options = {name for each in command.params for name in each.opts}
        for word in rest:
            assert not word.startswith("--") or word.split("=")[0] in options, words


def test_both_pipelines_check_tell_and_watch() -> None:
    assert len(PIPELINES) == 2
    for path in PIPELINES:
        text = path.read_text(encoding="utf-8")
        assert yaml.safe_load(text)
        for call in ("design check --junit", "design diff", "manage drift --json"):
            assert call in text, (path, call)


def test_every_page_of_the_index_is_there() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), (page.name, link)


def test_the_reference_has_every_command_rule_check_note_and_key(
    reference: ModuleType, known: dict[str, Any], catalog: Catalog
) -> None:
    pages = reference.pages()
    for path in known:
        assert f"## {f'millwright {path}'.strip()}\n" in pages["cli.md"]
    assert all(f"`{rule}`" in pages["rules.md"] for rule in rules())
    assert all(f"check:{check}`" in pages["checks.md"] for check in catalog.checks)
    assert "note:gpu-training" in pages["notes.md"]
    assert all(f"`{key}`" in pages["spec.md"] for key in ("compute", "zones", "retention_years"))


def test_findings_are_told_to_pipelines_errors_alone_as_failures() -> None:
    said = [
        Finding(rule="MW-D-001", severity=s, where="compute[0]", message=f"<{s}> & co", hint="")
        for s in ("error", "warn", "info")
    ]
    suite = ElementTree.fromstring(findings_junit("a & b", said))[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("name")) == ("4", "1", "a & b")
    assert [each.tag for case in suite for each in case] == ["failure", "system-out", "system-out"]
