"""Sweeps of a workspace, each in the folder of its run: what was found, and what was counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.base import Frozen
from millwright.model.health import Counters, HealthDocument

PHASE = "health"
FOUND, COUNTED = "health.json", "counters.json"
LOOKED_AT = 200
"""Runs that are looked through for an earlier sweep, the newest first."""
T = TypeVar("T", bound=Frozen)
Said = Callable[[str], object]
"""Who is told of a sweep that is passed over since it cannot be read."""


def keep_sweep(workspace: Workspace, document: HealthDocument, counters: Counters) -> None:
    """Keep a sweep beside its evidence."""
    folder = workspace.inside(workspace.root / "runs" / document.run)
    workspace.replace_files(
        {
            folder / COUNTED: writing(counters.model_dump_json(by_alias=True).encode() + b"\n"),
            folder / FOUND: writing(document.model_dump_json(by_alias=True).encode() + b"\n"),
        }
    )


def last_sweep(workspace: Workspace, said: Said) -> HealthDocument | None:
    """Return the newest sweep of the workspace that can be read; None where there is none."""
    for folder in _runs(workspace):
        if found := _passed(folder / FOUND, HealthDocument, said):
            return found
    return None


def sweep_of(workspace: Workspace, run: str) -> HealthDocument | None:
    """Return the sweep of a run, by its folder in the workspace; None where it kept none.

    Raises MillwrightError where it cannot be read.
    """
    return _read(workspace.inside(workspace.root / run) / FOUND, HealthDocument)


def earlier_counters(workspace: Workspace, at: str, least_s: float, said: Said) -> Counters | None:
    """Return what the newest sweep counted that is old enough to take rates against.

    An older look never stands in the way of a new one: what cannot be read is said and passed over.
    """
    latest = datetime.fromisoformat(at) - timedelta(seconds=least_s)
    for folder in _runs(workspace):
        found = _passed(folder / COUNTED, Counters, said)
        if found is not None and datetime.fromisoformat(found.at) <= latest:
            return found
    return None


def _runs(workspace: Workspace) -> Iterator[Path]:
    """Yield the folders of sweeps, the newest first: their names begin with when they began."""
    folders = sorted((workspace.root / "runs").glob(f"*-{PHASE}"), reverse=True)
    yield from folders[:LOOKED_AT]


def _passed(path: Path, kind: type[T], said: Said) -> T | None:
    try:
        return _read(path, kind)
    except MillwrightError as error:
        said(f"{error.message}; it is passed over")
        return None


def _read(path: Path, kind: type[T]) -> T | None:
    """Return a document; None where a run was ended before it wrote one.

    Raises MillwrightError where there is something else.
    """
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MillwrightError(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise MillwrightError(f"{path} cannot be read: {what}") from None
