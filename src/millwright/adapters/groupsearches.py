"""What a search of groups keeps beside its run: what is asked, and what it came to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from millwright.adapters.buildruns import MEASUREMENTS, SEARCH_PHASE, build_runs
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.groupsearch import GroupSearch, GroupVerdict

SEARCH = "search.json"
VERDICT = "bisection.json"
Kept = TypeVar("Kept", bound=BaseModel)


def write_search(workspace: Workspace, folder: Path, search: GroupSearch) -> None:
    """See what is asked on the disk, before any group is tested."""
    _write(workspace, folder / SEARCH, search)


def write_group_verdict(workspace: Workspace, folder: Path, verdict: GroupVerdict) -> None:
    """See on the disk what a search came to."""
    _write(workspace, folder / VERDICT, verdict)


def read_search(folder: Path) -> GroupSearch:
    """Return what was asked. Raises MillwrightError where the file does not say it."""
    return _read(folder / SEARCH, GroupSearch)


def read_group_verdict(folder: Path) -> GroupVerdict | None:
    """Return what a search came to; None where it did not come to its end."""
    return _read(folder / VERDICT, GroupVerdict) if (folder / VERDICT).is_file() else None


def last_search(workspace: Workspace) -> Path:
    """Return the folder of the last search. Raises MillwrightError where there was none."""
    found = [each for each in build_runs(workspace, SEARCH_PHASE) if (each / SEARCH).is_file()]
    if not found:
        raise MillwrightError(
            "no groups were searched here", hint="millwright build bisect NODES --run TEST"
        )
    return found[-1]


def rows_kept(folder: Path) -> list[dict[str, Any]]:
    """Return the measurements of a search, once its torn end was cut off."""
    path = folder / MEASUREMENTS
    try:
        lines = path.read_bytes().splitlines()
        return [json.loads(line) for line in lines]
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        raise MillwrightError(f"{path} is no file of measurements") from None


def _write(workspace: Workspace, path: Path, value: BaseModel) -> None:
    raw = value.model_dump_json(by_alias=True, indent=1).encode() + b"\n"
    workspace.replace_files({path: writing(raw)})


def _read(path: Path, kind: type[Kept]) -> Kept:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise MillwrightError(f"{path} is not what a search keeps") from None
