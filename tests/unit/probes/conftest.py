"""What the simulated tools of each kind of node print, asked once for all tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.unit.lab.node import LabNode, build

Printed = Callable[..., str]
_EXPORT = "from simulators import device, exporter; print(exporter.metrics(device.load_node()))"


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """Return what a command prints on a healthy node of a model."""

    @cache
    def node(model: str) -> LabNode:
        return build(tmp_path_factory.mktemp(model), model)

    @cache
    def answer(model: str, *command: str) -> str:
        return node(model).answer(*command)

    return answer


@pytest.fixture
def node(tmp_path: Path) -> Callable[[str], LabNode]:
    """Return a node of a model whose faults a test may choose."""
    return lambda model: build(tmp_path, model)


def exported(node: LabNode) -> str:
    """Return what a node's exporter would serve; unit tests open no socket."""
    done = subprocess.run(
        [sys.executable, "-c", _EXPORT],
        env=node.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.rstrip("\n") + "\n"
