"""The house itself: floors, sizes and words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "src" / "millwright").rglob("*.py"))


def test_no_floor_imports_from_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_modules_and_functions_stay_small(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 40, f"{node.name} has {length} lines"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_every_module_and_public_thing_says_what_it_is(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_no_room_is_named_after_nothing() -> None:
    nameless = re.compile(r"(util|helper|common|manager_|handler|misc)")
    assert not [path for path in MODULES if nameless.search(path.stem)]


def test_only_the_door_prints() -> None:
    for module in MODULES:
        if module.parts[-2:] != ("cli", "ui.py"):
            assert not re.search(r"^\s*print\(", module.read_text(encoding="utf-8"), re.M), module
