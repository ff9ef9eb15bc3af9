"""The answers of one healthy node, asked once."""

from __future__ import annotations

from tests.unit.manage.assess.conftest import tools

__all__ = ["tools"]
