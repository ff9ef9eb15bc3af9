"""Reads what a workspace recorded for gates: verdicts of burn-ins, procedures, exports to zones."""

from __future__ import annotations

import json
from collections.abc import Iterable

from millwright.adapters.buildruns import build_runs
from millwright.adapters.judgefiles import read_verdict
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.readiness import Accepted
from millwright.model.spec import Factory

VERDICT = "verdict.json"
MOST_NAME = 200
"""How long the name of a procedure's file may be; what is longer is a text, and no name."""


def accepted(workspace: Workspace) -> dict[str, Accepted]:
    """Return the latest verdict of every node that any judged burn-in of the workspace tells of."""
    found: dict[str, Accepted] = {}
    for folder in build_runs(workspace):
        path = folder / VERDICT
        if path.is_file():
            for name, node in read_verdict(path).nodes.items():
                found[name] = Accepted(node.verdict, folder.name)
    return found


def procedures(workspace: Workspace, factory: Factory) -> dict[str, int | None]:
    """Return the procedures that tiers name as files of the workspace: how many bytes of words
    each has, None where it is not there. Addresses of elsewhere are left out."""
    named = {tier.downtime_procedure for tier in factory.tiers if tier.downtime_procedure}
    return {name: _size(workspace, name) for name in sorted(named) if _is_file_name(name)}


def _is_file_name(name: str) -> bool:
    return len(name) <= MOST_NAME and "://" not in name and " " not in name.strip()


def _size(workspace: Workspace, name: str) -> int | None:
    path = workspace.root / name
    try:
        return len(workspace.inside(path).read_bytes().strip())
    except OSError:
        return None


def written_for(workspace: Workspace, workloads: Iterable[str]) -> dict[str, str]:
    """Return what was written for workloads that run elsewhere, in words; nothing for others."""
    wanted = set(workloads)
    found: dict[str, str] = {}
    for path in sorted((workspace.root / "cloud").glob("*/zone.json")):
        try:
            document = json.loads(workspace.inside(path).read_bytes())
            names = [str(each) for each in document["workloads"]]
        except (OSError, ValueError, KeyError, TypeError, MillwrightError):
            continue
        for name in wanted & set(names):
            found[name] = f"{path.parent.relative_to(workspace.root)} was written for it"
    return found
