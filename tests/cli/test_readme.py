"""What the README shows is what the command says."""

from __future__ import annotations

import re
from pathlib import Path

from millwright.deploy.roles import ROLES
from tests.conftest import TESTS, Run

README = (TESTS.parent / "README.md").read_text(encoding="utf-8")


def test_the_summary_in_the_readme_is_the_real_one() -> None:
    golden = (TESTS / "golden" / "superpod-h100-4su.txt").read_text(encoding="utf-8")
    block = README.split("design solve\n", 1)[1].split("...\n", 1)[0]
    assert golden.startswith(block)


def test_the_count_of_published_figures_is_the_real_one(run: Run) -> None:
    assert run("design", "conform").out.splitlines()[-1] in README


def test_every_document_that_the_readme_names_is_there() -> None:
    for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "docs/decisions", "docs/summary.svg"):
        assert name in README
        assert Path(TESTS.parent / name).exists()


def test_every_role_has_its_row_in_the_order_of_its_turn() -> None:
    text = (TESTS.parent / "playbooks" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)
    assert rows == [role.name for role in ROLES]
