"""`maintenance.yaml` of a workspace: who works at which nodes, until when, and why."""

from __future__ import annotations

import getpass
import json
import re
from datetime import UTC, datetime, timedelta

import yaml
from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.workspace import Workspace, writing
from millwright.adapters.yamlfile import read
from millwright.errors import InputError, MillwrightError
from millwright.model.health import Maintenance, Window

FILE = "maintenance.yaml"
_LONG = re.compile(r"(?P<count>\d{1,4})(?P<unit>[mhd])")
_UNITS = {"m": 60, "h": 3600, "d": 86400}
LONGEST = timedelta(days=30)
"""A window that never ends would hide whatever comes: a longer one is added anew."""


def read_maintenance(workspace: Workspace) -> Maintenance:
    """Return all windows. Raises InputError with every problem of the file."""
    path = workspace.root / FILE
    if not path.exists():
        return Maintenance()
    document = read(path)
    try:
        return Maintenance.model_validate_json(json.dumps(document.value), strict=True)
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, Maintenance)) from None


def span_of(text: str) -> timedelta:
    """Return the length that a person said: 30m, 2h or 1d.

    Raises MillwrightError where it is none, or too long.
    """
    found = _LONG.fullmatch(text)
    if found is None or not int(found["count"]):
        raise MillwrightError(f"{text!r} is no length of time", hint="write 30m, 2h or 1d")
    span = timedelta(seconds=int(found["count"]) * _UNITS[found["unit"]])
    if span > LONGEST:
        raise MillwrightError(f"{text} is longer than {LONGEST.days} days", hint="add it anew then")
    return span


def add_window(workspace: Workspace, nodes: str, span: timedelta, why: str) -> Window:
    """Add a window from now on, and return it."""
    now = datetime.now(UTC)
    there = read_maintenance(workspace)
    last = max((int(window.id[1:]) for window in there.windows), default=0)
    window = Window(
        id=f"w{last + 1}",
        nodes=nodes,
        begin=moment(now),
        end=moment(now + span),
        reason=why,
        by=getpass.getuser(),
    )
    _write(workspace, there.model_copy(update={"windows": (*there.windows, window)}))
    return window


def end_window(workspace: Workspace, id_: str) -> Window:
    """End a window now, and return it. Raises MillwrightError where none of that name is open."""
    now = moment(datetime.now(UTC))
    there = read_maintenance(workspace)
    open_ = {window.id: window for window in there.windows if window.end > now}
    if id_ not in open_:
        known = ", ".join(open_) or "none"
        raise MillwrightError(f"no window {id_} is open", hint=f"open are: {known}")
    ended = open_[id_].model_copy(update={"end": now})
    windows = tuple(ended if window.id == id_ else window for window in there.windows)
    _write(workspace, there.model_copy(update={"windows": windows}))
    return ended


def moment(at: datetime) -> str:
    """Return a time as windows have it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _write(workspace: Workspace, maintenance: Maintenance) -> None:
    document = maintenance.model_dump(mode="json", by_alias=True)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    workspace.replace_files({workspace.root / FILE: writing(text.encode())})
