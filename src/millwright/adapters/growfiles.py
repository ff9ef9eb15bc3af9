"""The design of before a growth: read where it lies, and kept aside when the larger one comes."""

from __future__ import annotations

from pathlib import Path

from millwright.adapters.artefacts import read_cables, read_cluster, read_lock
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.cluster import CableTable, Cluster
from millwright.model.lock import Lock

KEPT = ("cluster.json", "cables.csv", "bom.json", "bom.csv", "bom.xlsx")
FOLDER = "former"


def read_stage(workspace: Workspace) -> tuple[Cluster, CableTable, Lock]:
    """Return a recorded design. Raises NoDesign where there is none that can be read."""
    lock = read_lock(workspace)
    cables, _ = read_cables(workspace, lock)
    return read_cluster(workspace, lock), cables, lock


def former_of(workspace: Workspace, run: str) -> Path:
    """Return where a run keeps the design of before."""
    return workspace.design_dir / FOLDER / run


def keep_former(workspace: Workspace, run: str) -> Path:
    """Keep the recorded design below `design/former`, before another one takes its place.

    What is kept there already stays: after a kill the recorded one may be the larger one.
    """
    folder = former_of(workspace, run)
    if (folder / workspace.lock_file.name).is_file():
        return folder
    read_stage(workspace)
    try:
        contents = {name: (workspace.design_dir / name).read_bytes() for name in KEPT}
        lock = workspace.lock_file.read_bytes()
    except OSError as error:
        raise MillwrightError(
            f"cannot read {error.filename}: {error.strerror}", hint="nothing was replaced"
        ) from None
    files = {folder / "design" / name: writing(raw) for name, raw in contents.items()}
    workspace.replace_files({**files, folder / workspace.lock_file.name: writing(lock)})
    return folder
