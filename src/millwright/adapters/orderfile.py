"""plan.json and verdict.json of a run: what it was told to do, and that it came to its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millwright.adapters.holding import LOCK as LOCK
from millwright.adapters.holding import alone as alone
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.deployorder import DeployOrder

PLAN = "plan.json"
VERDICT = "verdict.json"


def write_order(workspace: Workspace, path: Path, order: DeployOrder) -> None:
    """See a plan on the disk. Raises MillwrightError where it cannot be written."""
    text = order.model_dump_json(by_alias=True, indent=1) + "\n"
    workspace.replace_files({path: writing(text.encode())})


def read_order(path: Path) -> DeployOrder:
    """Return the plan of a file. Raises MillwrightError where it is none."""
    try:
        return DeployOrder.model_validate_json(path.read_bytes())
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise MillwrightError(
            f"{path} is no plan of a deployment: {where}: {first['msg']}",
            hint="make one: millwright deploy plan --out plan.json",
        ) from None


def begin(workspace: Workspace, run: str, order: DeployOrder) -> None:
    """Keep what a run is told to do, before it does anything."""
    write_order(workspace, workspace.root / "runs" / run / PLAN, order)


def end(workspace: Workspace, run: str, verdict: Mapping[str, Any]) -> None:
    """Keep that a run came to its end, and how."""
    text = json.dumps({"schema": "millwright.deploy-verdict/1", "run": run, **verdict}, indent=1)
    workspace.replace_files(
        {workspace.root / "runs" / run / VERDICT: writing(text.encode() + b"\n")}
    )


def unended(workspace: Workspace) -> tuple[str, DeployOrder] | None:
    """Return the last deployment if it did not come to its end: its run, and what it was told."""
    folders = sorted((workspace.root / "runs").glob("*-deploy"), reverse=True)
    last = next((folder for folder in folders if (folder / PLAN).is_file()), None)
    if last is None or (last / VERDICT).is_file():
        return None
    return last.name, read_order(last / PLAN)
