"""The answers of one healthy node, asked once."""

from __future__ import annotations

import pytest

from tests.unit.lab.node import build
from tests.unit.manage.assess.fleet import Tools


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """What a simulated H100 node's tools print."""
    node = build(tmp_path_factory.mktemp("node"), "h100")
    return Tools(node.answer("nvidia-smi", "-q", "-x"), node.answer("ibstat"))
