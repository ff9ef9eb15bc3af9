"""What all tests share: golden files, the sample corpus, the catalogue, the command."""

from __future__ import annotations

import difflib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from millwright.adapters.catalogs import load
from millwright.model.catalog import Catalog
from millwright.model.spec import Factory

TESTS = Path(__file__).parent

settings.register_profile("ci", derandomize=True, deadline=None)
"""CI judges a change by the same examples every time; new ones are looked for on desks."""
if os.environ.get("CI"):
    settings.load_profile("ci")
SCHEMA = "millwright.factory/1"

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A run that was begun in the background hands on that Ctrl-C is ignored; its children must not."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests reach no network: a socket in one of them is a failure."""
    for item in items:
        if (TESTS / "unit") in item.path.parents:
            item.add_marker(pytest.mark.disable_socket)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The built-in catalogue."""
    return load(None).catalog


@pytest.fixture(scope="session")
def samples() -> Path:
    """The corpus of real tool outputs: absent without being named, never absent where it is."""
    named = os.environ.get("MILLWRIGHT_SAMPLES")
    if named is None:
        pytest.skip("MILLWRIGHT_SAMPLES names no corpus")
    folder = Path(named)
    assert folder.is_dir(), f"MILLWRIGHT_SAMPLES names {folder}, which is not there"
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/golden/NAME; `--update-golden` writes it."""

    def compare(name: str, text: str) -> None:
        path = TESTS / "golden" / name
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
            return
        expected = path.read_text(encoding="utf-8")
        lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), name, "now")
        assert text == expected, "\n".join(lines)

    return compare


@dataclass(frozen=True)
class Answer:
    """What the command said, and how it ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture(scope="session")
def run() -> Run:
    """Run the real command line in a process of its own."""

    def call(
        *words: str | Path, cwd: Path | None = None, given: str | None = None, **environment: str
    ) -> Answer:
        clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
        done = subprocess.run(
            [sys.executable, "-m", "millwright", *map(str, words)],
            capture_output=True,
            text=True,
            input=given,
            cwd=cwd,
            env={**clean, **environment},
            timeout=120,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return call


def factory(**keys: Any) -> Factory:
    """Return a spec with the given keys; a name and the schema are added."""
    return Factory.model_validate({"schema": SCHEMA, "name": "test", **keys})


def superpod(units: int, model: str = "h100", **keys: Any) -> Factory:
    """Return a SuperPOD of that many scalable units."""
    pool = {"name": "gpu", "scalable_units": units}
    return factory(blueprint=f"dgx-superpod-{model}", compute=[pool], **keys)


Promtool = Callable[..., None]


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """Prometheus' own judge of rules and settings: what it says is the failure. Never missing in
    CI."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("promtool", path=os.pathsep.join((beside, os.environ["PATH"])))
    if found is None and os.environ.get("CI"):
        pytest.fail("promtool is not here: `make promtool`")
    if found is None:
        pytest.skip("promtool is not here: `make promtool`")

    def judge(*words: str | Path) -> None:
        command = [found, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr

    return judge
