"""Nodes of each kind, healthy until a test says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from .node import LabNode, build


@pytest.fixture
def h100(tmp_path: Path) -> LabNode:
    """A node with eight H100 and InfiniBand."""
    return build(tmp_path, "h100")


@pytest.fixture
def mi300x(tmp_path: Path) -> LabNode:
    """A node with eight MI300X and RoCE."""
    return build(tmp_path, "mi300x")
