"""Where the data folders lie: in a checkout at the top, in an installed wheel inside the
package."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: Literal["catalog", "templates", "playbooks"]) -> Path:
    """Return a data folder that exists, whether the code runs from a checkout or from a wheel."""
    if name == "catalog":
        return _PACKAGE / "catalog"
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent.parent / name
