"""Where nodes stand, as the workspace's design or a file of the user says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of

Axes = Mapping[str, str]
_AXES = ("rack", "unit", "group", "pod", "pool")


def axes_of(
    door: Door, path: Path | None
) -> tuple[Mapping[str, Axes], Mapping[tuple[str, str], Axes]]:
    """Return axes of nodes, and of their devices: by the file given, else by the design."""
    from millwright.adapters.judgefiles import read_places

    if path is not None:
        return read_places(path)
    drawn = workspace_of(door).design_dir / "cluster.json"
    if not drawn.is_file():
        return {}, {}
    try:
        devices = json.loads(drawn.read_bytes()).get("devices", [])
    except (OSError, ValueError, RecursionError, AttributeError):
        door.ui.say(f"{drawn} cannot be read: no rack is known")
        return {}, {}
    nodes = {
        str(each.get("name")): {axis: str(each[axis]) for axis in _AXES if each.get(axis)}
        for each in devices
        if isinstance(each, dict) and each.get("role") == "compute"
    }
    return nodes, {}
