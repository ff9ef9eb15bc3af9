"""What reaching nodes stands on, handed to whatever reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from millwright.model.reach import Reach, Route


@dataclass(frozen=True, slots=True)
class Ground:
    """How nodes are reached, the file of the pinned keys, and the workspace's folder."""

    reach: Reach
    routes: Mapping[str, Route]
    known_hosts: Path
    root: Path
