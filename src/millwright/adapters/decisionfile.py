"""`design/decisions.json`: what was decided, by which rule and since when; later phases cite it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from millwright.adapters.jsonfiles import read_json
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.placement import Decision, Decisions

NAME = "decisions.json"


def read_decisions(workspace: Workspace) -> tuple[Decision, ...]:
    """Return the decisions that stand; none where nothing was decided yet.

    Raises MillwrightError where the file is none of ours: what was decided is not thrown away.
    """
    path = workspace.design_dir / NAME
    if not path.exists():
        return ()
    try:
        return Decisions.model_validate(read_json(workspace.inside(path))).decisions
    except ValidationError:
        raise MillwrightError(
            f"{path} holds no decisions of this form", hint="move it away, and solve again"
        ) from None


def write_decisions(
    workspace: Workspace, factory: str, decisions: Sequence[Decision]
) -> tuple[Path, ...]:
    """Write the decisions; return the file."""
    path = workspace.design_dir / NAME
    told = Decisions(factory=factory, decisions=tuple(decisions))
    content = told.model_dump_json(indent=1, by_alias=True).encode() + b"\n"
    workspace.replace_files({path: writing(content)})
    return (path,)
