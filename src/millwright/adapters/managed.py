"""Which files and services a role manages, read from its own tasks: nobody says it twice.

Only what can be told without a host is told: words of loops and of the role's defaults are put in,
and what remains open stands as `*` in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millwright.adapters.playproject import made_of
from millwright.adapters.resources import folder
from millwright.adapters.yamlfile import read

WRITES: Mapping[str, str] = {
    "template": "dest",
    "copy": "dest",
    "assemble": "dest",
    "get_url": "dest",
    "lineinfile": "path",
    "blockinfile": "path",
    "replace": "path",
    "file": "path",
}
"""Modules that write one file, and the word that names it."""
FIXED: Mapping[str, str] = {"hostname": "/etc/hostname"}
"""Modules that write a file which is always the same."""
NO_CONFIGURATION = ("/var/lib/millwright/not-testable/",)
"""What a run finds out: putting it back would tell a lie."""
_WORD = re.compile(r"\{\{\s*([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)\s*\}\}")
_OPEN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Managed:
    """What a role manages: files, as patterns, and services; `open_` could not be told."""

    paths: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    open_: tuple[str, ...] = ()


def managed(role: str) -> Managed:
    """Return what a role manages, and what the roles manage that it is made of."""
    paths: dict[str, None] = {}
    units: dict[str, None] = {}
    unknown: dict[str, None] = {}
    said: dict[str, Any] = {}
    for name in made_of(role):
        place = folder("playbooks") / "roles" / name
        known = {**_variables(place / "defaults"), **_variables(place / "vars"), **said}
        for task in _tasks(place):
            said |= _said(task)
            for path in _paths(task, known):
                # What a role that it is made of would write with words that this one never says.
                if "*" not in path or name == role:
                    (paths if _is_told(path) else unknown)[path] = None
            for unit in _units(task, known):
                (unknown if "*" in unit else units)[unit] = None
    kept = tuple(path for path in paths if not path.startswith(NO_CONFIGURATION))
    return Managed(kept, tuple(units), tuple(unknown))


def _said(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain words that a task gives to the role that it imports."""
    words = task.get("vars")
    plain = words.items() if isinstance(words, dict) else ()
    return {key: value for key, value in plain if isinstance(value, str) and "{" not in value}


def _is_told(path: str) -> bool:
    """Return whether a pattern says at least the folder in which it lies."""
    first = path.split("/")[1] if path.startswith("/") and path.count("/") > 1 else ""
    return bool(first) and "*" not in first and ".." not in path


def _variables(place: Path) -> dict[str, Any]:
    file = place / "main.yml"
    value = read(file).value if file.is_file() else None
    return value if isinstance(value, dict) else {}


def _tasks(place: Path) -> Iterator[Mapping[str, Any]]:
    for file in sorted((place / "tasks").glob("*.yml")):
        yield from _flat(read(file).value)
    for file in sorted((place / "handlers").glob("*.yml")):
        yield from _flat(read(file).value)


def _flat(tasks: Any) -> Iterator[Mapping[str, Any]]:
    """Yield tasks, and those inside of blocks."""
    for task in tasks if isinstance(tasks, list) else ():
        if not isinstance(task, dict):
            continue
        for inner in ("block", "rescue", "always"):
            yield from _flat(task.get(inner))
        yield task


def _paths(task: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    for key, said in task.items():
        module = key.removeprefix("ansible.builtin.")
        if module in FIXED:
            yield FIXED[module]
        word = WRITES.get(module)
        if word is None or not isinstance(said, dict) or said.get("state") == "directory":
            continue
        path = said.get(word, said.get("dest", said.get("path")))
        if isinstance(path, str):
            yield from _filled(path, task, known)


def _units(task: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    said = task.get("vars")
    unit = said.get("daemon_unit") if isinstance(said, dict) else None
    if isinstance(unit, str):
        yield from _filled(unit, task, known)


def _filled(text: str, task: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """Yield a text once for each word of its task's loop."""
    items = task.get("loop", task.get("with_items"))
    for item in items if isinstance(items, list) and "item" in text else (None,):
        yield _open(_put(_put(text, {**known, "item": item}), known))


def _put(text: str, known: Mapping[str, Any]) -> str:
    def word(match: re.Match[str]) -> str:
        name, _, inner = match[1].partition(".")
        value = known.get(name)
        if inner:
            value = value.get(inner) if isinstance(value, dict) else None
        return value if isinstance(value, str) else match[0]

    return _WORD.sub(word, text)


def _open(text: str) -> str:
    return _OPEN.sub("*", text)


def managed_by(roles: Sequence[str]) -> dict[str, Managed]:
    """Return what each of these roles manages."""
    return {role: managed(role) for role in roles}
