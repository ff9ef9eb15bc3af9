"""Reads times in which somebody works on nodes: YAML or JSON, with a list `windows`.

    windows:
      - nodes: "gpu[001-004]"
        begin: 2026-01-05T10:00:00Z
        end: 2026-01-05T11:00:00Z
        reason: new driver

`nodes` left out means all of them. What `manage window` writes is such a file: it has `id` and `by`
as well.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from millwright.adapters.yamlfile import Document, problem, read, shown
from millwright.model.nodeset import expanded
from millwright.model.telemetry import Window


def read_maintenance(path: Path) -> tuple[Window, ...]:
    """Return the windows of a file. Raises InputError with file, line and key of a wrong one."""
    document = read(path)
    value = document.value
    listed = value.get("windows") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise problem(path, (1, 1), "none", "a list `windows`")
    return tuple(_window(path, document, at, each) for at, each in enumerate(listed))


def _window(path: Path, document: Document, at: int, raw: Any) -> Window:
    place = document.position(("windows", at))
    if not isinstance(raw, dict):
        raise problem(path, place, shown(raw), "{nodes: ..., begin: ..., end: ...}")
    unknown = sorted(set(raw) - {"nodes", "begin", "end", "reason", "id", "by"})
    if unknown:
        raise problem(path, place, f"unknown key {shown(unknown[0])}", "nodes, begin, end, reason")
    begin, end = (_time(path, place, raw.get(key)) for key in ("begin", "end"))
    if end <= begin:
        raise problem(path, place, "an end before its begin", "an end after it")
    nodes = raw.get("nodes")
    return Window(
        begin, end, _nodes(nodes),
        str(raw.get("reason", "")),
    )  # fmt: skip


def _nodes(raw: Any) -> frozenset[str]:
    """Return the nodes of a node set, or of a list of names; nothing said means all."""
    if isinstance(raw, list):
        return frozenset(str(each) for each in raw)
    return frozenset(expanded(str(raw))) if raw else frozenset()


def _time(path: Path, place: tuple[int, int], raw: Any) -> float:
    if isinstance(raw, datetime):
        return (raw if raw.tzinfo else raw.replace(tzinfo=UTC)).timestamp()
    try:
        found = datetime.fromisoformat(str(raw))
    except ValueError:
        raise problem(path, place, shown(raw), "a time as 2026-01-05T10:00:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
