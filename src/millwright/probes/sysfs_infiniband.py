"""The files under /sys/class/infiniband: as an object of path and text, or as grep prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.endings import not_understood, output, shown
from millwright.probes.json_node import Node, document
from millwright.probes.reading import Problem, Reading, is_simulated
from millwright.probes.sysfs_adapters import SysfsAdapter, adapters_of, measured

TOOL = "sysfs-infiniband"
_LINE = re.compile(r"(?P<path>[^\s:]*(?:[0-9a-f]{4}:[0-9a-f]{2}:[^\s:]*)*/[\w.-]+):(?P<text>.*)$")
_FAILURE = re.compile(r"(?:find|grep): |.*(?:command not found|No such file or directory)")


@dataclass(frozen=True, slots=True)
class Adapters:
    """All adapters of a node."""

    adapters: tuple[SysfsAdapter, ...]


def command() -> list[str]:
    """Return what to ask a node: `-L` follows the links of the class, never deeper than ports."""
    root = "/sys/class/infiniband"
    bounds = ["-mindepth", "2", "-maxdepth", "5", "-type", "f", "-not", "-path", "*/device/*"]
    return ["find", "-L", root, *bounds, "-exec", "grep", "-H", ".", "{}", "+"]


def read(text: str) -> Reading[Adapters]:
    """Return adapters, ports and counters; a port that does not say its state is a problem."""
    files, problems = files_of(text)
    adapters, gaps = adapters_of(files)
    problems += gaps
    if not adapters and not problems:
        problems.append(Problem("no adapter is told"))
    measurements = tuple(found for adapter in adapters for found in measured(adapter))
    facts = Adapters(tuple(adapters))
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def files_of(text: str) -> tuple[dict[str, str], list[Problem]]:
    """Return texts by path; a path that is told twice differently is none."""
    if text.removeprefix("\ufeff").lstrip().startswith("{"):
        tree, problems = document(text, expected=is_files)
        return texts_of(tree), problems
    told = output(text)
    files: dict[str, str | None] = {}
    problems = told.problems
    for line in told.whole:
        if not line[1].strip():
            continue
        if _FAILURE.match(line[1]):
            problems.append(Problem(shown(line[1]), line[0]))
        elif found := _LINE.match(line[1]):
            path, value = found["path"], found["text"].strip()
            if files.setdefault(path, value) != value:
                problems.append(Problem(f"{shown(path)} is told twice, differently", line[0]))
                files[path] = None
        else:
            problems.append(not_understood(line))
    return {path: value for path, value in files.items() if value is not None}, problems


def is_files(node: Node) -> bool:
    """Return whether an object maps paths to what stands in files."""
    return bool(node.members) and all("/" in path for path, _ in node.members)


def texts_of(node: Node) -> dict[str, str]:
    """Return an object's texts by path; a number in a file may have been read as one."""
    return {
        path: str(told.value)
        for path, told in node.members
        if isinstance(told.value, str | int | float) and not isinstance(told.value, bool)
    }
